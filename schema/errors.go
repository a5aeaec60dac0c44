package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/internal/veil"
)

// The rules that a value can break, as FieldError.Rule names them.
const (
	RuleUnknown   = "unknown-parameter"
	RuleMissing   = "missing-parameter"
	RuleDuplicate = "duplicate-parameter"
	RuleType      = "wrong-type"
	RuleEnum      = "not-in-enum"
	RuleRange     = "out-of-range"
	RuleLength    = "wrong-length"
	RulePattern   = "pattern-mismatch"
)

// FieldError is one value that does not fit its field.
type FieldError struct {
	Path    string // "routingConfig.additionalVersionWeights.2"; empty for the whole value
	Rule    string // one of the Rule constants
	Message string // without the path
	Help    string // what to do; may be empty

	told *told    // how Message came about; nil where it quotes no value
	way  []string // nil where Path was written by hand
}

// told is what a message is made of.
type told struct {
	format string
	args   []any
}

// quoted is a value in a message, whole. It is cut when it is printed.
type quoted string

// String returns the beginning of the value.
func (q quoted) String() string {
	const most = 60
	if runes := []rune(string(q)); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(q)
}

// Equal reports whether two mistakes say the same.
func (e FieldError) Equal(other FieldError) bool {
	return e.Path == other.Path && e.Rule == other.Rule && e.Message == other.Message && e.Help == other.Help
}

// Redact returns the mistakes with hide applied to each value that they quote,
// as JSON and in full: a message shows no more than the beginning of a long
// one, in which no hide would know a secret again.
func (e Errors) Redact(hide func(path, value string) string) Errors {
	out := slices.Clone(e)
	for i, err := range out {
		if err.told == nil {
			continue
		}
		args := slices.Clone(err.told.args)
		for j, arg := range args {
			if text, ok := arg.(quoted); ok {
				args[j] = quoted(hide(err.Path, string(text)))
			}
		}
		out[i].Message, out[i].told = fmt.Sprintf(err.told.format, args...), &told{err.told.format, args}
	}
	return out
}

// Error returns the path and the message.
func (e FieldError) Error() string {
	if e.Path == "" {
		return e.Message
	}
	return e.Path + ": " + e.Message
}

// Errors are all the mistakes of one value, sorted by path.
type Errors []FieldError

// Error returns the mistakes in one line.
func (e Errors) Error() string {
	texts := make([]string, len(e))
	for i, err := range e {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b FieldError) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Message, b.Message))
	})
	return e
}

func (c *converter) fail(rule, format string, args ...any) {
	e := FieldError{Path: c.at.spelling(), Rule: rule, Message: fmt.Sprintf(format, args...), way: c.at.names()}
	e.told = &told{format, args}
	if len(args) == 1 {
		if err, ok := args[0].(*quotingError); ok {
			e.told = &err.told
		}
	}
	if !slices.ContainsFunc(e.told.args, isQuoted) {
		e.told = nil
	}
	c.errs = append(c.errs, e)
}

func isQuoted(arg any) bool { _, ok := arg.(quoted); return ok }

// quotingError is an error of a conversion that quotes a value.
type quotingError struct{ told }

// Error returns the message, with the beginning of the value.
func (e *quotingError) Error() string { return fmt.Sprintf(e.format, e.args...) }

func quoting(format string, args ...any) error { return &quotingError{told{format, args}} }

// show returns v for an error message: short, and "***" for a secret and for who
// stands in a URL.
func show(f *Field, v any) quoted {
	if f.HasSecret() {
		return Masked
	}
	text, err := value.EncodeJSON(v)
	if err != nil {
		return "a value"
	}
	return quoted(veil.Userinfo(string(text)))
}

// kindOf names v's type as documentation does.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case int64:
		return "an integer"
	case float64:
		return "a number"
	case string:
		return "text"
	case []byte:
		return "bytes"
	case []any:
		return "a list"
	case map[string]any:
		return "a map"
	default:
		return "an integer beyond 64 bits"
	}
}
