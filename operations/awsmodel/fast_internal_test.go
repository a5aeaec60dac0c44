package awsmodel

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
)

// A client that a connection opens makes its first attempts itself: what awsapi
// puts into its configuration is no reason not to.
func TestConnectionsAreFast(t *testing.T) {
	cl := opened(t, "sqs")
	op := cl.service.operation(cl.service.model.Operation("SendMessage"))
	if _, why := cl.plainTransport(); why != "" {
		t.Errorf("calls go through the SDK's middleware: %s", why)
	}
	if why := cl.slowly(&call{op: op, params: map[string]any{}}); why != "" {
		t.Errorf("the call goes through the SDK's middleware: %s", why)
	}
}

// opened returns the client of a connection, closed at the end of the test.
func opened(t *testing.T, service string) *client {
	t.Helper()
	c := Source().Connector(service)
	params, err := c.Connection.Convert(map[string]any{
		"region": "eu-west-1", "endpoint": "http://127.0.0.1:1", "accessKeyId": "AKID", "secretAccessKey": "secret",
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(t.Context(), connector.OpenRequest{Params: params})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	cl, err := awsapi.Client[*client](conn)
	if err != nil {
		t.Fatal(err)
	}
	return cl
}

// First attempts are signed as the SDK signs them.
func TestQuickSignatures(t *testing.T) {
	for _, test := range []struct {
		service, operation string
		params             map[string]any
	}{
		{"sqs", "SendMessage", map[string]any{"queueUrl": "https://q", "messageBody": "hello"}},
		{"dynamodb", "GetItem", map[string]any{"tableName": "t", "key": map[string]any{"id": map[string]any{"s": "x"}}}},
		{"sns", "Publish", map[string]any{"topicArn": "arn:aws:sns:eu-west-1:000000000000:t", "message": "a b+c"}},
		{"ec2", "DescribeInstances", nil},
		{"apigateway", "GetRestApi", map[string]any{"restApiId": "a b/c"}},
		{"iam", "GetRole", map[string]any{"roleName": "r"}},
	} {
		cl := opened(t, test.service)
		op := cl.service.operation(cl.service.model.Operation(test.operation))
		call := &call{op: op, params: test.params}
		req, ok := smithyhttp.NewStackRequest().(*smithyhttp.Request)
		if !ok {
			t.Fatal("no request")
		}
		if err := cl.request(t.Context(), call, req); err != nil {
			t.Fatal(err)
		}
		r, err := cl.attempt(t.Context(), call, req)
		if err != nil {
			t.Fatal(err)
		}
		var body []byte
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
		}
		at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		if err != nil {
			t.Fatal(err)
		}
		scheme, err := cl.scheme(call)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := cl.credentials(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := r.Header.Get("Authorization")
		r.Header.Del("Authorization")
		sum := sha256.Sum256(body)
		if err := cl.signer.SignHTTP(t.Context(), keys, r, hex.EncodeToString(sum[:]), scheme.SigningName, scheme.SigningRegion, at); err != nil {
			t.Fatal(err)
		}
		if want := r.Header.Get("Authorization"); got != want {
			t.Errorf("%s.%s is signed as\n%s, the SDK signs\n%s", test.service, test.operation, got, want)
		}
	}
}

// What only a run knows to be unsignable is refused before it is sent.
func TestUnsignableCalls(t *testing.T) {
	c := Source().Connector("events")
	op := opened(t, "events").service.operation(opened(t, "events").service.model.Operation("PutEvents"))
	params, err := c.Connection.Convert(map[string]any{"region": "us-east-1", "accessKeyId": "AKID", "secretAccessKey": "secret"})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(t.Context(), connector.OpenRequest{Params: params})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing was sent
	_, err = op.run(t.Context(), &connector.Call{Connection: conn, Params: map[string]any{"endpointId": "abc.def", "entries": []any{}}})
	if e := connector.AsError(err); e.Code != "NotSupported" || e.Class != connector.ClassInvalid || e.Requests != 0 {
		t.Errorf("the error is %v, class %s, after %d requests", err, e.Class, e.Requests)
	}
}
