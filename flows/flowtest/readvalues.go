package flowtest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/schema"
)

// kind says in whose words a value is wrong.
type kind struct {
	rule  string // of an unknown name
	what  string // "lambda.getAlias gives no"
	label string // before the list of names
}

// value reads a value for a field, which decides what a plain scalar is; nil
// for any value. Members that the field does not have are mistakes.
func (r *reader) value(n *node, f *schema.Field, k kind) any {
	if f == nil {
		f = &schema.Field{}
	}
	switch n.Kind {
	case mapNode:
		return r.mapValue(n, f, k)
	case listNode:
		out := make([]any, len(n.Items()))
		for i, item := range n.Items() {
			out[i] = r.value(item, f.Elem, k)
		}
		return out
	}
	if f.Type == schema.List && f.BareElement && f.Elem != nil {
		f = f.Elem
	}
	switch f.Type {
	case schema.String, schema.Duration, schema.Timestamp, schema.Bytes:
		if !n.IsNull() {
			r.openEnum(n, f)
			return n.Text
		}
	default:
	}
	v, problem := n.Value()
	if problem != "" {
		r.fail(n, "ambiguous-scalar", "", "%s %s", n.Text, problem)
	}
	return v
}

// openEnum warns of text that is none of the known values: services add values,
// and people misspell them.
func (r *reader) openEnum(n *node, f *schema.Field) {
	if !f.OpenEnum || len(f.Enum) == 0 || slices.Contains(f.Enum, any(n.Text)) {
		return
	}
	known := make([]string, len(f.Enum))
	for i, v := range f.Enum {
		known[i] = fmt.Sprint(v)
	}
	r.warn(n, "unknown-enum-value", diag.Suggest(n.Text, known, "known values"), "%q is no value that is known", n.Text)
}

func (r *reader) mapValue(n *node, f *schema.Field, k kind) any {
	if encoded := n.Get("$bytes"); encoded != nil && len(n.Keys()) == 1 {
		if b, err := (&schema.Field{Type: schema.Bytes}).Convert(encoded.Text); err == nil {
			return b
		}
	}
	out := make(map[string]any, len(n.Keys()))
	for i, key := range n.Keys() {
		member := f.Elem
		if why, spelt := f.Keys.Never(key.Text); why != "" {
			help := ""
			if spelt != "" {
				help = "write " + spelt
			}
			r.fail(key, k.rule, help, "%s %q: %s", k.what, key.Text, why)
		}
		if f.Members != nil {
			if member = f.Members.Field(key.Text); member == nil && !f.Members.IsOpen() {
				r.fail(key, k.rule, diag.Suggest(key.Text, f.Members.Names(), k.label), "%s %q", k.what, key.Text)
				continue
			}
		}
		out[key.Text] = r.value(n.Items()[i], member, k)
	}
	return out
}

// converted reads a value in a field's type, and places what is wrong with it.
func (r *reader) converted(n *node, f *schema.Field, k kind) any {
	v, err := f.Convert(r.value(n, f, k))
	r.place(n, err)
	return v
}

// place reports mistakes of a value at the nodes that they are about.
func (r *reader) place(n *node, err error) {
	var mistakes schema.Errors
	switch {
	case err == nil:
	case errors.As(err, &mistakes):
		for _, m := range mistakes {
			key, at := n.Find(m.Path)
			if m.Rule == schema.RuleUnknown && key != nil {
				at = key
			}
			if r.isAmbiguous(at) {
				continue // it has been said why there is no value
			}
			message := m.Message
			if m.Path != "" {
				message = m.Path + ": " + message
			}
			r.fail(at, m.Rule, m.Help, "%s", message)
		}
	default:
		r.fail(n, schema.RuleType, "", "%v", err)
	}
}

func (r *reader) isAmbiguous(n *node) bool {
	_, problem := n.Value()
	return n.Kind == scalarNode && problem != "" && slices.ContainsFunc(r.diags, func(d diag.Diagnostic) bool {
		return d.Rule == "ambiguous-scalar" && d.Line == int(n.Line) && d.Col == int(n.Col)
	})
}

// complete returns a result with null for the members that an answer leaves out.
func complete(v any, f *schema.Field) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, member := range x {
			inner := f.Elem
			if declared := f.Members.Field(name); declared != nil {
				inner = declared
			}
			if inner == nil {
				inner = &schema.Field{}
			}
			out[name] = complete(member, inner)
		}
		if f.Members == nil {
			return out
		}
		for _, member := range f.Members.Fields() {
			if _, given := out[member.Name]; !given {
				out[member.Name] = nil
			}
		}
		return out
	case []any:
		if f.Elem == nil {
			return x
		}
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = complete(item, f.Elem)
		}
		return out
	default:
		return v
	}
}

// part reads a part of an operation's parameters under canonical names: what a
// call is compared with.
func (r *reader) part(n *node, s *schema.Schema, k kind) map[string]any {
	out := map[string]any{}
	if n.IsNull() {
		return out
	}
	if n.Kind != mapNode {
		r.fail(n, "wrong-type", "write name: value", "expected a map of parameters, found %s", describe(n))
		return out
	}
	for i, key := range n.Keys() {
		f := s.Field(key.Text)
		if f == nil {
			if !s.IsOpen() {
				r.fail(key, k.rule, diag.Suggest(key.Text, s.Names(), k.label), "%s %q", k.what, key.Text)
				continue
			}
			f = &schema.Field{Name: key.Text}
		}
		into := f.Into
		if len(into) == 0 {
			into = []string{f.Name}
		}
		put(out, into, r.partValue(n.Items()[i], f, k))
	}
	return out
}

func put(m map[string]any, path []string, v any) {
	for ; len(path) > 1; path = path[1:] {
		inner, ok := m[path[0]].(map[string]any)
		if !ok {
			inner = map[string]any{}
			m[path[0]] = inner
		}
		m = inner
	}
	m[path[0]] = v
}

func (r *reader) partValue(n *node, f *schema.Field, k kind) any {
	switch {
	case f.Coerce != nil:
		// Another shape may stand for the declared one, as it may in a step.
		v := r.value(n, &schema.Field{}, k)
		if out, err := f.Convert(v); err == nil {
			return out
		}
		return v
	case n.Kind == mapNode && f.Members != nil:
		return r.part(n, f.Members, k)
	case n.Kind == scalarNode && f.Type != schema.Any && !n.IsNull():
		return r.converted(n, f, k)
	case n.Kind == scalarNode || f.Elem == nil:
		return r.value(n, f, k)
	case n.Kind == listNode:
		out := make([]any, len(n.Items()))
		for i, item := range n.Items() {
			out[i] = r.partValue(item, f.Elem, k)
		}
		return out
	default:
		out := map[string]any{}
		for i, key := range n.Keys() {
			out[key.Text] = r.partValue(n.Items()[i], f.Elem, k)
		}
		return out
	}
}
