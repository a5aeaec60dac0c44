package direct

import (
	"context"
	"net/http"
	"net/http/httptrace"
)

// over returns the client's HTTP client with another transport.
func (c *Client) over(transport http.RoundTripper) *http.Client {
	sender := *c.HTTP
	sender.Transport = transport
	return &sender
}

// quietly has the SDK send a call's requests by an untraced transport, where it
// would send them by the client's.
func (c *Client) quietly(ctx context.Context) []Setting {
	if c.HTTP.Transport == nil { // that of net/http, which keeps to itself
		return nil
	}
	return []Setting{{"HTTPClient", Replacement{Old: c.HTTP, New: c.over(c.untraced(ctx))}}}
}

// untraced returns the client's transport for a call that the SDK makes. The SDK
// traces each request for its metrics, which a client that is called here does
// not keep; a transport that looks for traces is to find those of users alone.
func (c *Client) untraced(ctx context.Context) http.RoundTripper {
	if httptrace.ContextClientTrace(ctx) != nil {
		return c.HTTP.Transport
	}
	return untracing{c.HTTP.Transport}
}

// untracing takes the trace out of requests.
type untracing struct{ next http.RoundTripper }

// RoundTrip sends a request without its trace.
func (u untracing) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if trace := httptrace.ContextClientTrace(ctx); trace != nil {
		r = r.WithContext(without{ctx, trace})
	}
	return u.next.RoundTrip(r)
}

// without is a context without a trace.
type without struct {
	context.Context //nolint:containedctx // it is one itself

	trace *httptrace.ClientTrace
}

// Value returns a value of the context.
func (w without) Value(key any) any {
	v := w.Context.Value(key)
	if trace, ok := v.(*httptrace.ClientTrace); ok && trace == w.trace {
		return nil
	}
	return v
}
