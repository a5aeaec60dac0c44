package direct

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// outcome is how a first attempt ended, where it was no success.
type outcome struct {
	credentials error // there were none

	response *http.Response // as it came
	err      error
	reading  error // of the response, whose body is gone
}

// resume has the SDK make the call. Its first attempt has the given outcome
// without being made; what follows of that is the SDK's decision.
func (p *plan) resume(ctx context.Context, in any, req *http.Request, was outcome) (any, error) {
	o := p.operation
	api := append(slices.Clip(p.settings.api), keepID(req.Header.Get(headerInvocation)))
	ctx = o.client.Resume(ctx, p.generation)
	switch {
	case was.credentials != nil:
		provider := &failing{CredentialsProvider: p.settings.credentials, err: was.credentials}
		return o.sdk(ctx, in, Setting{"APIOptions", api}, Setting{"Credentials", aws.CredentialsProvider(provider)})
	case was.reading != nil:
		_ = was.response.Body.Close()
		was.response.Body = spent{was.response.Body}
		api = append(api, was.readAgain)
	}
	first := &replay{next: o.client.untraced(ctx), response: was.response, err: was.err}
	out, err := o.sdk(ctx, in, Setting{"APIOptions", api}, Setting{"HTTPClient", o.client.over(first)})
	first.drop()
	return out, err
}

// spent is a body that was read.
type spent struct{ before io.ReadCloser }

// Read has nothing more.
func (spent) Read([]byte) (int, error) { return 0, io.EOF }

// Close does nothing: it was closed.
func (spent) Close() error { return nil }

// Before returns the body as it was.
func (s spent) Before() io.ReadCloser { return s.before }

// keepID returns the further attempts of a call the id of the first.
func keepID(id string) func(*middleware.Stack) error {
	return func(s *middleware.Stack) error {
		return s.Build.Insert(middleware.BuildMiddlewareFunc("KeepInvocationID", func(
			ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler,
		) (middleware.BuildOutput, middleware.Metadata, error) {
			if req, ok := in.Request.(*smithyhttp.Request); ok {
				req.Header[headerInvocation] = []string{id}
			}
			return next.HandleBuild(ctx, in)
		}), "ClientRequestID", middleware.After)
	}
}

// readAgain gives the first attempt the error of reading its response.
func (was *outcome) readAgain(s *middleware.Stack) error {
	err := was.reading
	var wrapped *awshttp.ResponseError
	if errors.As(err, &wrapped) {
		err = wrapped.Err // it is wrapped once more
	}
	given := false
	return s.Deserialize.Insert(middleware.DeserializeMiddlewareFunc("ReadAgain", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, again := next.HandleDeserialize(ctx, in)
		if given {
			return out, metadata, again
		}
		given = true
		return out, metadata, err
	}), "OperationDeserializer", middleware.Before)
}

// replay gives a response that came before, then those of the transport.
type replay struct {
	next http.RoundTripper

	mu       sync.Mutex
	given    bool
	response *http.Response
	err      error
}

// RoundTrip returns the response of the first attempt to the first request.
func (r *replay) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	first := !r.given
	r.given = true
	r.mu.Unlock()
	if !first {
		return r.next.RoundTrip(req)
	}
	if req.Body != nil {
		_ = req.Body.Close()
	}
	if r.response != nil {
		r.response.Request = req
	}
	return r.response, r.err
}

// drop closes a response that nobody asked for: the call ended before.
func (r *replay) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.given && r.response != nil && r.response.Body != nil {
		_ = r.response.Body.Close()
	}
}
