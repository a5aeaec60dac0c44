package lambda

import (
	"context"
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
	wait          func(ctx context.Context, c *sdk.Client, function, qualifier *string, limit time.Duration) error
}

func waiters() []*connector.Operation {
	list := []waiter{
		{
			"waitFunctionActive", "Wait until a function can be called.", "lambda:GetFunction",
			func(ctx context.Context, c *sdk.Client, function, qualifier *string, limit time.Duration) error {
				return sdk.NewFunctionActiveV2Waiter(c).Wait(ctx, &sdk.GetFunctionInput{FunctionName: function, Qualifier: qualifier}, limit)
			},
		},
		{
			"waitFunctionUpdated", "Wait until a change of a function is done.", "lambda:GetFunction",
			func(ctx context.Context, c *sdk.Client, function, qualifier *string, limit time.Duration) error {
				return sdk.NewFunctionUpdatedV2Waiter(c).Wait(ctx, &sdk.GetFunctionInput{FunctionName: function, Qualifier: qualifier}, limit)
			},
		},
		{
			"waitFunctionExists", "Wait until a function exists.", "lambda:GetFunction",
			func(ctx context.Context, c *sdk.Client, function, qualifier *string, limit time.Duration) error {
				return sdk.NewFunctionExistsWaiter(c).Wait(ctx, &sdk.GetFunctionInput{FunctionName: function, Qualifier: qualifier}, limit)
			},
		},
		{
			"waitPublishedVersionActive", "Wait until a published version can be called.", "lambda:GetFunctionConfiguration",
			func(ctx context.Context, c *sdk.Client, function, qualifier *string, limit time.Duration) error {
				in := &sdk.GetFunctionConfigurationInput{FunctionName: function, Qualifier: qualifier}
				return sdk.NewPublishedVersionActiveWaiter(c).Wait(ctx, in, limit)
			},
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
		Name:      name + "." + w.name,
		Aliases:   []string{strings.ToUpper(w.name[:1]) + w.name[1:]},
		Summary:   w.summary,
		Effect:    connector.EffectReadOnly,
		IAMAction: w.action,
		Errors:    []connector.ErrorCode{{Code: codeWait, Class: connector.ClassTimeout}, {Code: codeWaitFailed, Class: connector.ClassConflict}},
		Describe:  w.describe,
		Run:       w.run,
	}
}

func (w waiter) describe() connector.Shape {
	shared := sharedParams()
	function, qualifier := shared["functionName"], shared["qualifier"]
	function.Name, function.Aliases, function.Type, function.Required = "functionName", []string{"FunctionName"}, schema.String, true
	qualifier.Name, qualifier.Aliases, qualifier.Type = "qualifier", []string{"Qualifier"}, schema.String
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
	err = w.wait(ctx, client, text(call.Params, "functionName"), text(call.Params, "qualifier"), limit)
	if err != nil {
		return nil, w.explain(ctx, err, limit)
	}
	return map[string]any{}, nil
}

// explain tells the two ends of a waiter, which the SDK tells apart by text
// only, from a failure of its requests.
func (w waiter) explain(ctx context.Context, err error, limit time.Duration) error {
	switch {
	case ctx.Err() == nil && strings.Contains(err.Error(), "exceeded max wait time"):
		return &connector.Error{Code: codeWait, Class: connector.ClassTimeout, Message: "not so after " + limit.String(), Err: err}
	case strings.Contains(err.Error(), "waiter state transitioned to Failure"):
		return &connector.Error{Code: codeWaitFailed, Class: connector.ClassConflict, Message: "the function failed to get there", Err: err}
	}
	return awsapi.Error(ctx, err, connector.EffectReadOnly)
}

func text(params map[string]any, name string) *string {
	if s, ok := params[name].(string); ok {
		return aws.String(s)
	}
	return nil
}
