package awsmodel

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/jmespath/go-jmespath"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/protocol"
	"github.com/medlar-flow/medlar/schema"
)

// Codes of waiters.
const (
	codeWait       = "WaitTimeout"
	codeWaitFailed = "WaitFailed"
)

// waiter waits until something is so.
type waiter struct {
	op    *operation
	model *model.Waiter
}

// waiters returns an operation for each of the service's waiters.
func (s *service) waiters() []*connector.Operation {
	var ops []*connector.Operation
	for i := range s.model.Waiters {
		w := &waiter{model: &s.model.Waiters[i]}
		m := s.model.Operation(w.model.Operation)
		if m == nil || s.model.Operation("Wait"+w.model.Name) != nil {
			continue
		}
		w.op = s.operation(m)
		ops = append(ops, &connector.Operation{
			Name: s.model.Name + ".wait" + w.model.Name, Aliases: []string{"Wait" + w.model.Name},
			Summary: "Wait until: " + awsapi.Words(w.model.Name) + ".",
			Effect:  connector.EffectReadOnly, Annotations: iamFacts(m.IAMAction), Refused: w.op.refused,
			Errors: []connector.ErrorCode{
				{Code: codeWait, Class: connector.ClassTimeout}, {Code: codeWaitFailed, Class: connector.ClassConflict},
			},
			Describe: w.describe, Run: w.run,
		})
	}
	return ops
}

// longest is how long a waiter waits where the step says nothing.
func (w *waiter) longest() time.Duration {
	return time.Duration(w.model.Delay*w.model.Attempts) * time.Second
}

func (w *waiter) describe() connector.Shape {
	fields := w.op.paramFields()
	fields = slices.DeleteFunc(fields, func(f *schema.Field) bool { return f.Name == "paginate" || f.Name == "maxWait" })
	one := 1.0
	fields = append(fields, &schema.Field{
		Name: "maxWait", Type: schema.Duration, Minimum: &one, Default: w.longest().String(),
		Description: "How long to wait at most.",
	})
	return connector.Shape{
		Params: schema.MustNew(fields...),
		Result: &schema.Field{Type: schema.Object, Members: schema.MustNew()},
	}
}

func (w *waiter) run(ctx context.Context, c *connector.Call) (any, error) {
	client, err := awsapi.Client[*client](c.Connection)
	if err != nil {
		return nil, err
	}
	ctx = awsapi.CallContext(ctx, c, connector.EffectReadOnly)
	params, err := w.op.prepare(c)
	if err != nil {
		return nil, err
	}
	speaks, err := w.op.service.asWritten()
	if err != nil {
		return nil, err
	}
	op := *w.op
	written := speaks.Operation(w.op.model)
	op.protocol = func() *protocol.Operation { return written }
	longest := w.longest()
	if text, ok := params["maxWait"].(string); ok {
		if longest, err = time.ParseDuration(text); err != nil {
			return nil, invalid(err)
		}
	}
	return w.wait(ctx, client, &op, params, longest)
}

// wait asks until the answer says so, or that it never will.
func (w *waiter) wait(ctx context.Context, c *client, op *operation, params map[string]any, longest time.Duration) (any, error) {
	end := time.Now().Add(longest)
	between := time.Duration(w.model.Delay) * time.Second
	for {
		call := &call{op: op, params: params}
		err := c.do(ctx, call)
		if call.stream != nil {
			_ = call.stream.Close()
		}
		switch state, found := w.state(call.result, err); {
		case found && state == "success":
			return map[string]any{}, nil
		case found && state == "failure":
			return nil, &connector.Error{Code: codeWaitFailed, Class: connector.ClassConflict, Message: "it cannot get there any more", Err: err}
		case !found && err != nil:
			return nil, awsapi.Error(ctx, err, connector.EffectReadOnly)
		}
		left := time.Until(end)
		if left <= 0 {
			return nil, &connector.Error{Code: codeWait, Class: connector.ClassTimeout, Message: "not so after " + longest.String(), Err: err}
		}
		select { // the last time at the end of maxWait, however short that is
		case <-ctx.Done():
			return nil, awsapi.Error(ctx, ctx.Err(), connector.EffectReadOnly)
		case <-time.After(min(between, left)):
		}
	}
}

// state returns what the first acceptor that fits says.
func (w *waiter) state(result map[string]any, err error) (state string, found bool) {
	for i := range w.model.Accept {
		if a := &w.model.Accept[i]; fitsAnswer(a, result, err) {
			return a.State, true
		}
	}
	return "", false
}

// fitsAnswer reports whether an acceptor fits an answer or an error.
func fitsAnswer(a *model.Acceptor, result map[string]any, err error) bool {
	var want any
	if json.Unmarshal([]byte(a.Expected), &want) != nil {
		return false
	}
	switch a.Matcher {
	case "status":
		var response *smithyhttp.ResponseError
		status := 200.0
		if errors.As(err, &response) {
			status = float64(response.HTTPStatusCode())
		}
		return (err == nil || response != nil) && want == status
	case "error":
		return fitsError(want, err)
	}
	if err != nil || result == nil {
		return false
	}
	got, err := jmespath.Search(a.Argument, asJSON(result))
	if err != nil {
		return false
	}
	list, _ := got.([]any)
	switch a.Matcher {
	case "path":
		return reflect.DeepEqual(got, want)
	case "pathAll":
		return len(list) > 0 && !slices.ContainsFunc(list, func(v any) bool { return !reflect.DeepEqual(v, want) })
	case "pathAny":
		return slices.ContainsFunc(list, func(v any) bool { return reflect.DeepEqual(v, want) })
	}
	return false
}

// fitsError compares the code of an error; true fits any, false none.
func fitsError(want any, err error) bool {
	var api smithy.APIError
	isAPI := errors.As(err, &api)
	if any, ok := want.(bool); ok {
		return any == isAPI && (isAPI || err == nil)
	}
	if !isAPI {
		return false
	}
	var own *protocol.APIError
	return want == api.ErrorCode() || errors.As(err, &own) && want == own.ModelName()
}

// asJSON returns values as a JSON parser would, which is what expressions are
// about: all numbers are of one type.
func asJSON(v any) any {
	switch x := v.(type) {
	case int64:
		return float64(x)
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = asJSON(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = asJSON(e)
		}
		return out
	}
	return v
}
