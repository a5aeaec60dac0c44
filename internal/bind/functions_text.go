package bind

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/schema"
)

func textFunctions() []*function {
	return []*function{
		{name: "string", types: signatures((func(any) string)(nil)), never: kind(schema.Bytes), framed: true, call: toText},
		{name: "type", nulls: true, types: signatures((func(any) string)(nil)), clean: true, call: typeOf},
		{name: "trim", types: signatures((func(string) string)(nil), (func(string, string) string)(nil)), framed: true, call: trimmed(strings.Trim, strings.TrimSpace)},
		{name: "trimPrefix", types: signatures((func(string, string) string)(nil), (func(string) string)(nil)), framed: true, call: trimmed(strings.TrimPrefix, nil)},
		{name: "trimSuffix", types: signatures((func(string, string) string)(nil), (func(string) string)(nil)), framed: true, call: trimmed(strings.TrimSuffix, nil)},
		{name: "upper", types: signatures(strings.ToUpper), framed: true, call: onText(strings.ToUpper)},
		{name: "lower", types: signatures(strings.ToLower), framed: true, call: onText(strings.ToLower)},
		{name: "split", types: splitSignatures, gives: textsField, framed: true, call: splitter(strings.SplitN)},
		{name: "splitAfter", types: splitSignatures, gives: textsField, framed: true, call: splitter(strings.SplitAfterN)},
		{name: "replace", types: signatures(strings.ReplaceAll, strings.Replace), framed: true, call: replace},
		{name: "repeat", types: signatures(strings.Repeat), framed: true, call: repeat},
		{name: "join", types: signatures((func([]any, string) string)(nil), (func([]any) string)(nil)), inspect: elementsAre("join", "text and what can be text", ^kind(schema.Bytes)), framed: true, call: joinTexts},
		{name: "indexOf", types: signatures(strings.Index), call: index(strings.Index)},
		{name: "lastIndexOf", types: signatures(strings.LastIndex), call: index(strings.LastIndex)},
		{name: "hasPrefix", types: signatures(strings.HasPrefix), clean: true, call: onTexts(strings.HasPrefix)},
		{name: "hasSuffix", types: signatures(strings.HasSuffix), clean: true, call: onTexts(strings.HasSuffix)},
		{name: "regexReplace", types: signatures((func(string, string, string) string)(nil)), framed: true, pattern: 1, call: regexReplace},
		{
			name: "regexFind", types: findSignatures[string](), gives: &schema.Field{Type: schema.String, Nullable: true},
			pattern: 1, inspect: literalGroup, framed: true, call: regexFind,
		},
		{name: "regexFindAll", types: findSignatures[[]any](), gives: textsField, pattern: 1, inspect: literalGroup, framed: true, call: regexFindAll},
		{name: "padLeft", types: padSignatures, never: kind(schema.Bytes), framed: true, call: padder(true)},
		{name: "padRight", types: padSignatures, never: kind(schema.Bytes), framed: true, call: padder(false)},
		{name: "format", types: signatures((func(string, ...any) string)(nil)), inspect: literalTemplate, framed: true, call: format},
	}
}

var splitSignatures = signatures((func(string, string) []any)(nil), (func(string, string, int) []any)(nil))

var padSignatures = signatures((func(any, int) string)(nil), (func(any, int, string) string)(nil))

func findSignatures[T any]() []reflect.Type {
	return signatures((func(string, string) T)(nil), (func(string, string, int) T)(nil), (func(string, string, string) T)(nil))
}

func onText(fn func(string) string) func(*frame, []any) (any, error) {
	return func(_ *frame, args []any) (any, error) {
		s, err := textOf(args[0])
		if err != nil {
			return nil, err
		}
		return fn(s), nil
	}
}

func onTexts(fn func(a, b string) bool) func(*frame, []any) (any, error) {
	return func(_ *frame, args []any) (any, error) {
		t, err := texts(args, 2)
		if err != nil {
			return nil, err
		}
		return fn(t[0], t[1]), nil
	}
}

func toText(_ *frame, args []any) (any, error) {
	if s, ok := args[0].(string); ok {
		return s, nil
	}
	out, err := appendText(nil, args[0])
	if err != nil {
		return nil, errors.New("the argument " + err.Error())
	}
	return string(out), nil
}

func typeOf(_ *frame, args []any) (any, error) {
	if isBig(args[0]) {
		return "integer", nil
	}
	return typeName(args[0]), nil
}

