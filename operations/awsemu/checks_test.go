package awsemu_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

func same(t testing.TB, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// fails checks that err is the AWS error of that code and status.
func fails(t testing.TB, err error, code string, status int) {
	t.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		t.Fatalf("got %v, want %s", err, code)
	}
	if api.ErrorCode() != code {
		t.Errorf("got code %s (%s), want %s", api.ErrorCode(), api.ErrorMessage(), code)
	}
	if answer, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && answer.HTTPStatusCode() != status {
		t.Errorf("%s: got status %d, want %d", code, answer.HTTPStatusCode(), status)
	}
	if api.ErrorMessage() == "" {
		t.Errorf("%s has no message", code)
	}
}

func says(t *testing.T, err error, message string) {
	t.Helper()
	if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorMessage() != message {
		t.Errorf("got %v, want %s", err, message)
	}
}

// trackedClient is an HTTP client whose idle connections end with the test.
type trackedClient struct{ transport *http.Transport }

func (c *trackedClient) http() *http.Client {
	c.transport = &http.Transport{}
	return &http.Client{Transport: readable{c.transport}}
}

// readable hides that a body can write itself: once the SDK has closed one, that is
// an error to net/http, which closes the connection under an answer that is read.
type readable struct{ next http.RoundTripper }

func (b readable) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r = r.Clone(r.Context())
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return b.next.RoundTrip(r)
}

func (c *trackedClient) close() { c.transport.CloseIdleConnections() }

// ok returns the value of a call that must succeed: ok(call())(t).
func ok[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
