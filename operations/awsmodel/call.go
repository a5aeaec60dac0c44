package awsmodel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/endpoint"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// call is one call of an operation on its way.
type call struct {
	op     *operation
	params map[string]any
	body   io.ReadSeeker // takes the place of the member that is a stream; nil for none
	single bool          // one attempt
	region string        // where it belongs, if that is not the client's

	place *endpoint.Endpoint
	skew  *time.Duration // that the last attempt told

	was     *outcome // of a first attempt that was made already; nil for none
	reading error    // what was wrong with the answer of that
	noKeys  error    // why that had no credentials

	result map[string]any
	stream io.ReadCloser // the body of the answer, where that is a stream
}

// callKey is the context's value of the *call.
type callKey struct{}

func callOf(ctx context.Context) *call {
	c, _ := middleware.GetStackValue(ctx, callKey{}).(*call)
	return c
}

// makes makes the request of a call.
func (c *client) makes() middleware.SerializeMiddleware {
	return middleware.SerializeMiddlewareFunc("MakeRequest", func(
		ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler,
	) (out middleware.SerializeOutput, metadata middleware.Metadata, err error) {
		call, ok := in.Parameters.(*call)
		req, isHTTP := in.Request.(*smithyhttp.Request)
		if !ok || !isHTTP {
			return out, metadata, errors.New("no call of a model")
		}
		if err := c.request(ctx, call, req); err != nil {
			return out, metadata, &smithy.SerializationError{Err: err}
		}
		return next.HandleSerialize(middleware.WithStackValue(ctx, callKey{}, call), in)
	})
}

// request makes the request of a call: its bindings, then where it goes, then
// what the model does not tell.
func (c *client) request(ctx context.Context, call *call, req *smithyhttp.Request) error {
	var body io.Reader
	if call.body != nil {
		if _, err := call.body.Seek(0, io.SeekStart); err != nil {
			return err
		}
		body = call.body
	}
	if err := call.op.protocol().Write(ctx, call.params, body, req); err != nil {
		return err
	}
	place, err := c.place(ctx, call)
	if err != nil {
		return err
	}
	call.place = place
	if err := c.address(call, req); err != nil {
		return err
	}
	for name, values := range place.Headers {
		req.Header[name] = values
	}
	return c.service.finishRequest(c, call, req)
}

// address puts the endpoint before the operation's path.
func (c *client) address(call *call, req *smithyhttp.Request) error {
	u, err := url.Parse(call.place.URL)
	if err != nil {
		return fmt.Errorf("the endpoint %q is no address: %w", call.place.URL, err)
	}
	host := u.Host
	if call.op.model.HostPrefix != "" && !isAddress(u.Hostname()) && c.service.model.Name != "s3control" {
		// S3 Control's rules know of the account themselves.
		label, err := call.op.hostPrefix(call.params)
		if err != nil {
			return err
		}
		host = label + host
	}
	raw := joinPath(u.EscapedPath(), req.URL.EscapedPath())
	req.URL.Scheme, req.URL.Host, req.Host = u.Scheme, host, ""
	req.URL.Path, req.URL.RawPath = joinPath(u.Path, req.URL.Path), raw
	if path := strings.TrimSuffix(u.Path, "/"); path != "" && req.URL.Path == path+"/" && c.service.model.Name == "s3" {
		// A bucket in the path has no slash behind it.
		req.URL.Path, req.URL.RawPath = path, strings.TrimSuffix(raw, "/")
	}
	return nil
}

// joinPath puts one path before another, with one slash between them.
func joinPath(base, path string) string {
	if path == "" {
		if base == "" {
			return "/"
		}
		return base
	}
	return strings.TrimSuffix(base, "/") + path
}

// isAddress reports whether a host is this machine or an IP address, which take
// no prefix.
func isAddress(host string) bool { return host == "localhost" || net.ParseIP(host) != nil }

// signs signs each attempt of a call.
func (c *client) signs() middleware.FinalizeMiddleware {
	return middleware.FinalizeMiddlewareFunc("Signing", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (out middleware.FinalizeOutput, metadata middleware.Metadata, err error) {
		req, ok := in.Request.(*smithyhttp.Request)
		if !ok {
			return out, metadata, errors.New("no HTTP request")
		}
		call := callOf(ctx)
		if err := c.sign(ctx, call, req); err != nil {
			return out, metadata, &v4.SigningError{Err: err}
		}
		out, metadata, err = next.HandleFinalize(ctx, in)
		if skew, ok := awsmiddleware.GetAttemptSkew(metadata); ok {
			call.skew = &skew
		}
		return out, metadata, err
	})
}

const (
	hashHeader      = "X-Amz-Content-Sha256"
	unsignedPayload = "UNSIGNED-PAYLOAD"
)

