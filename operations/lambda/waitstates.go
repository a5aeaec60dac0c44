package lambda

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsapi"
)

// watch is what one use of a waiter has seen.
type watch struct {
	limit    time.Duration
	last     string // the latest state, in words
	requests int
}

func waitActive(ctx context.Context, c *sdk.Client, function, qualifier *string, w *watch) error {
	return sdk.NewFunctionActiveV2Waiter(c, func(o *sdk.FunctionActiveV2WaiterOptions) {
		o.Retryable = retryable(w, o.Retryable, func(out *sdk.GetFunctionOutput) error { return w.becomesActive(stateOf(out.Configuration)) })
	}).Wait(ctx, &sdk.GetFunctionInput{FunctionName: function, Qualifier: qualifier}, w.limit)
}

func waitUpdated(ctx context.Context, c *sdk.Client, function, qualifier *string, w *watch) error {
	return sdk.NewFunctionUpdatedV2Waiter(c, func(o *sdk.FunctionUpdatedV2WaiterOptions) {
		o.Retryable = retryable(w, o.Retryable, func(out *sdk.GetFunctionOutput) error { return w.becomesUpdated(stateOf(out.Configuration)) })
	}).Wait(ctx, &sdk.GetFunctionInput{FunctionName: function, Qualifier: qualifier}, w.limit)
}

func waitExists(ctx context.Context, c *sdk.Client, function, qualifier *string, w *watch) error {
	return sdk.NewFunctionExistsWaiter(c, func(o *sdk.FunctionExistsWaiterOptions) {
		o.Retryable = retryable(w, o.Retryable, func(*sdk.GetFunctionOutput) error { return nil })
	}).Wait(ctx, &sdk.GetFunctionInput{FunctionName: function, Qualifier: qualifier}, w.limit)
}

func waitPublished(ctx context.Context, c *sdk.Client, function, qualifier *string, w *watch) error {
	return sdk.NewPublishedVersionActiveWaiter(c, func(o *sdk.PublishedVersionActiveWaiterOptions) {
		o.Retryable = retryable(w, o.Retryable, func(out *sdk.GetFunctionConfigurationOutput) error {
			return w.becomesActive(state{
				out.State, out.StateReasonCode, aws.ToString(out.StateReason),
				out.LastUpdateStatus, out.LastUpdateStatusReasonCode, aws.ToString(out.LastUpdateStatusReason),
			})
		})
	}).Wait(ctx, &sdk.GetFunctionConfigurationInput{FunctionName: function, Qualifier: qualifier}, w.limit)
}

// retryable puts a look at each answer before what the SDK makes of it: the SDK
// goes on waiting in states that never become the wanted one.
func retryable[In, Out any](
	w *watch, sdks func(context.Context, In, Out, error) (bool, error), look func(Out) error,
) func(context.Context, In, Out, error) (bool, error) {
	return func(ctx context.Context, in In, out Out, err error) (bool, error) {
		if err == nil || awsapi.Left(ctx, err) {
			w.requests++
		}
		if err == nil {
			if failed := look(out); failed != nil {
				return false, failed
			}
		}
		return sdks(ctx, in, out, err)
	}
}

// state is what AWS says of how a function is.
type state struct {
	state  types.State
	code   types.StateReasonCode
	reason string

	update       types.LastUpdateStatus
	updateCode   types.LastUpdateStatusReasonCode
	updateReason string
}

func stateOf(c *types.FunctionConfiguration) state {
	if c == nil {
		return state{}
	}
	return state{
		c.State, c.StateReasonCode, aws.ToString(c.StateReason),
		c.LastUpdateStatus, c.LastUpdateStatusReasonCode, aws.ToString(c.LastUpdateStatusReason),
	}
}

// notActive are the states that waiting does not make Active, with what is to
// be said of them.
var notActive = late.Value[map[types.State]string]{Make: func() map[types.State]string {
	return map[types.State]string{
		types.StateFailed:       "",
		types.StateInactive:     "a call of the function makes it active again",
		types.StateDeactivating: "",
		types.StateDeactivated:  "",
		types.StateDeleting:     "the function is being deleted",
	}
}}

func (w *watch) becomesActive(s state) error {
	w.last = words("State", string(s.state), string(s.code), s.reason)
	more, ends := notActive.Get()[s.state]
	if !ends {
		return nil
	}
	return waitFailed(w.last, more)
}

func (w *watch) becomesUpdated(s state) error {
	w.last = words("LastUpdateStatus", string(s.update), string(s.updateCode), s.updateReason)
	switch {
	case s.state == types.StateDeleting:
		return waitFailed(words("State", string(s.state), string(s.code), s.reason), notActive.Get()[s.state])
	case s.update == types.LastUpdateStatusFailed:
		return waitFailed(w.last, "")
	case s.update == "" && s.state == types.StateFailed:
		return waitFailed(words("State", string(s.state), string(s.code), s.reason), "")
	}
	return nil
}

// words names a state with what AWS says of it.
func words(member, value, code, reason string) string {
	if value == "" {
		return ""
	}
	text := member + " is " + value
	if code != "" {
		text += " (" + code + ")"
	}
	if reason != "" {
		text += ": " + reason
	}
	return text
}

func waitFailed(state, more string) error {
	message := "the function does not get there: " + state
	if more != "" {
		message = fmt.Sprintf("%s; %s", message, more)
	}
	return &connector.Error{Code: codeWaitFailed, Class: connector.ClassConflict, Message: message}
}
