package direct

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/internal/http1"
	"github.com/medlar-flow/medlar/operations/internal/sigv4"
)

const (
	headerInvocation = "Amz-Sdk-Invocation-Id"
	headerAttempt    = "Amz-Sdk-Request"
	headerAgent      = "User-Agent"
)

// plan is how an operation is done without the SDK's stack. It does not change.
type plan struct {
	operation  *Operation
	generation int
	settings   settings
	place      place
	signer     *sigv4.Signer
	first      []string      // the attempt header's value, as far as it is always the same
	skew       *atomic.Int64 // of the server's clock, shared with the SDK's client
	stacks     sync.Pool     // of *stack
	form       *form         // nil for none
	agent      agent
	dates      dates
}

// place is where the requests of a client go.
type place struct {
	scheme, host string
	header       string // Host, where it differs
	base         string // of the path
	rawBase      string // of the escaped path
	raw          string // the escaped path, where the operation gives none of its own
}

// do makes the first attempt of a call, and leaves it to the SDK where that is
// no success.
func (p *plan) do(ctx context.Context, in any) (any, error) {
	o, memory := p.operation, p.memoryFor(ctx)
	req, body, kit, err := p.make(ctx, in)
	if err != nil || ctx.Err() != nil {
		return o.sdk(ctx, in) // it says what is wrong
	}
	ahead := p.skewNow()
	credentials, err := p.settings.credentials.Retrieve(ctx)
	if err != nil {
		return p.resume(ctx, in, req, outcome{credentials: err})
	}
	release, err := p.token(ctx)
	if err != nil {
		return o.sdk(ctx, in)
	}
	req.Header[headerAttempt] = p.attempt(ctx, ahead)
	ours, err := p.signIn(ctx, req, kit, body, credentials, time.Now().Add(ahead))
	if err != nil {
		return o.sdk(ctx, in)
	}
	if _, odd := OddHeader(req.Header); odd {
		return o.sdk(ctx, in) // the client's middleware says what is wrong
	}
	if kit != nil && ours { // what is signed here begins and ends with no space
		kit.body.SetChecked()
	}
	resp, clock, err := p.send(req, body) //nolint:bodyclose // who reads it closes it
	if err != nil || !usable(resp) {
		return p.resume(ctx, in, req, outcome{response: resp, err: err})
	}
	output, metadata, err := p.read(ctx, in, resp, memory)
	if err != nil {
		return p.resume(ctx, in, req, outcome{response: resp, reading: err})
	}
	_ = release(nil)
	if clock.known && !p.settings.trustsClock {
		p.skew.Store(int64(clock.ahead))
	}
	over := p.over(kit, in, resp)
	if memory != nil {
		memory.Free = over
	}
	return o.with(metadata, output), nil
}

// over gives back what a request and its answer were made of, where nobody else can
// have any of it: the transport is our own, and it sent the request itself. It reports
// whether.
func (p *plan) over(k *kit, in any, resp *http.Response) bool {
	if k == nil || !p.operation.client.Alone || !http1.Recycle(resp) {
		return false
	}
	p.form.recycle(k)
	takeBack(&p.form.inputs, p.form.input, in)
	return true
}

// Memory says of a call that has succeeded what became of the memory that it had.
type Memory struct {
	// Free is true where nobody has the bytes of the input any more, nor any but the
	// output those of the answer.
	Free bool
	// Answer is what the payload of the output stands in; nil for memory of its own.
	Answer *value.Lent
}

// Borrower is the context of a call whose caller wants to know; Memory is nil where
// it does not.
type Borrower interface{ Memory() *Memory }

// memoryFor returns where a call says what becomes of its memory; nil where nobody
// wants to know.
func (p *plan) memoryFor(ctx context.Context) *Memory {
	b, ok := ctx.(Borrower)
	if !ok || p.form == nil || !p.form.bare || !p.operation.client.Alone {
		return nil
	}
	m := b.Memory()
	if m != nil {
		*m = Memory{}
	}
	return m
}

// token returns what is to be called where an attempt succeeds. That of a retryer
// which only counts is always the same.
func (p *plan) token(ctx context.Context) (func(error) error, error) {
	if p.settings.counted != nil {
		return p.settings.counted, nil
	}
	return p.settings.retryer.GetAttemptToken(ctx)
}

