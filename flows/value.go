package flows

import (
	"fmt"
	"io/fs"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/diag"
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
	omits   bool // null leaves the parameter out
}

func (b *binding) eval(s *state) (any, error) {
	v, err := b.program.Eval(s)
	if err != nil {
		return nil, evalError(b.at, err)
	}
	if b.omits && v == nil {
		return omitted, nil
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
		if v != omitted {
			out[m.keys[i]] = v
		}
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
		v, err := item.eval(s)
		if err != nil {
			return nil, err
		}
		if v != omitted {
			out[key] = v
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
	b, err := fs.ReadFile(s.run.program.fsys, f.path)
	if err != nil {
		return nil, &connector.Error{
			Code: "FileNotRead", Class: connector.Invalid, Err: err,
			Message: fmt.Sprintf("%s: the file %q cannot be read: %s", f.at, f.path, pathless(err)),
		}
	}
	return b, nil
}
