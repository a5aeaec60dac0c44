package flows

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/diag"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/schema"
)

// value is a value of a flow as the check leaves it: a constant, or a plan
// that makes it. What it gives can be a payload that is not decoded, or hold
// some.
type value interface {
	eval(s *state) (any, error)
}

// evalPlain evaluates and decodes the payloads in what that gives.
func evalPlain(v value, s *state) (any, error) {
	out, err := v.eval(s)
	if err != nil || !s.run.payloads {
		return out, err
	}
	return schema.Plain(out), nil
}

// constant is a value without expressions.
type constant struct{ v any }

func (c constant) eval(*state) (any, error) { return c.v, nil }

// binding is a text with expressions.
type binding struct {
	program *bind.Program
	at      diag.Span
}

func (b *binding) eval(s *state) (any, error) {
	v, err := b.program.Eval(s)
	if err != nil {
		return nil, evalError(b.at, err)
	}
	return v, nil
}

// evalError says which expression failed and where.
func evalError(at diag.Span, err error) *connector.Error {
	return &connector.Error{
		Code: "ExpressionFailed", Class: connector.Invalid,
		Message: fmt.Sprintf("%s: %v", at, err), Err: err,
	}
}

// listValue makes a list.
type listValue []value

func (l listValue) eval(s *state) (any, error) {
	out := make([]any, len(l))
	for i, item := range l {
		v, err := item.eval(s)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// mapValue makes a map whose keys are known at load.
type mapValue struct {
	keys  []string
	items []value
}

func (m *mapValue) eval(s *state) (any, error) { return m.fields(s) }

func (m *mapValue) fields(s *state) (map[string]any, error) {
	out := make(map[string]any, len(m.keys))
	for i, item := range m.items {
		v, err := item.eval(s)
		if err != nil {
			return nil, err
		}
		out[m.keys[i]] = v
	}
	return out, nil
}

// dynamicMap makes a map some of whose keys are expressions.
type dynamicMap struct {
	keys  []value
	items []value
	at    diag.Span
}

func (m *dynamicMap) eval(s *state) (any, error) {
	out := make(map[string]any, len(m.keys))
	for i, item := range m.items {
		k, err := m.keys[i].eval(s)
		if err != nil {
			return nil, err
		}
		key, err := keyText(k)
		if err != nil {
			return nil, evalError(m.at, err)
		}
		if _, twice := out[key]; twice {
			return nil, evalError(m.at, fmt.Errorf("two keys of the map are %q", key))
		}
		if out[key], err = item.eval(s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

var keyField = &schema.Field{Type: schema.String}

func keyText(k any) (string, error) {
	text, err := keyField.Convert(k)
	if err != nil || text == nil {
		return "", fmt.Errorf("a key of the map is not text")
	}
	return text.(string), nil
}

// fileValue reads a file when the step runs.
type fileValue struct {
	path string
	at   diag.Span
}

func (f *fileValue) eval(s *state) (any, error) {
	b, err := readfile.FS(s.run.program.fsys, f.path, maxFile)
	if err != nil {
		return nil, &connector.Error{
			Code: "FileNotRead", Class: connector.Invalid, Err: err,
			Message: fmt.Sprintf("%s: %s", f.at, unread(f.path, err)),
		}
	}
	return b, nil
}

// unread says why a file that a parameter names was not read.
func unread(path string, err error) string {
	var problem *readfile.Problem
	if errors.As(err, &problem) {
		return problem.Naming(strconv.Quote(path))
	}
	return strconv.Quote(path) + ": " + err.Error()
}
