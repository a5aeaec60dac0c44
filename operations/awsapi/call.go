package awsapi

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsapi/internal/direct"
)

// calling is the context of one call of an operation. It counts the requests
// that left, and says which of them may be sent again. One goroutine uses it.
type calling struct {
	context.Context //nolint:containedctx // it is one itself

	repeat    connector.Repeat
	log       connector.LogFunc // nil where nobody listens
	requests  int
	corrected bool // for a wrong clock, once
	anything  bool // see TakesAnything
	// trace is the value of X-Amzn-Trace-Id; empty for none.
	trace [1]string
	// memory is what became of the memory of the latest request, where lends is true.
	memory direct.Memory
	lends  bool
	// sdkOnly says why the connection's calls go through the SDK; empty where
	// they need not.
	sdkOnly string
}

// callKey is the context's value of the call itself.
type callKey struct{}

// newCalling returns the context of a call. A request that only reads may
// always be sent again, unless the step's own retry does it.
func newCalling(ctx context.Context, call *connector.Call, effect connector.Effect) *calling {
	conn, ours := call.Connection.(*Connection)
	var c *calling
	if ours {
		c = conn.newCalling()
		c.sdkOnly = conn.sdkOnly
	} else {
		c = &calling{}
	}
	c.Context, c.repeat, c.log = ctx, call.MayRepeat(), call.Log
	if effect == connector.EffectReadOnly && c.repeat == connector.RepeatNotDone {
		c.repeat = connector.RepeatAny
	}
	return c
}

// Value returns a value of the context.
func (c *calling) Value(key any) any {
	if _, ok := key.(callKey); ok {
		return c
	}
	return c.Context.Value(key)
}

// Memory returns where it is said what becomes of the call's memory.
func (c *calling) Memory() *direct.Memory {
	if !c.lends {
		return nil
	}
	return &c.memory
}

// callOf returns the call that a context belongs to, nil for none.
func callOf(ctx context.Context) *calling {
	c, _ := ctx.Value(callKey{}).(*calling)
	return c
}

// count counts a request that failed, if it left.
func (c *calling) count(ctx context.Context, err error) {
	if c != nil && left(ctx, err) {
		c.requests++
	}
}

// again says in the run's log that a request is sent again after a failure,
// and counts the one that failed.
func (c *calling) again(ctx context.Context, err error) {
	if c == nil {
		return
	}
	c.count(ctx, err)
	if c.log == nil {
		return
	}
	e := toError(ctx, err, connector.EffectMutating)
	fields := map[string]any{"requests": int64(c.requests), "code": e.Code, "class": string(e.Class), "error": e.Message}
	if e.RequestID != "" {
		fields["request_id"] = e.RequestID
	}
	c.log(connector.LogWarn, "the request is sent again", fields)
}

// counted says in an error how many requests left.
func (c *calling) counted(err error) error {
	var e *connector.Error
	if errors.As(err, &e) {
		e.Requests = c.requests
	}
	return err
}

// left reports whether the request behind a failure may have reached the
// service: there is an answer, or nobody knows.
func left(ctx context.Context, err error) bool {
	var credentials *credentialsError
	if errors.As(err, &credentials) {
		return false
	}
	e := toError(ctx, err, connector.EffectMutating)
	return e.Status != 0 || e.Outcome == connector.OutcomeUnknown
}

// These are why the SDK does not send a request again.
var (
	errUnknown = errors.New("nobody knows whether the request was done, so it is not sent again")
	errTooLong = errors.New("the service asks to be left alone for longer than a call waits")
)

// careful is a retryer that sends no request again that changes something and
// may have been done, unless the step says that it is idempotent. It also
// guards the calls that somebody makes with the SDK's client by hand: of these
// the operation's name decides.
type careful struct {
	aws.RetryerV2

	effect func(operation string) connector.Effect
}

// Around returns the retryer that it is careful with.
func (c careful) Around() aws.RetryerV2 { return c.RetryerV2 }

// GetRetryToken gives leave to send a request again.
func (c careful) GetRetryToken(ctx context.Context, err error) (func(error) error, error) {
	call := callOf(ctx)
	if !c.may(ctx, call, err) {
		return nil, errUnknown
	}
	if askedDelay(err) > longestAsked {
		return nil, errTooLong
	}
	release, refused := c.RetryerV2.GetRetryToken(ctx, err)
	if refused != nil {
		return nil, refused //nolint:wrapcheck // the SDK reads it
	}
	if call != nil && wrongClock(err) {
		call.corrected = true
	}
	call.again(ctx, err)
	return release, nil
}

// RetryDelay returns how long to wait: at least as long as the service asks for.
func (c careful) RetryDelay(attempt int, err error) (time.Duration, error) {
	delay, failed := c.RetryerV2.RetryDelay(attempt, err)
	return max(delay, askedDelay(err)), failed //nolint:wrapcheck // the SDK reads it
}

// longestAsked is how long a call waits itself before it sends a request again,
// as long as the SDK does at most. What asks for more is left to the step.
const longestAsked = 20 * time.Second