// sign signs a request for the place that its call goes to.
func (c *client) sign(ctx context.Context, call *call, req *smithyhttp.Request) error {
	if call.op.model.Flags&model.Unsigned != 0 {
		return nil
	}
	scheme, err := c.scheme(call)
	if err != nil {
		return err
	}
	if err := call.noKeys; err != nil {
		call.noKeys = nil // another attempt asks for them again
		return err
	}
	keys, err := c.credentials(ctx)
	if err != nil {
		return err
	}
	hash, err := c.payloadHash(call, req)
	if err != nil {
		return err
	}
	if c.service.escapesOnce() || call.op.model.Flags&model.UnsignedPayload != 0 {
		req.Header.Set(hashHeader, hash)
	}
	return c.signer.SignHTTP(ctx, keys, req.Request, hash, scheme.SigningName, scheme.SigningRegion, time.Now().Add(c.ahead(call)))
}

func (c *client) credentials(ctx context.Context) (aws.Credentials, error) {
	if c.cfg.Credentials == nil {
		return aws.Credentials{}, errors.New("there are no credentials")
	}
	return c.cfg.Credentials.Retrieve(ctx)
}

// ahead returns how far the service's clock is ahead.
func (c *client) ahead(call *call) time.Duration {
	switch {
	case c.cfg.DisableClockSkewCorrection:
		return 0
	case call.skew != nil:
		return *call.skew
	default:
		return time.Duration(c.skew.Load())
	}
}

// scheme says how to sign.
func (c *client) scheme(call *call) (endpoint.AuthScheme, error) {
	own := endpoint.AuthScheme{Name: "sigv4", SigningName: c.service.model.SigningName, SigningRegion: call.regionOr(c.cfg.Region)}
	for _, s := range call.place.AuthSchemes {
		if s.Name != "sigv4" {
			continue
		}
		if s.SigningName != "" {
			own.SigningName = s.SigningName
		}
		if s.SigningRegion != "" {
			own.SigningRegion = s.SigningRegion
		}
		return own, nil
	}
	if other := notSpoken(call.place); other != "" {
		return own, notSupported(fmt.Sprintf("requests to %s need %s, which is not spoken", call.place.URL, other))
	}
	return own, nil
}

func (call *call) regionOr(region string) string {
	if call.region != "" {
		return call.region
	}
	return region
}

// payloadHash returns what stands for the body in the signature. Over TLS the
// body of an object is not part of it, as in the SDK.
func (c *client) payloadHash(call *call, req *smithyhttp.Request) (string, error) {
	if call.op.model.Flags&model.UnsignedPayload != 0 || c.service.escapesOnce() && req.URL.Scheme == "https" {
		return unsignedPayload, nil
	}
	stream := req.GetStream()
	if stream == nil {
		return emptyHash, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, stream); err != nil {
		return "", fmt.Errorf("reading the body: %w", err)
	}
	if err := req.RewindStream(); err != nil {
		return "", fmt.Errorf("the body cannot be read twice: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// emptyHash is the SHA-256 of nothing.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// reads reads the answer of each attempt.
func (c *client) reads() middleware.DeserializeMiddleware {
	return middleware.DeserializeMiddlewareFunc("OperationDeserializer", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		resp, ok := out.RawResponse.(*smithyhttp.Response)
		if !ok || err != nil {
			return out, metadata, err
		}
		call := callOf(ctx)
		if call.reading != nil {
			err, call.reading = call.reading, nil
			_ = resp.Body.Close()
			return out, metadata, err
		}
		err = c.read(ctx, call, resp)
		return out, metadata, err
	})
}

// most bounds an answer that is read into memory, in bytes.
const most = 64 << 20

// read reads an answer. The body is closed, unless it is the call's stream.
func (c *client) read(ctx context.Context, call *call, resp *smithyhttp.Response) (err error) {
	keep := false
	defer func() {
		if !keep {
			_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
			_ = resp.Body.Close()
		}
	}()
	_, streams := call.op.protocol().StreamsOut()
	ok := resp.StatusCode >= 200 && resp.StatusCode <= 299
	if !streams || !ok {
		resp.Body = &bounded{ReadCloser: resp.Body, left: most}
	}
	if err := c.service.checkAnswer(call, resp); err != nil {
		return err
	}
	call.result, call.stream, err = call.op.protocol().Read(ctx, resp)
	keep = err == nil && call.stream != nil
	return err
}

// bounded is a body of which no more than so much is read.
type bounded struct {
	io.ReadCloser
	left int64
}

// largeError says that an answer does not fit into memory.
type largeError struct{}

func (largeError) Error() string { return fmt.Sprintf("the answer has more than %d MiB", most>>20) }

var errLarge error = largeError{}

// Read reads, and fails at the bound.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLarge
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}
