package operations_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
	"github.com/medlar-flow/medlar/operations/awsemu"
	httpop "github.com/medlar-flow/medlar/operations/http"
)

// Requests of http.request are signed as AWS wants it: the emulator checks
// signatures by itself.
func TestSignedRequests(t *testing.T) {
	sandbox := startSandbox(t)
	c := httpop.Connector(httpop.WithSigner(awsapi.NewSigner()))
	keys := map[string]any{"accessKeyId": awsemu.AccessKeyID, "secretAccessKey": awsemu.SecretAccessKey}
	send := func(in *connector.Sandbox, sign, request map[string]any) (int64, error) {
		t.Helper()
		connection := map[string]any{"baseUrl": sandbox.Endpoint, "sigv4": sign}
		converted, err := c.Connection.Convert(connection)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := c.Open(t.Context(), connector.OpenRequest{Params: converted, RunID: "run-1", Sandbox: in})
		if err != nil {
			return 0, err
		}
		defer conn.Close() //nolint:errcheck // it was only used
		request["expectStatus"] = []any{"2xx", "4xx"}
		v, err := awstest.Call(t, c, conn, "request", request)
		if err != nil {
			t.Fatal(err)
		}
		return v.(map[string]any)["status"].(int64), nil
	}
	list := map[string]any{"url": "/2015-03-31/functions/", "query": map[string]any{"MaxItems": 10, "Marker": ""}}
	invoke := map[string]any{"url": "/2015-03-31/functions/orders/invocations", "method": "POST", "body": map[string]any{"a": 1}}
	with := func(more map[string]any) map[string]any {
		sign := map[string]any{"service": "lambda", "region": "eu-west-1"}
		for name, v := range keys {
			sign[name] = v
		}
		for name, v := range more {
			sign[name] = v
		}
		return sign
	}
	for name, test := range map[string]struct {
		sandbox *connector.Sandbox
		sign    map[string]any
		request map[string]any
		want    int64
	}{
		"a query":              {nil, with(nil), list, 200},
		"a body":               {nil, with(nil), invoke, 200},
		"the sandbox's keys":   {sandbox, map[string]any{"service": "lambda"}, invoke, 200},
		"a role":               {sandbox, map[string]any{"service": "lambda", "assumeRole": map[string]any{"roleArn": "arn:aws:iam::000000000000:role/caller"}}, list, 200},
		"a role by an address": {nil, with(map[string]any{"sessionToken": "no token"}), list, 403},
		"another secret":       {nil, with(map[string]any{"secretAccessKey": "no secret"}), list, 403},
		"another service":      {nil, with(map[string]any{"service": "sqs"}), list, 403},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := send(test.sandbox, test.sign, test.request)
			if err != nil || got != test.want {
				t.Errorf("status %d (%v), want %d", got, err, test.want)
			}
		})
	}
	if _, err := send(nil, map[string]any{"service": "lambda", "accessKeyId": "a"}, list); connector.AsError(err).Code != "InvalidConnection" {
		t.Errorf("half a key: %v", err)
	}
}

// A redirect is signed anew on the same host, and carries nothing to another.
func TestSignedRedirects(t *testing.T) {
	seen := map[string]string{}
	note := func(r *http.Request) { seen[r.URL.Path] = r.Header.Get("Authorization") }
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { note(r) }))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r)
		switch r.URL.Path {
		case "/one":
			http.Redirect(w, r, "/two", http.StatusFound)
		case "/two":
			http.Redirect(w, r, other.URL+"/three", http.StatusFound)
		}
	}))
	defer server.Close()
	c := httpop.Connector(httpop.WithSigner(awsapi.NewSigner()))
	converted, err := c.Connection.Convert(map[string]any{"baseUrl": server.URL, "sigv4": map[string]any{
		"service": "execute-api", "region": "eu-west-1", "accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "secret-key-of-a-test",
	}})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(t.Context(), connector.OpenRequest{Params: converted})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // it was only used
	if _, err := awstest.Call(t, c, conn, "request", map[string]any{"url": "/one"}); err != nil {
		t.Fatal(err)
	}
	if seen["/one"] == "" || seen["/two"] == "" || seen["/one"] == seen["/two"] || seen["/three"] != "" {
		t.Errorf("signatures: %v", seen)
	}
}