// length counts characters of text.
func length(_ *frame, args []any) (any, error) {
	switch x := args[0].(type) {
	case string:
		return int64(utf8.RuneCountInString(x)), nil
	case []any:
		return int64(len(x)), nil
	case map[string]any:
		return int64(len(x)), nil
	case []byte:
		return int64(len(x)), nil
	}
	if n, changed := normalForm(args[0]); changed {
		return length(nil, []any{n})
	}
	return nil, wrongType("string, list or map", args[0])
}

// trimmed trims what the second argument says, a space where there is none,
// or calls space where it is given.
func trimmed(fn func(s, cut string) string, space func(string) string) func(*frame, []any) (any, error) {
	return func(_ *frame, args []any) (any, error) {
		t, err := texts(args, len(args))
		switch {
		case err != nil:
			return nil, err
		case len(args) > 1:
			return fn(t[0], t[1]), nil
		case space != nil:
			return space(t[0]), nil
		}
		return fn(t[0], " "), nil
	}
}

func splitter(fn func(s, sep string, n int) []string) func(*frame, []any) (any, error) {
	return func(fr *frame, args []any) (any, error) {
		t, err := texts(args, 2)
		if err != nil {
			return nil, err
		}
		n := -1
		if len(args) > 2 {
			if n, err = smallOf(args[2]); err != nil {
				return nil, err
			}
		}
		if len(t[0])*16 > fr.left && (strings.Count(t[0], t[1])+1)*32 > fr.left {
			return nil, errTooMuch
		}
		parts := fn(t[0], t[1], n)
		list := make([]any, len(parts))
		for i, p := range parts {
			list[i] = p
		}
		return list, nil
	}
}

func replace(fr *frame, args []any) (any, error) {
	t, err := texts(args, 3)
	if err != nil {
		return nil, err
	}
	n := -1
	if len(args) > 3 {
		if n, err = smallOf(args[3]); err != nil {
			return nil, err
		}
	}
	count := strings.Count(t[0], t[1])
	if n >= 0 {
		count = min(count, n)
	}
	if size := len(t[0]) + count*(len(t[2])-len(t[1])); size > fr.left {
		return nil, errTooMuch
	}
	return strings.Replace(t[0], t[1], t[2], n), nil
}

func repeat(fr *frame, args []any) (any, error) {
	s, err := textOf(args[0])
	if err != nil {
		return nil, err
	}
	n, err := smallOf(args[1])
	switch {
	case err != nil:
		return nil, err
	case n < 0:
		return nil, errors.New("a negative count")
	case n > fr.left || len(s)*n > fr.left:
		return nil, errTooMuch
	}
	return strings.Repeat(s, n), nil
}

// joinTexts puts elements together as they stand in text.
func joinTexts(fr *frame, args []any) (any, error) {
	list, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	glue := ""
	if len(args) > 1 {
		if glue, err = textOf(args[1]); err != nil {
			return nil, err
		}
	}
	var out []byte
	for i, v := range list {
		if i > 0 {
			out = append(out, glue...)
		}
		if out, err = appendText(out, v); err != nil {
			return nil, errors.New("an element " + err.Error())
		}
		if len(out) > fr.left {
			return nil, errTooMuch
		}
	}
	return string(out), nil
}

// index counts characters.
func index(fn func(s, part string) int) func(*frame, []any) (any, error) {
	return func(_ *frame, args []any) (any, error) {
		t, err := texts(args, 2)
		if err != nil {
			return nil, err
		}
		i := fn(t[0], t[1])
		if i > 0 {
			i = utf8.RuneCountInString(t[0][:i])
		}
		return int64(i), nil
	}
}

// regexReplace gets a literal pattern as the compiled expression.
func regexReplace(fr *frame, args []any) (any, error) {
	s, err := textOf(args[0])
	if err != nil {
		return nil, err
	}
	re, err := fr.pattern(args[1], s)
	if err != nil {
		return nil, err
	}
	with, err := textOf(args[2])
	if err != nil {
		return nil, err
	}
	return expandAll(fr, re, s, with)
}

// expandAll is ReplaceAllString with a bound.
func expandAll(fr *frame, re *regexp.Regexp, s, with string) (any, error) {
	var out []byte
	last := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
		out = append(out, s[last:m[0]]...)
		out = re.ExpandString(out, with, s, m)
		last = m[1]
		if len(out) > fr.left {
			return nil, errTooMuch
		}
	}
	return string(append(out, s[last:]...)), nil
}
