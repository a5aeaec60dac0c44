package lambdasvc

import (
	"context"
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/plainjson"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/reply"
)

// replyRunner runs functions that are declared by a reply.
type replyRunner struct{}

func (replyRunner) run(_ context.Context, in invocation) (outcome, error) {
	started := time.Now()
	r := in.code.reply
	vars, err := in.vars()
	if err != nil {
		return outcome{}, err
	}
	out := answerOf(r, vars)
	for _, line := range r.Lines {
		out.log = append(append(out.log, line.Text(vars)...), '\n')
	}
	out.took = time.Since(started)
	return out, nil
}

func answerOf(r *reply.Reply, vars map[string]any) outcome {
	value, err := r.Value.Eval(vars)
	if err != nil {
		return unhandled("Emulator.ReplyFailed", err.Error())
	}
	payload, err := plainjson.Encode(value)
	if err != nil {
		return unhandled("Emulator.ReplyFailed", err.Error())
	}
	out := outcome{payload: payload}
	if r.Fails {
		out.functionError = "Unhandled" // as AWS tells every error of a function
	}
	return out
}

// vars are the variables that expressions see.
func (in invocation) vars() (map[string]any, error) {
	event, err := plainjson.Decode(in.payload)
	if err != nil {
		return nil, fmt.Errorf("reading the event: %w", err)
	}
	return map[string]any{
		"event": event,
		"context": map[string]any{
			"functionName":       in.config.FunctionName,
			"functionVersion":    in.config.Version,
			"invokedFunctionArn": in.arn,
			"awsRequestId":       in.requestID,
			"memoryLimitInMB":    int64(in.config.MemorySize),
		},
	}, nil
}
