package schema

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/value"
)

// constrain checks a value that has the field's type.
func (c *converter) constrain(f *Field, v any) {
	c.enum(f, v)
	if f.Advice {
		return
	}
	c.bounds(f, v)
	c.length(f, v)
	if text, ok := v.(string); ok && f.pattern != nil && !f.pattern.matchString(text) {
		c.fail(RulePattern, "%s does not match the pattern %s", show(f, v), f.Pattern)
	}
}

// Advised returns what a value does not keep of what its field only advises; an
// Errors, or nil.
func (f *Field) Advised(v any) error {
	if !f.Advice || v == nil {
		return nil
	}
	strict := *f
	strict.Advice, strict.Required, strict.Enum = false, false, nil
	if f.Pattern != "" {
		if err := strict.compile(); err != nil {
			return nil
		}
	}
	var c converter
	c.constrain(&strict, v)
	if len(c.errs) > 0 {
		return c.errs.sorted()
	}
	return nil
}

func (c *converter) enum(f *Field, v any) {
	if len(f.Enum) == 0 || f.OpenEnum {
		return
	}
	if !slices.ContainsFunc(f.Enum, func(allowed any) bool { return f.allows(allowed, v) }) {
		if f.HasSecret() {
			c.fail(RuleEnum, "%s is none of the values that are allowed", show(f, v))
			return
		}
		c.fail(RuleEnum, "%s is none of %s", show(f, v), enumText(f.Enum))
	}
}

// allows compares v, which has the field's type, with a value of its Enum as
// the program wrote it: 1 stands for int64(1), "90s" for 1m30s.
func (f *Field) allows(allowed, v any) bool {
	if text, ok := allowed.(string); ok && (text == v || f.Type == String) {
		return text == v
	}
	bare := &Field{Type: f.Type, Members: f.Members, Elem: f.Elem}
	same, err := bare.Convert(allowed)
	if err != nil {
		return false
	}
	if reflect.DeepEqual(same, v) {
		return true
	}
	x, isFloat := v.(float64) // which may equal an integer
	y, isNumber := magnitude(bare, same)
	return isFloat && isNumber && x == y
}

// enumText lists allowed values for people: a, b or c.
func enumText(enum []any) string {
	texts := make([]string, len(enum))
	for i, v := range enum {
		texts[i] = plain(v)
	}
	if n := len(texts); n > 1 {
		return strings.Join(texts[:n-1], ", ") + " or " + texts[n-1]
	}
	return strings.Join(texts, "")
}

func plain(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	text, err := value.EncodeJSON(v)
	if err != nil {
		return kindOf(v)
	}
	return string(text)
}

func (c *converter) bounds(f *Field, v any) {
	if f.Minimum == nil && f.Maximum == nil {
		return
	}
	n, ok := magnitude(f, v)
	if !ok {
		return
	}
	if f.Minimum != nil && n < *f.Minimum {
		c.fail(RuleRange, "%s is less than %s", show(f, v), bound(f, *f.Minimum))
	}
	if f.Maximum != nil && n > *f.Maximum {
		c.fail(RuleRange, "%s is more than %s", show(f, v), bound(f, *f.Maximum))
	}
}

// bound is a limit as people write it: seconds of a duration have their unit.
func bound(f *Field, limit float64) string {
	if f.Type == Duration {
		return time.Duration(limit * float64(time.Second)).String()
	}
	return value.FormatFloat(limit)
}

// magnitude is what Minimum and Maximum bound: the number, or the seconds of a
// duration.
func magnitude(f *Field, v any) (float64, bool) {
	switch x := v.(type) {
	case int64:
		return float64(x), true
	case float64:
		return x, !math.IsNaN(x)
	case string:
		d, err := ParseDuration(x)
		return d.Seconds(), err == nil && f.Type == Duration
	default:
		return 0, false
	}
}

func (c *converter) length(f *Field, v any) {
	if f.MinLength == nil && f.MaxLength == nil {
		return
	}
	n, unit := size(v)
	if f.MinLength != nil && n < *f.MinLength {
		c.fail(RuleLength, "has %d %s, at least %d are needed", n, unit, *f.MinLength)
	}
	if f.MaxLength != nil && n > *f.MaxLength {
		c.fail(RuleLength, "has %d %s, at most %d are allowed", n, unit, *f.MaxLength)
	}
}

func size(v any) (n int, unit string) {
	switch x := v.(type) {
	case string:
		return utf8.RuneCountInString(x), "characters"
	case []byte:
		return len(x), "bytes"
	case []any:
		return len(x), "elements"
	case map[string]any:
		return len(x), "entries"
	default:
		return 0, "characters"
	}
}
