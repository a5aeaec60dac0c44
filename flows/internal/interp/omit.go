package interp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// omitted is the value of a parameter that an expression leaves out on purpose.
var omitted any = new(omission)

type omission struct{ _ byte }

// nullIn finds a null where none is taken, in values as they were evaluated: the
// path of it, and the expression that gave it. all is true in a connection.
func nullIn(v Value, f *schema.Field, got any, all bool) (path, from string) {
	switch x := v.(type) {
	case *MapValue:
		given, _ := got.(map[string]any)
		for i, key := range x.Keys {
			if path, from := nullMember(x.Items[i], f, key, given, all); path != "" {
				return path, from
			}
		}
	case *DynamicMap:
		if f == nil || f.Members.Rest() == nil || !all {
			return "", ""
		}
		given, _ := got.(map[string]any)
		for _, key := range value.SortedKeys(given) {
			if given[key] == nil {
				return key, ""
			}
		}
	case ListValue:
		list, _ := got.([]any)
		for i := range min(len(x), len(list)) {
			if f != nil && f.Elem != nil {
				if path, from := nullIn(x[i], f.Elem, list[i], all); path != "" {
					return fmt.Sprintf("[%d].%s", i, path), from
				}
			}
		}
	}
	return "", ""
}

func nullMember(item Value, of *schema.Field, key string, given map[string]any, all bool) (path, from string) {
	if of == nil || of.Coerce != nil {
		return "", ""
	}
	f := of.Members.Field(key)
	if f == nil {
		f = of.Members.Rest()
	}
	got, is := given[key]
	if !is || f == nil || f.Type == schema.Any {
		return "", ""
	}
	if got == nil && (f.NotNull || all) {
		if b, ok := item.(*Binding); ok {
			from = b.Program.Text()
		}
		return key, from
	}
	path, from = nullIn(item, elementOf(f, item), got, all)
	if path != "" && !strings.HasPrefix(path, "[") {
		path = "." + path
	}
	if path != "" {
		path = key + path
	}
	return path, from
}

// elementOf returns the field of one element where it stands for the list.
func elementOf(f *schema.Field, item Value) *schema.Field {
	if _, list := item.(ListValue); !list && f.BareElement && f.Elem != nil {
		return f.Elem
	}
	return f
}

// refusesNull reports whether a null could be found in a call's parameters.
func refusesNull(v Value, f *schema.Field) bool {
	m, ok := v.(*MapValue)
	if !ok || f == nil || f.Members == nil {
		return false
	}
	for i, key := range m.Keys {
		of := f.Members.Field(key)
		if _, fixed := m.Items[i].(Constant); fixed || of == nil {
			continue
		}
		if of.NotNull || refusesNull(m.Items[i], of) {
			return true
		}
	}
	return false
}

// nullError says what is null and how to mend it.
func nullError(path, from string) error {
	if from == "" {
		return fmt.Errorf("%s is null: leave it out, or write ?? omit behind its expression", path)
	}
	name := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(from, "${"), "}"))
	if variable, ok := strings.CutPrefix(name, "env."); ok && !strings.ContainsAny(variable, " .[?+(") {
		return fmt.Errorf("%s is null: the environment variable %s is not set; ${%s ?? omit} leaves %s out then", path, variable, name, path)
	}
	return fmt.Errorf("%s is null: %s gave none; ${%s ?? omit} leaves it out then", path, from, name)
}

// namedNulls says of what is required and was null which expression gave it.
func namedNulls(err error, values Value) error {
	list, ok := err.(schema.Errors) //nolint:errorlint // a conversion gives nothing else
	if !ok {
		return err
	}
	for i, e := range list {
		if e.Rule != schema.RuleMissing {
			continue
		}
		if b, ok := valueAt(values, e.Way()).(*Binding); ok {
			list[i].Message += ": " + becauseOf(b.Program.Text())
		}
	}
	return list
}

// becauseOf says why a text is null that is one expression.
func becauseOf(text string) string {
	name := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(text, "${"), "}"))
	if variable, ok := strings.CutPrefix(name, "env."); ok && schema.IsIdentifier(variable) {
		return "the environment variable " + variable + " is not set"
	}
	if len(text) > 80 {
		text = "its expression"
	}
	return text + " is null"
}

// valueAt returns what stands at a path in a value; nil for nothing.
func valueAt(v Value, way []string) Value {
	for _, name := range way {
		switch x := v.(type) {
		case *MapValue:
			i := slices.Index(x.Keys, name)
			if i < 0 {
				return nil
			}
			v = x.Items[i]
		case ListValue:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}
