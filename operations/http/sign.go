package http

import (
	"context"
	"io"
	nethttp "net/http"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/internal/http1"
	"github.com/medlar-flow/medlar/schema"
)

// signingParameter is the parameter of a connection that says how to sign.
const signingParameter = "sigv4"

// Signer signs requests with credentials of its own. operations/awsapi has one
// for AWS. One that has also a method Check(params map[string]any)
// []connector.Mistake says with it what Open would refuse, as far as it is known
// before a run.
type Signer interface {
	// Params describes what the parameter sigv4 of a connection holds.
	Params() *schema.Schema
	// Open makes what signs the requests of a connection, which several steps may
	// make at once, and what ends its use. It needs no network. What signs adds
	// what the signature needs to the headers of a request; body is what is sent,
	// empty for none. Errors should be a *connector.Error.
	Open(ctx context.Context, params map[string]any, req connector.OpenRequest) (
		sign func(r *nethttp.Request, body []byte) error, done func(), err error)
}

func signingField(s Signer) *schema.Field {
	return &schema.Field{
		Name: signingParameter, Type: schema.Object, Members: s.Params(),
		Description: "Sign requests with AWS's signature version 4, for any service: API Gateway, OpenSearch, AppSync, a function URL.",
	}
}

// signed returns a copy of a request with its signature.
func (c *connection) signed(r *nethttp.Request) (*nethttp.Request, error) {
	out := r.Clone(r.Context())
	var body []byte
	if r.Body != nil && r.Body != nethttp.NoBody {
		defer r.Body.Close() //nolint:errcheck // it is in memory
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err //nolint:wrapcheck // failure words it
		}
		out.Body = http1.NewBytes(body)
	}
	if err := c.sign(out, body); err != nil {
		return nil, err //nolint:wrapcheck // it is the signer's own
	}
	return out, nil
}
