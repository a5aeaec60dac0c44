package direct

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// These are no errors of a call: the SDK makes it then.
var (
	errBuilt     = errors.New("direct: the stack is built")
	errNoRequest = errors.New("direct: the stack made no request")
	errOtherBody = errors.New("direct: the body is of another kind than the SDK's protocols make")
	errNoResult  = errors.New("direct: the stack gave no output")
)

// stack is the SDK's middleware of one operation, built once. It serves one
// call at a time and holds nothing of it afterwards.
type stack struct {
	steps   *middleware.Stack
	prepare middleware.Handler // what makes a request
	request *smithyhttp.Request
	answer  answer
}

// Handle takes the request that the steps made.
func (s *stack) Handle(_ context.Context, input any) (output any, metadata middleware.Metadata, err error) {
	s.request, _ = input.(*smithyhttp.Request)
	return nil, metadata, nil
}

// answer stands where the SDK sends a request: it was sent before.
type answer struct{ response smithyhttp.Response }

// Handle returns the response.
func (a *answer) Handle(context.Context, any) (output any, metadata middleware.Metadata, err error) {
	return &a.response, metadata, nil
}

// steps has the SDK build its stack, and stops the call there.
func (o *Operation) steps(ctx context.Context, in any, api []func(*middleware.Stack) error) (*middleware.Stack, error) {
	var built *middleware.Stack
	take := func(s *middleware.Stack) error {
		built = s
		return errBuilt
	}
	_, err := o.sdk(ctx, in, Setting{"APIOptions", append(slices.Clip(api), take)})
	if built == nil {
		return nil, err
	}
	return built, nil
}

// stack returns one that is free, or builds one.
func (p *plan) stack(ctx context.Context, in any) (*stack, error) {
	if s, ok := p.stacks.Get().(*stack); ok {
		return s, nil
	}
	steps, err := p.operation.steps(ctx, in, p.settings.api)
	if err != nil {
		return nil, err
	}
	if err := lighten(ctx, steps); err != nil {
		return nil, err
	}
	s := &stack{steps: steps}
	s.prepare = middleware.DecorateHandler(s, steps.Initialize, steps.Serialize, steps.Build)
	return s, nil
}

// lighten takes out of a stack what only the SDK's last step needs, what
// this package does itself, and what nobody reads. The header that tells of
// the program is always the same and so made once.
func lighten(ctx context.Context, s *middleware.Stack) error {
	agent, ok := s.Build.Get("UserAgent")
	if !ok {
		return errNoRequest
	}
	header, err := agentOf(ctx, agent)
	if err != nil {
		return err
	}
	_, err = s.Build.Swap("UserAgent", header)
	for _, id := range []string{"setOperationInput", "ResolveEndpoint"} {
		_, failed := s.Serialize.Remove(id)
		err = errors.Join(err, failed)
	}
	for _, id := range []string{"RecordResponseTiming", "RequestResponseLogger", "AddRawResponseToMetadata"} {
		_, failed := s.Deserialize.Remove(id)
		err = errors.Join(err, failed)
	}
	return err
}

// agent sets the User-Agent header.
type agent struct{ value []string }

// agentOf has the SDK's middleware make the header.
func agentOf(ctx context.Context, m middleware.BuildMiddleware) (agent, error) {
	req, ok := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	if !ok {
		return agent{}, errNoRequest
	}
	_, _, err := m.HandleBuild(ctx, middleware.BuildInput{Request: req}, noBuild)
	return agent{value: req.Header.Values(headerAgent)}, err
}

// ID names the middleware as the SDK does.
func (agent) ID() string { return "UserAgent" }

// HandleBuild sets the header.
func (a agent) HandleBuild(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (
	middleware.BuildOutput, middleware.Metadata, error,
) {
	if req, ok := in.Request.(*smithyhttp.Request); ok {
		req.Header[headerAgent] = a.value[:1:1]
	}
	return next.HandleBuild(ctx, in)
}

// prepare makes the request of a call, as far as it is the same for each
// attempt.
func (p *plan) prepare(ctx context.Context, in any) (*http.Request, []byte, error) {
	req, body, _, err := p.make(ctx, in)
	return req, body, err
}

// make is prepare that also gives what the request is made of; nil where that is
// nobody's to use again.
func (p *plan) make(ctx context.Context, in any) (*http.Request, []byte, *kit, error) {
	if p.form != nil {
		if k, body, ok := p.form.request(ctx, in, p.agent); ok {
			p.address(&k.request)
			return &k.request, body, k, nil
		}
	}
	req, body, err := p.byStack(ctx, in)
	return req, body, nil, err
}

// byStack has the SDK's stack make the request.
func (p *plan) byStack(ctx context.Context, in any) (*http.Request, []byte, error) {
	s, err := p.stack(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	_, _, err = s.prepare.Handle(ctx, in)
	req := s.request
	s.request = nil
	p.stacks.Put(s)
	switch {
	case err != nil:
		return nil, nil, err
	case req == nil:
		return nil, nil, errNoRequest
	}
	body, err := bodyOf(req)
	if err != nil {
		return nil, nil, err
	}
	p.address(req.Request)
	return req.WithContext(ctx), body, nil
}

// bodyOf returns the request's body, nil for none.
func bodyOf(req *smithyhttp.Request) ([]byte, error) {
	switch stream := req.GetStream().(type) {
	case nil:
		return nil, nil
	case *bytes.Reader:
		body := make([]byte, stream.Len())
		_, err := io.ReadFull(stream, body)
		return body, err
	default:
		return nil, errOtherBody
	}
}

// read reads a response. The output is the caller's own.
func (p *plan) read(ctx context.Context, in any, resp *http.Response, m *Memory) (reflect.Value, middleware.Metadata, error) {
	if p.form != nil {
		return p.form.read(resp, m)
	}
	s, err := p.stack(ctx, in)
	if err != nil {
		return reflect.Value{}, middleware.Metadata{}, err
	}
	s.answer.response.Response = resp
	result, metadata, err := s.steps.Deserialize.HandleMiddleware(ctx, nil, &s.answer)
	s.answer.response.Response = nil
	if err != nil {
		return reflect.Value{}, metadata, err // its output may be half filled: it is not used again
	}
	output := reflect.ValueOf(result)
	if output.Kind() != reflect.Pointer || output.IsNil() {
		return reflect.Value{}, metadata, errNoResult
	}
	// The SDK keeps one output in each stack.
	kept := output.Elem()
	own := reflect.New(kept.Type()).Elem()
	own.Set(kept)
	kept.SetZero()
	p.stacks.Put(s)
	return own, metadata, nil
}
