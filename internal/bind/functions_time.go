package bind

import (
	"errors"
	"time"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

func timeFunctions() []*function {
	two := signatures((func(string, string) string)(nil))
	return []*function{
		{name: "now", types: signatures((func() string)(nil)), gives: timestampField, framed: true, call: now},
		{name: "uuid", types: signatures((func() string)(nil)), framed: true, call: newUUID},
		{
			name: "parseTime", types: signatures((func(string) string)(nil), (func(int) string)(nil), (func(float64) string)(nil)),
			gives: timestampField, inspect: literalTime, framed: true, call: parseTime,
		},
		{name: "formatTime", types: two, inspect: literalLayout, framed: true, call: formatTime},
		{name: "addDuration", types: two, gives: timestampField, inspect: literalTimes(schema.Timestamp, schema.Duration), framed: true, call: addDuration},
		{
			name: "duration", types: signatures((func(string) string)(nil), (func(int) string)(nil), (func(float64) string)(nil)),
			gives: durationField, inspect: literalTimes(schema.Duration), call: asDuration,
		},
		{name: "seconds", types: signatures((func(string) float64)(nil)), inspect: literalTimes(schema.Duration), call: seconds},
		{name: "epochSeconds", types: signatures((func(string) int)(nil)), inspect: literalTimes(schema.Timestamp), call: epochSeconds},
	}
}

// literalTimes reports literal arguments that are not of these kinds, and
// durations where timestamps are wanted.
func literalTimes(kinds ...schema.Type) func(*rewriter, *ast.CallNode, []fact) {
	return func(r *rewriter, n *ast.CallNode, args []fact) {
		for i, kind := range kinds {
			if i < len(n.Arguments) && !r.otherTime(n, i, args[i], kind) {
				r.literals(n.Arguments[i], kind)
			}
		}
	}
}

func literalTime(r *rewriter, n *ast.CallNode, args []fact) {
	if len(n.Arguments) == 0 || r.otherTime(n, 0, args[0], schema.Timestamp) {
		return
	}
	if literal, ok := n.Arguments[0].(*ast.StringNode); ok {
		if _, err := anyTime(literal.Value); err != nil {
			r.notTime(literal, schema.Timestamp)
		}
	}
}

var errWorld = errors.New("there is no clock and no randomness here")

func now(fr *frame, _ []any) (any, error) {
	w, ok := fr.vars.(World)
	if !ok {
		return nil, errWorld
	}
	return value.FormatTime(w.Now()), nil
}

func newUUID(fr *frame, _ []any) (any, error) {
	w, ok := fr.vars.(World)
	if !ok {
		return nil, errWorld
	}
	return w.UUID(), nil
}

func parseTime(_ *frame, args []any) (any, error) {
	t, err := anyTime(args[0])
	if err != nil {
		return nil, err
	}
	return value.FormatTime(t), nil
}

func addDuration(_ *frame, args []any) (any, error) { return moveTime(args, 1) }

// asDuration reads text, and seconds.
func asDuration(_ *frame, args []any) (any, error) {
	if n, ok := asInteger(args[0]); ok {
		return durationText(multiplyIntegers(n, int64(time.Second)))
	}
	if f, ok := args[0].(float64); ok {
		return roundedDuration(f * float64(time.Second))
	}
	d, err := durationOf(args[0])
	return d.String(), err
}

func seconds(_ *frame, args []any) (any, error) {
	d, err := durationOf(args[0])
	return d.Seconds(), err
}

func epochSeconds(_ *frame, args []any) (any, error) {
	t, err := timeOf(args[0])
	return t.Unix(), err
}
