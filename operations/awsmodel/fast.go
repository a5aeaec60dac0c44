package awsmodel

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/internal/uuid"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/endpoint"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
	"github.com/medlar-flow/medlar/operations/internal/sigv4"
)

// fast makes the first attempt of a call without the SDK's middleware, which
// costs several times what the request does. done is false where the attempt
// was no plain success: the middleware then goes on as if it had made it.
func (c *client) fast(ctx context.Context, call *call) (done bool, err error) {
	transport, why := c.plainTransport()
	if why = cmp.Or(awsapi.SDKOnly(ctx), why, c.slowly(call)); why != "" {
		c.tell(ctx, call.op, why)
		return false, nil
	}
	if c.skew.Load() != 0 || call.region != "" {
		return false, nil // for the moment
	}
	req, ok := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	if !ok {
		return false, nil
	}
	if err := c.request(ctx, call, req); err != nil {
		return false, nil // the middleware says what is wrong
	}
	r, err := c.attempt(ctx, call, req)
	if err != nil || ctx.Err() != nil {
		return false, nil
	}
	resp, err := transport.RoundTrip(r) //nolint:bodyclose // who reads it closes it
	if err != nil {
		err = &url.Error{Op: "Post", URL: r.URL.Redacted(), Err: err} // as http.Client has it
		call.was = &outcome{err: err}
		return false, nil
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		call.was = failed(resp)
		return false, nil
	}
	if err := c.read(ctx, call, &smithyhttp.Response{Response: resp}); err != nil {
		// What the answer was is gone; that it cannot be read is for the
		// middleware to judge.
		call.was = &outcome{reading: err, response: resp}
		return false, nil
	}
	return true, nil
}

// outcome is how a first attempt ended, where it was no success.
type outcome struct {
	response *http.Response
	err      error
	reading  error
}

// mostError is how much of an error's body is kept, in bytes.
const mostError = 1 << 20

// failed keeps an answer to be read again; nil for one that says that the
// credentials are too old, with which the attempt is to be made anew.
func failed(resp *http.Response) *outcome {
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostError))
	_ = resp.Body.Close()
	if err != nil {
		return &outcome{err: err}
	}
	if bytes.Contains(body, []byte("ExpiredToken")) {
		return nil
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return &outcome{response: resp}
}

// replaying is the HTTP client of the middleware: to a call's first request it
// gives what came of the attempt that was made already.
type replaying struct{ client *client }

// Do sends a request, or gives the outcome of the first.
func (r replaying) Do(req *http.Request) (*http.Response, error) {
	call := callOf(req.Context())
	if call == nil || call.was == nil {
		return r.client.httpClient().Do(req)
	}
	was := call.was
	call.was = nil
	if was.reading != nil {
		call.reading = was.reading
	}
	if was.response != nil {
		was.response.Request = req
		if was.reading != nil {
			was.response.Body = http.NoBody
		}
	}
	return was.response, was.err
}

// plainTransport returns the transport of the client; why says what there is
// more to a request than that.
func (c *client) plainTransport() (transport http.RoundTripper, why string) {
	h, ok := c.cfg.HTTPClient.(*http.Client)
	switch {
	case !ok || h.Transport == nil:
		return nil, "the HTTP client is not one of ours"
	case h.Jar != nil || h.Timeout != 0:
		return nil, "the HTTP client has a Jar or a Timeout"
	case c.cfg.ClientLogMode != 0:
		return nil, "the client logs its requests"
	case len(c.cfg.APIOptions) > awsapi.OwnAPIOptions:
		return nil, "the client has middleware that is not known here"
	}
	return h.Transport, ""
}

// slowly says what about a call is uncommon; empty where nothing is.
func (c *client) slowly(call *call) string {
	_, streams := call.op.protocol().StreamsOut()
	switch {
	case call.body != nil || streams:
		return "its input or its answer is a stream"
	case c.service.escapesOnce():
		return "the service signs paths in a way of its own"
	case call.op.model.Flags&(model.Unsigned|model.UnsignedPayload) != 0:
		return "it is not signed as a whole"
	}
	return ""
}

// tell says in the run's log, once for each operation, why its calls go through
// the SDK.
func (c *client) tell(ctx context.Context, o *operation, why string) {
	if _, known := c.told.LoadOrStore(o, true); !known {
		awsapi.ThroughSDK(ctx, o.model.Name, why)
	}
}

// attempt returns the request as it is sent, with its signature.
func (c *client) attempt(ctx context.Context, call *call, req *smithyhttp.Request) (*http.Request, error) {
	scheme, err := c.scheme(call)
	if err != nil {
		return nil, err
	}
	keys, err := c.credentials(ctx)
	if err != nil {
		call.noKeys = err
		return nil, err
	}
	var body []byte
	if stream := req.GetStream(); stream != nil {
		if body, err = io.ReadAll(stream); err != nil {
			return nil, err
		}
	}
	r := req.Request.WithContext(ctx)
	r.Body, r.ContentLength = nil, int64(len(body))
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	for name, values := range c.common() {
		r.Header[name] = values
	}
	r.Header["Amz-Sdk-Invocation-Id"] = []string{newID()}
	now := time.Now()
	if c.quick(scheme).Sign(r, keys, body, now) {
		return r, nil
	}
	sum := sha256.Sum256(body)
	err = c.signer.SignHTTP(ctx, keys, r, hex.EncodeToString(sum[:]), scheme.SigningName, scheme.SigningRegion, now)
	return r, err
}

// quick returns what signs plain requests. Most clients sign all of theirs
// alike.
func (c *client) quick(s endpoint.AuthScheme) *sigv4.Signer {
	if last := c.last.Load(); last != nil && last.Service() == s.SigningName && last.Region() == s.SigningRegion {
		return last
	}
	fresh := sigv4.New(s.SigningName, s.SigningRegion)
	c.last.Store(fresh)
	return fresh
}

// newID returns a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return uuid.Text(b, 4)
}

// common makes the headers that all first attempts of a client have, once.
func (c *client) common() http.Header { return c.headers() }

func (c *client) commonHeaders(retryer aws.Retryer) func() http.Header {
	return sync.OnceValue(func() http.Header {
		h := http.Header{"Amz-Sdk-Request": {"attempt=1"}}
		if most := retryer.MaxAttempts(); most != 0 {
			h.Set("Amz-Sdk-Request", "attempt=1; max="+strconv.Itoa(most))
		}
		req, ok := smithyhttp.NewStackRequest().(*smithyhttp.Request)
		if !ok {
			return h
		}
		_, _, _ = c.agent().HandleBuild(context.Background(), middleware.BuildInput{Request: req}, middleware.BuildHandlerFunc(
			func(context.Context, middleware.BuildInput) (out middleware.BuildOutput, m middleware.Metadata, err error) {
				return
			},
		))
		for name, values := range req.Header {
			h[name] = values
		}
		if os.Getenv("AWS_LAMBDA_FUNCTION_NAME") != "" && os.Getenv("_X_AMZN_TRACE_ID") != "" {
			h.Set("X-Amzn-Trace-Id", os.Getenv("_X_AMZN_TRACE_ID"))
		}
		return h
	})
}

func (c *client) agent() *awsmiddleware.RequestUserAgent {
	agent := awsmiddleware.NewRequestUserAgent()
	agent.AddSDKAgentKeyValue(awsmiddleware.APIMetadata, c.service.agentName(), Version())
	if c.cfg.AppID != "" {
		agent.AddSDKAgentKey(awsmiddleware.ApplicationIdentifier, c.cfg.AppID)
	}
	return agent
}
