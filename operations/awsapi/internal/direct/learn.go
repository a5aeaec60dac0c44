package direct

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/operations/internal/sigv4"
)

// mostTries is how often an operation is learnt for one generation of
// credentials. It can fail by chance: credentials end in between.
const mostTries = 4

// learn makes a call by the SDK and looks at the request.
func (o *Operation) learn(ctx context.Context, in any, generation int) (any, error) {
	o.looking.Do(o.look)
	if o.off.Load() != nil {
		return o.sdk(ctx, in)
	}
	known, why := o.readSettings()
	if why != "" {
		o.leave(why)
		return o.sdk(ctx, in)
	}
	l := &lesson{operation: o, ctx: ctx, in: in, generation: generation, settings: known}
	l.credentials = &keeping{CredentialsProvider: known.credentials}
	return o.sdk(ctx, in, append(o.client.quietly(ctx), Setting{"Credentials", aws.CredentialsProvider(l.credentials)},
		Setting{"APIOptions", append(slices.Clip(known.api), l.attach)})...)
}

// lesson is one call that is learnt from.
type lesson struct {
	operation  *Operation
	ctx        context.Context //nolint:containedctx // of the call, before the SDK puts its own values in
	in         any
	generation int
	settings   settings
	// credentials keeps those that the request is signed with.
	credentials *keeping
	retries     *retry.Attempt
	done        bool
}

// attach looks at the stack, and at the request when it is signed.
func (l *lesson) attach(s *middleware.Stack) error {
	attempt, _ := s.Finalize.Get("Retry")
	l.retries, _ = attempt.(*retry.Attempt)
	if l.retries == nil || l.retries.ClientSkew == nil || !l.operation.client.knowsStack(s) {
		l.operation.leave("its calls pass middleware that is not known here")
		return nil
	}
	return s.Finalize.Add(middleware.FinalizeMiddlewareFunc("LearnRequest", l.look), middleware.After)
}

func (l *lesson) look(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (middleware.FinalizeOutput, middleware.Metadata, error) {
	if req, ok := in.Request.(*smithyhttp.Request); ok && !l.done {
		l.done = true
		l.operation.take(l, req)
	}
	return next.HandleFinalize(ctx, in)
}

// take makes a plan of what the SDK sends, if there is none yet.
func (o *Operation) take(l *lesson, sent *smithyhttp.Request) {
	if !o.learning.TryLock() {
		return
	}
	defer o.learning.Unlock()
	if p := o.plan.Load(); p != nil && p.generation == l.generation {
		return
	}
	if o.tried != l.generation {
		o.tried, o.tries = l.generation, 0
	}
	if p, ok := l.plan(sent); ok {
		o.plan.Store(p)
		return
	}
	if o.tries++; o.tries >= mostTries {
		o.leave("its requests are not those that are made here")
	}
}

// plan returns how to send the same request, and whether it is the same.
func (l *lesson) plan(sent *smithyhttp.Request) (*plan, bool) {
	p := &plan{
		operation: l.operation, generation: l.generation, settings: l.settings,
		first: firstAttempt(l.settings.retryer.MaxAttempts()), skew: l.retries.ClientSkew,
	}
	scope, ok := scopeOf(sent.Header.Get("Authorization"))
	if !ok {
		return nil, false // an operation that is not signed, or otherwise
	}
	p.signer = sigv4.New(scope.service, scope.region)
	plain, _, err := p.prepare(l.ctx, l.in)
	if err != nil {
		return nil, false
	}
	p.place = placeOf(sent.Request, plain.URL)
	if !p.sends(l, sent) {
		return nil, false
	}
	p.agent = agent{value: sent.Header[headerAgent]}
	p.form = p.formFor(l, sent)
	return p, true
}

// formFor returns the form of the operation, where it has one that makes the
// same request and asks for the same members.
func (p *plan) formFor(l *lesson, sent *smithyhttp.Request) *form {
	f := l.operation.form
	if f == nil {
		return nil
	}
	if _, _, err := p.prepare(l.ctx, f.least()); err != nil {
		return nil // further members are required
	}
	filled := &plan{
		operation: p.operation, settings: p.settings, place: p.place, signer: p.signer, first: p.first, skew: p.skew, agent: p.agent, form: f,
	}
	if !filled.sends(l, sent) {
		return nil
	}
	return f
}

// placeOf tells the endpoint from a request and what its operation alone makes
// of the path.
func placeOf(sent *http.Request, plain *url.URL) place {
	p := place{scheme: sent.URL.Scheme, host: sent.URL.Host, header: sent.Host, base: strings.TrimSuffix(sent.URL.Path, plain.Path)}
	if plain.RawPath == "" {
		p.raw = sent.URL.RawPath
	} else {
		p.rawBase = strings.TrimSuffix(sent.URL.RawPath, plain.RawPath)
	}
	return p
}

// sends reports whether the plan makes the same request, signature included, of
// the same call at the same time.
func (p *plan) sends(l *lesson, sent *smithyhttp.Request) bool {
	at, err := time.Parse("20060102T150405Z", sent.Header.Get("X-Amz-Date"))
	if err != nil {
		return false
	}
	req, body, err := p.prepare(l.ctx, l.in)
	if err != nil {
		return false
	}
	req.Header[headerInvocation] = sent.Header[headerInvocation]
	req.Header[headerAttempt] = p.attempt(l.ctx, p.skewNow())
	if err := p.sign(l.ctx, req, body, l.credentials.latest, at); err != nil {
		return false
	}
	return req.Method == sent.Method && req.URL.String() == sent.URL.String() && req.Host == sent.Host &&
		req.ContentLength == sent.ContentLength && reflect.DeepEqual(req.Header, sent.Header)
}

// scope is what a signature is valid for.
type scope struct{ region, service string }

// scopeOf reads it off a signed request.
func scopeOf(authorization string) (s scope, ok bool) {
	_, rest, ok := strings.Cut(authorization, "AWS4-HMAC-SHA256 Credential=")
	if !ok {
		return s, false
	}
	credential, _, _ := strings.Cut(rest, ",")
	parts := strings.Split(credential, "/") // id/day/region/service/aws4_request
	if n := len(parts); n >= 5 {
		return scope{region: parts[n-3], service: parts[n-2]}, true
	}
	return s, false
}
