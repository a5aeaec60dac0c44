package interp

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// maxFile is how many bytes a file may have that a parameter names. It is above
// what any service takes in one request: the archive of a function has at most
// 50 MiB.
const maxFile = 64 << 20

// Value is a value of a flow as the check leaves it: a constant, or a plan
// that makes it. What it gives can be a payload that is not decoded, or hold
// some.
type Value interface {
	eval(s *state) (any, error)
}

// evalPlain evaluates and decodes the payloads in what that gives.
func evalPlain(v Value, s *state) (any, error) {
	out, err := v.eval(s)
	if err != nil || !s.run.payloads {
		return out, err
	}
	return value.Plain(out), nil
}

// Constant is a value without expressions.
type Constant struct{ V any }

func (c Constant) eval(*state) (any, error) { return c.V, nil }

// Binding is a text with expressions.
type Binding struct {
	Program *bind.Program
	At      diag.Span
	Omits   bool // null leaves the parameter out
}

func (b *Binding) eval(s *state) (any, error) {
	if b.Program.Secret() {
		return b.evalSecret(s)
	}
	v, err := b.Program.Eval(s)
	if err != nil {
		return nil, s.evalError(b.At, err)
	}
	if b.Omits && v == nil {
		return omitted, nil
	}
	return v, nil
}

// evalError says which expression failed and where, or that the branch is to stop
// and was found to in the middle of one.
func (s *state) evalError(at diag.Span, err error) error {
	var fault *bind.EvalError
	if errors.As(err, &fault) && fault.Stopped {
		return runtime.StoppedError(s.rt.Stopped())
	}
	var ours *connector.Error
	if errors.As(err, &ours) { // it has a code of its own
		failure := *ours
		failure.Message = fmt.Sprintf("%s: %s", at, ours.Message)
		return &failure
	}
	return evalError(at, err)
}

// Stopping reports whether the branch is to stop, to an expression that takes
// long.
func (s *state) Stopping() bool {
	return s.rt != nil && !s.run.config.WholeExpressions && s.rt.Stopped() != runtime.NotStopped
}

// Exact reports whether computed names find headers in their own case alone.
func (s *state) Exact() bool { return s.run.config.ExactHeaders }

// evalError says which expression failed and where.
func evalError(at diag.Span, err error) *connector.Error {
	return &connector.Error{
		Code: "ExpressionFailed", Class: connector.ClassInvalid,
		Message: fmt.Sprintf("%s: %v", at, err), Err: err,
	}
}

// ListValue makes a list.
type ListValue []Value

func (l ListValue) eval(s *state) (any, error) {
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

// MapValue makes a map whose keys are known at load.
type MapValue struct {
	Keys  []string
	Items []Value
}

func (m *MapValue) eval(s *state) (any, error) { return m.fields(s) }

func (m *MapValue) fields(s *state) (map[string]any, error) {
	out := make(map[string]any, len(m.Keys))
	if err := m.fill(s, out); err != nil {
		return nil, err
	}
	return out, nil
}

// fill puts the values into an empty map.
func (m *MapValue) fill(s *state, out map[string]any) error {
	for i, item := range m.Items {
		v, err := item.eval(s)
		if err != nil {
			return err
		}
		if v != omitted {
			out[m.Keys[i]] = v
		}
	}
	return nil
}

// DynamicMap makes a map some of whose keys are expressions.
type DynamicMap struct {
	Keys  []Value
	Items []Value
	At    diag.Span
}

func (m *DynamicMap) eval(s *state) (any, error) {
	out := make(map[string]any, len(m.Keys))
	for i, item := range m.Items {
		k, err := m.Keys[i].eval(s)
		if err != nil {
			return nil, err
		}
		key, err := keyText(k)
		if err != nil {
			return nil, evalError(m.At, err)
		}
		if _, twice := out[key]; twice {
			return nil, evalError(m.At, fmt.Errorf("two keys of the map are %q", key))
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

var KeyField = &schema.Field{Type: schema.String}

func keyText(k any) (string, error) {
	text, err := KeyField.Convert(k)
	if err != nil || text == nil {
		return "", fmt.Errorf("a key of the map is not text")
	}
	return text.(string), nil
}

// FileValue reads a file when the step runs.
type FileValue struct {
	Path string
	At   diag.Span
	// Unread leaves it to the operation to read it.
	Unread bool
	Text   bool // it is text in UTF-8, and no bytes
}

func (f *FileValue) eval(s *state) (any, error) {
	if f.Unread {
		return schema.NewFile(beside{s.run.program.Fsys, s.run.config.Origin}, f.Path), nil
	}
	b, err := readfile.FS(s.run.program.Fsys, f.Path, maxFile)
	if err != nil {
		return nil, &connector.Error{
			Code: "FileNotRead", Class: connector.ClassInvalid, Err: err,
			Message: fmt.Sprintf("%s: %v", f.At, readfile.About(strconv.Quote(f.Path), err)),
		}
	}
	if !f.Text {
		return b, nil
	}
	if !utf8.Valid(b) {
		return nil, &connector.Error{
			Code: "FileNotText", Class: connector.ClassInvalid,
			Message: fmt.Sprintf("%s: %q is not text in UTF-8, which is wanted here", f.At, f.Path),
		}
	}
	return string(b), nil
}

// beside is the file system of a program, and the folder that it was loaded
// from: a run that is resumed has the files that it began with, but not those
// that nobody reads before they are sent.
type beside struct {
	fs.FS
	origin string // empty where nobody knows
}

// Open opens a file.
func (b beside) Open(name string) (fs.File, error) {
	f, err := b.FS.Open(name)
	if b.origin == "" || !errors.Is(err, fs.ErrNotExist) {
		return f, err //nolint:wrapcheck // it names the file
	}
	return os.DirFS(b.origin).Open(name) //nolint:wrapcheck // as above
}

// Stat describes a file without opening it.
func (b beside) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(b.FS, name)
	if b.origin == "" || !errors.Is(err, fs.ErrNotExist) {
		return info, err //nolint:wrapcheck // it names the file
	}
	return fs.Stat(os.DirFS(b.origin), name) //nolint:wrapcheck // as above
}
