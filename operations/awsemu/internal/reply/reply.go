package reply

import (
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/plainjson"
)

// Reply is a function that is declared by what it answers.
type Reply struct {
	Value Template // the answer
	// fails makes value the error of the function: an object of errorType,
	// errorMessage and stackTrace.
	Fails     bool
	Unhandled bool       // the function breaks off rather than reports
	Lines     []Template // of the log
}

// Template is a value of the functions file in which texts may hold ${...}.
type Template struct {
	Literal any // where there is nothing to evaluate
	expr    *bind.ValueProgram
	Items   []Template          // of a list
	Members map[string]Template // of an object
}

// replyNames are the variables of an expression in a reply.
var replyNames = []string{"event", "context"}

// Compile makes a template of one text.
func Compile(text string) (Template, error) {
	if !strings.Contains(text, "${") {
		return Template{Literal: text}, nil
	}
	program, err := bind.CompileValue(text, replyNames...)
	if err != nil {
		return Template{}, fmt.Errorf("in %q: %w", text, err)
	}
	return Template{expr: program}, nil
}

// Eval returns the value with its expressions evaluated over vars.
func (t Template) Eval(vars map[string]any) (any, error) {
	switch {
	case t.expr != nil:
		return t.expr.Eval(vars)
	case t.Items != nil:
		list := make([]any, len(t.Items))
		for i, item := range t.Items {
			v, err := item.Eval(vars)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case t.Members != nil:
		members := make(map[string]any, len(t.Members))
		for name, member := range t.Members {
			v, err := member.Eval(vars)
			if err != nil {
				return nil, err
			}
			members[name] = v
		}
		return members, nil
	}
	return t.Literal, nil
}

// Text evaluates a template that stands where a text is wanted.
func (t Template) Text(vars map[string]any) string {
	v, err := t.Eval(vars)
	if err != nil {
		return err.Error()
	}
	if s, ok := v.(string); ok {
		return s
	}
	b, err := plainjson.Encode(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