// askedDelay returns the delay that an answer asks for, 0 for none.
func askedDelay(err error) time.Duration {
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil || response.Response.Response == nil {
		return 0
	}
	return delayOf(response.Response.Header)
}

func (c careful) may(ctx context.Context, call *calling, err error) bool {
	if refused := (*connector.Error)(nil); errors.As(err, &refused) && refused.Class == connector.ClassInvalid {
		return false // before it was sent, and so again
	}
	if call != nil && call.corrected && wrongClock(err) {
		return false
	}
	if call == nil && c.effect(awsmiddleware.GetOperationName(ctx)) == connector.EffectReadOnly ||
		call != nil && call.repeat == connector.RepeatAny {
		return true
	}
	return toError(ctx, err, connector.EffectMutating).Outcome != connector.OutcomeUnknown
}

// wrongClock reports whether a request was refused because of this machine's
// clock. The SDK, which knows the service's by then, marks such an error.
func wrongClock(err error) bool {
	var marked interface{ RetryableError() bool }
	var api smithy.APIError
	return errors.As(err, &marked) && marked.RetryableError() && errors.As(err, &api) && clockCodes.Get()[api.ErrorCode()]
}

// clockCodes are the codes that the SDK takes for a wrong clock where the
// service's Date bears that out.
var clockCodes = late.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"InvalidSignatureException": true, "SignatureDoesNotMatch": true, "AuthFailure": true, "RequestTimeTooSkewed": true,
		"AccessDeniedException": true,
	}
}}

// carefulOption wraps the retryer that a client has of its configuration.
func (b *builder) carefulOption(old aws.Retryer) aws.Retryer {
	base, ok := old.(aws.RetryerV2)
	if !ok {
		return old // of no client of today's SDK
	}
	return careful{RetryerV2: base, effect: b.effectOf}
}

// retryMode tells the service which retryer a client has, as the SDK does of
// one that it knows: careful hides it.
type retryMode struct {
	feature atomic.Pointer[awsmiddleware.UserAgentFeature]
}

// note looks at the retryer that is hidden in a client. Where the client wraps
// what it is given, as that of STS does, the SDK would not know it either.
func (m *retryMode) note(client reflect.Value) {
	method := client.MethodByName("Options")
	if !method.IsValid() {
		return
	}
	options := method.Call(nil)[0]
	guard, ok := options.FieldByName("Retryer").Interface().(careful)
	if !ok {
		return
	}
	var feature awsmiddleware.UserAgentFeature
	switch guard.RetryerV2.(type) {
	case *retry.Standard:
		feature = awsmiddleware.UserAgentFeatureRetryModeStandard
	case *retry.AdaptiveMode:
		feature = awsmiddleware.UserAgentFeatureRetryModeAdaptive
	default:
		return
	}
	m.feature.Store(&feature)
}

func (m *retryMode) attach(stack *middleware.Stack) error {
	feature := m.feature.Load()
	at, _ := stack.Build.Get((*awsmiddleware.RequestUserAgent)(nil).ID())
	if agent, ok := at.(*awsmiddleware.RequestUserAgent); ok && feature != nil {
		agent.AddUserAgentFeature(*feature)
	}
	return nil
}

// effectOf returns what an operation of the client does, by its name.
func (b *builder) effectOf(name string) connector.Effect {
	if o, ok := row(b.operations, name); ok && o.Effect != nil {
		return *o.Effect
	}
	return effectOf(name)
}

// Left reports whether the request behind an error of the SDK may have reached
// the service. Operations made by hand count with it.
func Left(ctx context.Context, err error) bool { return left(ctx, err) }

// CallContext returns the context of one call of an operation that is made by
// hand: a retryer of [Careful] asks it which requests may be sent again.
func CallContext(ctx context.Context, call *connector.Call, effect connector.Effect) context.Context {
	return newCalling(ctx, call, effect)
}

// TakesAnything says of the context's call that its answer is what somebody put
// there, also a page, as that of S3's GetObject is.
func TakesAnything(ctx context.Context) {
	if c := callOf(ctx); c != nil {
		c.anything = true
	}
}

func takesAnything(ctx context.Context) bool {
	c := callOf(ctx)
	return c != nil && c.anything
}

// Careful returns a retryer that sends no request again that may have been done,
// unless the call of the context lets it. One of an older kind stays as it is.
func Careful(retryer aws.Retryer) aws.Retryer {
	base, ok := retryer.(aws.RetryerV2)
	if !ok {
		return retryer
	}
	return careful{RetryerV2: base, effect: func(string) connector.Effect { return connector.EffectMutating }}
}

// Counted says in an error how many requests of the context's call left, and
// counts the last.
func Counted(ctx context.Context, err error) error {
	c := callOf(ctx)
	if c == nil || err == nil {
		return err
	}
	var e *connector.Error
	if errors.As(err, &e) && (e.Status != 0 || e.Outcome == connector.OutcomeUnknown) {
		c.requests++
	}
	return c.counted(err)
}
