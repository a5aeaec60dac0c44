package http

import (
	"crypto/tls"
	"encoding/pem"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
)

// What is sent.
func TestRequest(t *testing.T) {
	tests := map[string]struct {
		conn params
		in   params
		line string // method and target
		head map[string]string
		body string
	}{
		"nothing but a URL": {
			in: params{"url": "/a"}, line: "GET /a",
			head: map[string]string{"User-Agent": "medlar", "Idempotency-Key": "", "Content-Type": "", "Authorization": ""},
		},
		"a query": {
			in:   params{"url": "/a?x=1#part", "query": params{"b": []any{"1 2", int64(3)}, "a": true, "none": nil}},
			line: "GET /a?x=1&a=true&b=1+2&b=3",
		},
		"a map as JSON": {
			in: params{"url": "/a", "method": "POST", "body": params{"n": int64(1), "l": []any{nil, "<"}}}, line: "POST /a",
			head: map[string]string{"Content-Type": "application/json", "Idempotency-Key": "key-1"}, body: `{"l":[null,"<"],"n":1}`,
		},
		"text as it is": {
			in: params{"url": "/a", "method": "PUT", "body": "text"}, line: "PUT /a",
			head: map[string]string{"Content-Type": "text/plain; charset=utf-8", "Idempotency-Key": "key-1"}, body: "text",
		},
		"bytes as they are": {
			in: params{"url": "/a", "method": "PATCH", "body": []byte{0, 1}}, line: "PATCH /a",
			head: map[string]string{"Content-Type": "application/octet-stream"}, body: "\x00\x01",
		},
		"a function's answer as it came": {
			in:   params{"url": "/a", "method": "POST", "body": value.NewPayload([]byte(`{"b": 1.0, "a":2}`))},
			line: "POST /a", head: map[string]string{"Content-Type": "application/json"}, body: `{"b": 1.0, "a":2}`,
		},
		"a function's answer inside": {
			in:   params{"url": "/a", "method": "POST", "body": params{"x": value.NewPayload([]byte(`{"b": 1.0}`))}},
			line: "POST /a", head: map[string]string{"Content-Type": "application/json"}, body: `{"x":{"b": 1.0}}`,
		},
		"a function's answer that is text": {
			in:   params{"url": "/a", "method": "POST", "body": value.NewPayload([]byte(`"hi"`))},
			line: "POST /a", head: map[string]string{"Content-Type": "text/plain; charset=utf-8"}, body: "hi",
		},
		"a form": {
			in: params{"url": "/a", "method": "POST", "form": params{"b": []any{"x", "y"}, "a": "ü"}}, line: "POST /a",
			head: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body: "a=%C3%BC&b=x&b=y",
		},
		"headers of the step": {
			in: params{"url": "/a", "method": "DELETE", "headers": params{
				"content-type": "a/b", "Idempotency-Key": "mine", "X-N": int64(3), "User-Agent": "me",
			}},
			line: "DELETE /a", head: map[string]string{"Content-Type": "a/b", "Idempotency-Key": "mine", "X-N": "3", "User-Agent": "me"},
		},
		"headers of the connection": {
			conn: params{"baseUrl": "/v1/?k=1", "headers": params{"X-A": "conn", "X-B": "conn"}, "bearer": "hush"},
			in:   params{"url": "b%2Fc/d?x=1", "headers": params{"x-a": "step"}}, line: "GET /v1/b%2Fc/d?k=1&x=1",
			head: map[string]string{"X-A": "step", "X-B": "conn", "Authorization": "Bearer hush"},
		},
		"basic": {
			conn: params{"basic": params{"username": "ann", "password": "hush"}}, in: params{"url": "/a"}, line: "GET /a",
			head: map[string]string{"Authorization": "Basic YW5uOmh1c2g="},
		},
		"authorization of the step": {
			conn: params{"bearer": "hush"}, in: params{"url": "/a", "headers": params{"authorization": "Token x"}}, line: "GET /a",
			head: map[string]string{"Authorization": "Token x"},
		},
		"a URL of its own beside the base": {
			conn: params{"baseUrl": "http://127.0.0.2:1", "bearer": "hush", "headers": params{"X-A": "conn"}}, in: params{"url": "/a"},
			line: "GET /a", head: map[string]string{"Authorization": "", "X-A": ""},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server, seen := serve(t, nil)
			base, _ := test.conn["baseUrl"].(string)
			if strings.HasPrefix(base, "/") {
				test.conn["baseUrl"] = server.URL + base
			} else {
				test.in["url"] = server.URL + test.in["url"].(string)
			}
			conn, err := opened(t, test.conn, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := call(t.Context(), t, conn, test.in); err != nil {
				t.Fatal(err)
			}
			r, body := seen.last(t)
			if got := r.Method + " " + r.RequestURI; got != test.line {
				t.Errorf("sent %q, want %q", got, test.line)
			}
			for name, want := range test.head {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if body != test.body {
				t.Errorf("the body is %q, want %q", body, test.body)
			}
		})
	}
}

// What is refused before anything is sent.
func TestRefused(t *testing.T) {
	const url = "http://127.0.0.1:1/"
	tests := map[string]struct {
		in   params
		want string
	}{
		"no URL":              {params{"url": "http://[hush"}, "url is no URL"},
		"no scheme":           {params{"url": "api.example/hush"}, "url must begin with http://"},
		"another scheme":      {params{"url": "file:///etc/hush"}, "url must begin with http://"},
		"no host":             {params{"url": "http:///hush"}, "url names no host"},
		"a password":          {params{"url": "http://ann:hush@127.0.0.1:1/"}, "url holds a user name or a password"},
		"a broken header":     {params{"url": url, "headers": params{"X-A": "1\r\nX-B: hush"}}, "the value of X-A holds a line break"},
		"a broken name":       {params{"url": url, "headers": params{"X-A: 1\r\nX-B": "hush"}}, "cannot be the name of a header"},
		"a header of its own": {params{"url": url, "headers": params{"content-length": "5"}}, "Content-Length follows from the request"},
		"a header twice":      {params{"url": url, "headers": params{"x-a": "1", "X-A": "2"}}, "X-A is given twice"},
		"a list of headers":   {params{"url": url, "headers": params{"X-A": []any{"1"}}}, "headers.X-A must be text"},
		"two bodies":          {params{"url": url, "body": "hush", "form": params{}}, "give body or form, not both"},
		"no status":           {params{"url": url, "expectStatus": "20x"}, `"20x" is no status`},
		"a range backwards":   {params{"url": url, "expectStatus": "299-200"}, `"299-200" is no status`},
		"no time":             {params{"url": url, "timeout": "0s"}, "timeout must be more than 0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := failed(t, nil, test.in)
			if !strings.Contains(e.Message, test.want) || e.Code != codeParameters || e.Class != connector.ClassInvalid || e.Outcome == connector.OutcomeUnknown {
				t.Errorf("got %s (%s, %s), want %q", e, e.Class, e.Outcome, test.want)
			}
		})
	}
}

