package awsapi

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsapi/internal/direct"
)

// longestMargin is how long before their end credentials are renewed; ones
// that live shorter than five times that are renewed in their last fifth.
const longestMargin = time.Minute

func margin(life time.Duration) time.Duration { return min(longestMargin, max(life/5, 0)) }

// renewing gives credentials an earlier end, so that a cache asks for others
// while they are still good, and goes on with them where it gets none.
type renewing struct {
	provider aws.CredentialsProvider

	mu    sync.Mutex
	until time.Time // the end of the latest ones
}

// Retrieve returns credentials that say that they end a while before they do.
func (r *renewing) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := r.provider.Retrieve(ctx)
	if err != nil || !c.CanExpire {
		return c, err
	}
	r.mu.Lock()
	r.until = c.Expires
	r.mu.Unlock()
	c.Expires = c.Expires.Add(-margin(time.Until(c.Expires)))
	return c, nil
}

// ProviderSources tells the SDK, which tells AWS, how credentials were found.
func (r *renewing) ProviderSources() []aws.CredentialSource { return sourcesOf(r.provider) }

// HandleFailToRefresh keeps credentials that are still good: one failure
// within the margin is no failure of a step.
func (r *renewing) HandleFailToRefresh(_ context.Context, last aws.Credentials, err error) (aws.Credentials, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := time.Until(r.until)
	if !last.HasKeys() || left <= 0 {
		return aws.Credentials{}, err
	}
	last.Expires = time.Now().Add(left / 4)
	return last, nil
}

// reloading reads the machine's configuration again where its credentials are
// too old: somebody may have signed in since.
type reloading struct {
	load func(context.Context) (aws.CredentialsProvider, error)

	mu      sync.Mutex
	current aws.CredentialsProvider
}

// Retrieve returns the credentials of the configuration.
func (r *reloading) Retrieve(ctx context.Context) (aws.Credentials, error) {
	provider, err := r.provider(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	return provider.Retrieve(ctx)
}

func (r *reloading) provider(ctx context.Context) (aws.CredentialsProvider, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current == nil {
		next, err := r.load(ctx)
		if err != nil {
			return nil, err
		}
		r.current = next
	}
	return r.current, nil
}

// ProviderSources tells how the configuration's credentials were found.
func (r *reloading) ProviderSources() []aws.CredentialSource {
	r.mu.Lock()
	defer r.mu.Unlock()
	return sourcesOf(r.current)
}

// Invalidate forgets the configuration.
func (r *reloading) Invalidate() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = nil
}

// renewer repeats a request that AWS refused since its credentials are too
// old, once and with new ones.
type renewer struct {
	mu         sync.Mutex
	generation atomic.Int64 // of the credentials; changed with mu held
	caches     []cache
}

// attach puts the renewer around the retries of every call of a client.
func (r *renewer) attach(stack *middleware.Stack) error {
	return stack.Finalize.Add(r, middleware.Before)
}

// ID names the renewer within a stack of the SDK.
func (r *renewer) ID() string { return "RenewCredentials" }

// HandleFinalize sends a request, if need be twice.
func (r *renewer) HandleFinalize(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (middleware.FinalizeOutput, middleware.Metadata, error) {
	if err := checkHeaders(in.Request); err != nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, err
	}
	used, ok := ctx.Value(generationKey{}).(int)
	if !ok {
		used = r.current()
	}
	out, metadata, err := next.HandleFinalize(ctx, in)
	if err == nil || len(r.caches) == 0 || !tooOld(ctx, err) {
		return out, metadata, err
	}
	if body, ok := in.Request.(interface{ RewindStream() error }); !ok || body.RewindStream() != nil {
		return out, metadata, err
	}
	callOf(ctx).again(ctx, err)
	r.renew(used)
	return next.HandleFinalize(ctx, in)
}

// checkHeaders refuses a request that net/http would not send, before anything
// is tried: the SDK would take that for a lost connection.
func checkHeaders(request any) error {
	if r, ok := request.(*smithyhttp.Request); ok {
		return oddHeader(r.Header)
	}
	return nil
}

// oddHeader returns the error of a header that cannot be sent, nil for none.
func oddHeader(h http.Header) error {
	if name, ok := direct.OddHeader(h); ok {
		return &connector.Error{
			Code: codeParameters, Class: connector.ClassInvalid,
			Message: "the value that is sent as the header " + name + " " + direct.OddText,
		}
	}
	return nil
}

// generationKey is the context's value of the generation of credentials that a
// call was tried with before the SDK saw it.
type generationKey struct{}

// withGeneration tells a call's renewer what it was tried with.
func withGeneration(ctx context.Context, generation int) context.Context {
	return context.WithValue(ctx, generationKey{}, generation)
}

func (r *renewer) current() int { return int(r.generation.Load()) }

// renew has the credentials fetched anew, unless another call did since the
// ones of generation used.
func (r *renewer) renew(used int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current() != used {
		return
	}
	r.generation.Add(1)
	for _, cache := range r.caches {
		cache.Invalidate()
	}
}

// unsigned are operations that need no credentials: what is too old there is a
// parameter.
var unsigned = late.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{"AssumeRoleWithSAML": true, "AssumeRoleWithWebIdentity": true}
}}

func tooOld(ctx context.Context, err error) bool {
	var api smithy.APIError
	if unsigned.Get()[middleware.GetOperationName(ctx)] || !errors.As(err, &api) {
		return false
	}
	code := api.ErrorCode()
	return code == "ExpiredToken" || code == "ExpiredTokenException"
}