// OddHeader returns the name of a header whose value cannot be sent, since it
// holds a control character; ok is false where there is none.
func OddHeader(h http.Header) (name string, ok bool) {
	for name, values := range h {
		if slices.ContainsFunc(values, IsOdd) {
			return name, true
		}
	}
	return "", false
}

// OddText says what is wrong with a text that IsOdd.
const OddText = "holds a line break or another control character"

// IsOdd reports whether a text cannot be the value of a header (RFC 9110, section
// 5.5).
func IsOdd(text string) bool { return http1.HoldsControl(text) }

// usable is true for a response that is a success. A transport of a user's own
// may give none at all, of which the HTTP client makes an error.
func usable(resp *http.Response) bool {
	return resp != nil && resp.Body != nil && resp.StatusCode >= 200 && resp.StatusCode <= 299
}

// skewNow returns how far the server's clock is ahead.
func (p *plan) skewNow() time.Duration {
	if p.settings.trustsClock {
		return 0
	}
	return time.Duration(p.skew.Load())
}

// address puts the client's endpoint before the operation's path.
func (p *plan) address(req *http.Request) {
	u := req.URL
	u.Scheme, u.Host, req.Host = p.place.scheme, p.place.host, p.place.header
	u.Path = join(p.place.base, u.Path)
	if u.RawPath == "" {
		u.RawPath = p.place.raw
		return
	}
	u.RawPath = join(p.place.rawBase, u.RawPath)
}

// join puts the path of an endpoint, which most have none of, before another.
func join(base, path string) string {
	if base == "" && strings.HasPrefix(path, "/") {
		return path
	}
	return smithyhttp.JoinPath(base, path)
}

// attempt returns the header that tells AWS of attempts. The end of the call is
// in it only where the server's clock is ahead, as the SDK has it.
func (p *plan) attempt(ctx context.Context, skew time.Duration) []string {
	deadline, ok := ctx.Deadline()
	if !ok || skew <= 0 {
		return p.first[:1:1]
	}
	return []string{p.first[0] + "; ttl=" + deadline.Add(skew).Format("20060102T150405Z")}
}

func firstAttempt(most int) []string {
	if most == 0 {
		return []string{"attempt=1"}
	}
	return []string{"attempt=1; max=" + strconv.Itoa(most)}
}

// sign signs the request, by the SDK's signer where ours leaves it to that.
func (p *plan) sign(ctx context.Context, req *http.Request, body []byte, c aws.Credentials, at time.Time) error {
	_, err := p.signIn(ctx, req, nil, body, c, at)
	return err
}

// signIn is sign with the room that a kit has for the headers; nil for none. It tells
// whether our signer did it.
func (p *plan) signIn(ctx context.Context, req *http.Request, k *kit, body []byte, c aws.Credentials, at time.Time) (ours bool, err error) {
	if k != nil && p.signer.SignIn(&k.signed, req, c, body, at) || k == nil && p.signer.Sign(req, c, body, at) {
		return true, nil
	}
	sum := sha256.Sum256(body)
	return false, p.settings.signer.SignHTTP(ctx, c, req, hex.EncodeToString(sum[:]), p.signer.Service(), p.signer.Region(), at)
}

// send makes the request over the client's transport, and tells how far the
// server's clock is ahead, as far as the response shows that.
func (p *plan) send(req *http.Request, body []byte) (*http.Response, skew, error) {
	req.ContentLength = int64(len(body))
	if _, set := req.Body.(*http1.Bytes); !set && len(body) > 0 {
		req.Body = http1.NewBytes(body)
	}
	sent := time.Now()
	resp, err := p.operation.client.HTTP.Transport.RoundTrip(req)
	if err != nil || resp == nil {
		return resp, skew{}, err
	}
	return resp, p.dates.skewOf(resp.Header, sent, time.Now()), nil
}

// with returns the output with the metadata of its call.
func (o *Operation) with(metadata middleware.Metadata, output reflect.Value) any {
	if o.metadata >= 0 {
		*output.Field(o.metadata).Addr().Interface().(*middleware.Metadata) = metadata
	}
	return output.Addr().Interface()
}
