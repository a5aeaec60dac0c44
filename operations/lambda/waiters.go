package lambda

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

// defaultMaxWait is how long a waiter waits where the step says nothing.
const defaultMaxWait = 5 * time.Minute

// waiter is one of the SDK's waiters.
type waiter struct {
	name, summary string
	action        string // that the waiter asks for the state with
	wait          func(ctx context.Context, c *sdk.Client, function, qualifier *string, w *watch) error
}

func waiters() []*connector.Operation {
	list := []waiter{
		{"waitFunctionActive", "Wait until a function can be called.", "lambda:GetFunction", waitActive},
		{"waitFunctionUpdated", "Wait until a change of a function is done.", "lambda:GetFunction", waitUpdated},
		{"waitFunctionExists", "Wait until a function exists.", "lambda:GetFunction", waitExists},
		{
			"waitPublishedVersionActive", "Wait until a published version can be called.", "lambda:GetFunctionConfiguration",
			waitPublished,
		},
	}
	ops := make([]*connector.Operation, len(list))
	for i, w := range list {
		ops[i] = w.operation()
	}
	return ops
}

func (w waiter) operation() *connector.Operation {
	return &connector.Operation{
		Name:        name + "." + w.name,
		Aliases:     []string{strings.ToUpper(w.name[:1]) + w.name[1:]},
		Summary:     w.summary,
		Effect:      connector.EffectReadOnly,
		Annotations: connector.Annotations{awsapi.IAM(w.action)},
		Errors:      []connector.ErrorCode{{Code: codeWait, Class: connector.ClassTimeout}, {Code: codeWaitFailed, Class: connector.ClassConflict}},
		Describe:    w.describe,
		Run:         w.run,
	}
}

func (w waiter) describe() connector.Shape {
	shared := sharedParams()
	function, qualifier := shared["functionName"], shared["qualifier"]
	function.Name, function.Aliases, function.Type, function.Required = "functionName", []string{"FunctionName"}, schema.String, true
	qualifier.Name, qualifier.Aliases, qualifier.Type = "qualifier", []string{"Qualifier"}, schema.String
	qualifier.NotNull = true
	return connector.Shape{
		Params: schema.MustNew(&function, &qualifier, &schema.Field{
			Name: "maxWait", Type: schema.Duration, Minimum: number(1), Default: defaultMaxWait.String(),
			Description: "How long to wait at most.",
		}),
		Result: &schema.Field{Type: schema.Object, Members: schema.MustNew()},
	}
}

// Codes of waiters.
const (
	codeWait       = "WaitTimeout"
	codeWaitFailed = "WaitFailed"
)

func (w waiter) run(ctx context.Context, call *connector.Call) (any, error) {
	client, err := awsapi.Client[*sdk.Client](call.Connection)
	if err != nil {
		return nil, err
	}
	limit := defaultMaxWait
	if text, ok := call.Params["maxWait"].(string); ok {
		if limit, err = time.ParseDuration(text); err != nil {
			return nil, err
		}
	}
	seen := &watch{limit: limit}
	err = w.wait(ctx, client, text(call.Params, "functionName"), text(call.Params, "qualifier"), seen)
	if err == nil {
		return map[string]any{}, nil
	}
	failure := connector.AsError(w.explain(ctx, err, seen))
	failure.Requests = seen.requests
	return nil, failure
}

// explain tells the two ends of a waiter, of which the SDK tells one by text
// only, from a failure of its requests.
func (w waiter) explain(ctx context.Context, err error, seen *watch) error {
	var failed *connector.Error
	switch {
	case errors.As(err, &failed):
		return failed
	case ctx.Err() == nil && (strings.Contains(err.Error(), "exceeded max wait time") || errors.Is(err, context.DeadlineExceeded)):
		message := "not so after " + seen.limit.String()
		if seen.last != "" {
			message += ": " + seen.last
		}
		return &connector.Error{Code: codeWait, Class: connector.ClassTimeout, Message: message, Err: err}
	}
	return awsapi.Error(ctx, err, connector.EffectReadOnly)
}

func text(params map[string]any, name string) *string {
	if s, ok := params[name].(string); ok {
		return aws.String(s)
	}
	return nil
}