func TestConnectionRefused(t *testing.T) {
	tests := map[string]struct {
		in   params
		want string
	}{
		"no URL":          {params{"baseUrl": "example.com"}, "baseUrl must begin with http://"},
		"a password":      {params{"baseUrl": "https://ann:hush@example.com"}, "baseUrl holds a user name"},
		"two credentials": {params{"bearer": "hush", "basic": params{"username": "a", "password": "hush"}}, "not both"},
		"a broken token":  {params{"bearer": "hush\nX: y"}, "bearer holds a line break"},
		"a colon":         {params{"basic": params{"username": "a:b", "password": "hush"}}, "a colon cannot be sent"},
		"a broken header": {params{"headers": params{"A": "hush\x00"}}, "the value of A holds a line break"},
		"no certificate":  {params{"caCertificates": []byte("hush")}, "holds no certificate"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := opened(t, test.in, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("opening gives %v, want %q", err, test.want)
			}
		})
	}
}

// A server whose certificate the system does not know, over HTTP/2.
func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		_, _ = w.Write([]byte(r.Proto))
	}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = discard()
	server.StartTLS()
	t.Cleanup(server.Close)
	e := failed(t, nil, params{"url": server.URL + "/?token=hush", "method": "POST"})
	if e.Code != codeTLS || e.Class != connector.ClassDenied || e.Outcome != connector.OutcomeFailed {
		t.Errorf("an unknown authority gives %s (%s, %s)", e, e.Class, e.Outcome)
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	conn, err := opened(t, params{"caCertificates": ca}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := call(t.Context(), t, conn, params{"url": server.URL})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("HTTP/2.0", got["body"]); diff != "" {
		t.Errorf("protocol (-want +got):\n%s", diff)
	}
	if transportSettings(false, 1).TLSClientConfig.MinVersion != tls.VersionTLS12 {
		t.Error("versions of TLS before 1.2 are accepted")
	}
}

// In a sandbox nothing leaves the machine, and no name is looked up.
func TestSandbox(t *testing.T) {
	server, _ := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path == "/away" {
			nethttp.Redirect(w, r, "http://192.0.2.1/hush", nethttp.StatusFound)
		}
	})
	conn, err := opened(t, nil, &connector.Sandbox{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := call(t.Context(), t, conn, params{"url": server.URL}); err != nil {
		t.Errorf("this machine is not reached: %v", err)
	}
	for _, url := range []string{"https://api.example/", "http://192.0.2.1/", "http://localhost.example/", server.URL + "/away"} {
		if e := failed(t, conn, params{"url": url}); e.Code != codeOutside || e.Class != connector.ClassDenied {
			t.Errorf("%s gives %s", url, e)
		}
	}
}
