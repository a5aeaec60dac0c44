// Package core offers operations that need no service: log lines.
//
// Flows call log.debug, log.info, log.warn and log.error. A line goes where
// the run's events go, so that it never breaks a terminal view or a result;
// secrets in it are masked.
package core

import (
	"context"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/lending"
)

type logIn struct {
	Message string         `param:"message,required" doc:"What to say." example:"the release went out"`
	Fields  map[string]any `param:"fields" doc:"Values that belong to it, each under its name."`
}

// Log offers log.debug, log.info, log.warn and log.error.
func Log() *connector.Connector {
	c := &connector.Connector{
		Name: "log", Summary: "Lines for the run's log.",
		CommonErrors: func() []connector.ErrorCode { return nil }, // a line does not fail
	}
	for _, level := range connector.LogLevels() {
		c.Operations = append(c.Operations, line(level))
	}
	return c
}

// line makes the operation of a level. What a flow gives it is given on as it
// is: its parameters need no struct in between.
func line(level connector.LogLevel) *connector.Operation {
	op := connector.OpWith("log."+string(level), "Write a line of level "+string(level)+" to the run's log.",
		func(_ context.Context, call *connector.Call, in logIn) (struct{}, error) {
			if call.Log != nil {
				call.Log(level, in.Message, in.Fields)
			}
			return struct{}{}, nil
		}, connector.WithEffect(connector.EffectReadOnly))
	op.EndsInTime = func(connector.Connection) bool { return true } // it waits for nothing
	op.IgnoresKey = func() bool { return true }
	typed := op.Run
	op.Run = func(ctx context.Context, call *connector.Call) (any, error) {
		message, ok := call.Params["message"].(string)
		given := call.Params["fields"]
		fields, isMap := given.(map[string]any)
		if !ok || !isMap && given != nil {
			return typed(ctx, call) // which says what is wrong
		}
		if call.Log != nil {
			call.Log(level, message, fields)
		}
		return said, nil
	}
	lending.PromiseParams(op)
	return op
}

// said is the result of each line. As of all results, nobody changes it.
var said = map[string]any{}
