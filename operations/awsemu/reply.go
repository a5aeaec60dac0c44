package awsemu

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/bind"
)

// reply is a function that is declared by what it answers.
type reply struct {
	value template
	// fails makes value the error of the function: an object of errorType,
	// errorMessage and stackTrace.
	fails     bool
	unhandled bool
	lines     []template
}

// template is a value of the functions file in which texts may hold ${...}.
type template struct {
	literal any
	expr    *bind.ValueProgram
	items   []template
	members map[string]template
}

// replyNames are the variables of an expression in a reply.
var replyNames = []string{"event", "context"}

// compileText makes a template of one text.
func compileText(text string) (template, error) {
	if !strings.Contains(text, "${") {
		return template{literal: text}, nil
	}
	program, err := bind.CompileValue(text, replyNames...)
	if err != nil {
		return template{}, fmt.Errorf("in %q: %w", text, err)
	}
	return template{expr: program}, nil
}

func (t template) eval(vars map[string]any) (any, error) {
	switch {
	case t.expr != nil:
		return t.expr.Eval(vars)
	case t.items != nil:
		list := make([]any, len(t.items))
		for i, item := range t.items {
			v, err := item.eval(vars)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case t.members != nil:
		members := make(map[string]any, len(t.members))
		for name, member := range t.members {
			v, err := member.eval(vars)
			if err != nil {
				return nil, err
			}
			members[name] = v
		}
		return members, nil
	}
	return t.literal, nil
}

// text evaluates a template that stands where a text is wanted.
func (t template) text(vars map[string]any) string {
	v, err := t.eval(vars)
	if err != nil {
		return err.Error()
	}
	if s, ok := v.(string); ok {
		return s
	}
	b, err := encodeJSON(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// replyRunner runs functions that are declared by a reply.
type replyRunner struct{}

func (replyRunner) run(_ context.Context, in invocation) (outcome, error) {
	started := time.Now()
	r := in.code.reply
	vars, err := in.vars()
	if err != nil {
		return outcome{}, err
	}
	out := r.answer(vars)
	for _, line := range r.lines {
		out.log = append(append(out.log, line.text(vars)...), '\n')
	}
	out.took = time.Since(started)
	return out, nil
}

func (r *reply) answer(vars map[string]any) outcome {
	value, err := r.value.eval(vars)
	if err != nil {
		return unhandled("Emulator.ReplyFailed", err.Error())
	}
	payload, err := encodeJSON(value)
	if err != nil {
		return unhandled("Emulator.ReplyFailed", err.Error())
	}
	return outcome{payload: payload, functionError: r.functionError()}
}

func (r *reply) functionError() string {
	switch {
	case !r.fails:
		return ""
	case r.unhandled:
		return "Unhandled"
	}
	return "Handled"
}

// vars are the variables that expressions see.
func (in invocation) vars() (map[string]any, error) {
	event, err := decodeJSON(in.payload)
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

// decodeJSON keeps whole numbers whole, which float64 does not.
func decodeJSON(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return plainNumbers(v), nil
}

// plainNumbers replaces every json.Number inside v.
func plainNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		return plainNumber(v)
	case []any:
		for i := range v {
			v[i] = plainNumbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plainNumbers(v[k])
		}
	}
	return v
}

func plainNumber(n json.Number) any {
	if i, err := n.Int64(); err == nil {
		return i
	}
	if i, ok := new(big.Int).SetString(n.String(), 10); ok {
		return i
	}
	if f, err := n.Float64(); err == nil {
		return f
	}
	return n.String() // beyond what a float64 holds
}

// encodeJSON leaves <, > and & as they are, as functions do.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
