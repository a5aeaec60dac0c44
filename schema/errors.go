package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
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
	c.errs = append(c.errs, FieldError{Path: c.at.spelling(), Rule: rule, Message: fmt.Sprintf(format, args...)})
}

// show returns v for an error message: short, and "***" for a secret.
func show(f *Field, v any) string {
	if f.HasSecret() {
		return Masked
	}
	text, err := value.EncodeJSON(v)
	if err != nil {
		return "a value"
	}
	const most = 60
	if runes := []rune(string(text)); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(text)
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
