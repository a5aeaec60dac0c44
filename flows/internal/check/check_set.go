package check

import (
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

func (w *stepCheck) set() {
	if w.body.Kind != mapNode || len(w.body.Keys()) == 0 {
		w.fail(w.body, "wrong-type", setHelp(w.body), "set must be a map of names, found %s", describe(w.body))
		return
	}
	n := len(w.body.Keys())
	made := &struct { // in one piece of memory
		interp.SetStep
		values interp.MapValue
	}{}
	m := &made.values
	m.Keys, m.Items = w.newMap(n)
	for i, key := range w.body.Keys() {
		w.noExpression(key, "a name that is set")
		m.Keys[i], m.Items[i] = key.Text, w.value(w.body.Items()[i], nil, w.sc, "set."+key.Text)
	}
	flags := w.flagsIn(m)
	for i, key := range w.body.Keys() {
		m.Items[i] = w.assign(key, w.body.Items()[i], m.Items[i])
	}
	if flags != nil || w.sc.ctx.flags != nil {
		w.sc.ctx.noteFlags(m.Keys, flags)
	}
	made.Values = m
	w.st.Do = &made.SetStep
	w.finish(nil, "", false)
}

// assign gives a name a value, and the type that it keeps from its first one
// on. Null has no type. It returns the value as it is of that type.
func (w *stepCheck) assign(key, n *node, v interp.Value) interp.Value {
	ctx, name := w.sc.ctx, key.Text
	w.changes(name)
	w.holdsNull(name, v)
	k, known := ctx.keeps(name)
	t := w.typeOfSet(v)
	if t.Type == schema.List {
		t = w.mixedList(t, v)
	}
	if fields.IsNull(t) {
		if !known {
			ctx.keep(name, kept{at: key})
		}
		if k.typ != nil {
			t = fields.OrNull(k.typ)
		}
		w.nulls(name, t)
		ctx.set(name, w.grownSecret(name, t))
		return v
	}
	if k.typ == nil {
		ctx.keep(name, kept{t, key})
		w.nulls(name, t)
		ctx.set(name, w.grownSecret(name, t))
		return v
	}
	if wrong := w.keepType(n, v, k.typ, ""); wrong != nil {
		at := wrong.at
		if wrong.whole {
			at = key
		}
		w.typeChange(at, wrong.at, name, wrong.Mismatch, k)
		if w.loader.lenient {
			ctx.set(name, fields.NullElsewhere(&schema.Field{Secret: t.HasSecret() || k.typ.HasSecret()}))
		}
		return v
	}
	if fixed, ok := v.(interp.Constant); ok {
		v = interp.Constant{V: asKept(fixed.V, k.typ)}
	}
	now := whatNow(k.typ, t)
	if fields.NullByFlow(t) {
		now = fields.OrNull(now)
	}
	t = now
	w.nulls(name, t)
	ctx.set(name, w.grownSecret(name, t))
	return v
}

// mixedList notes the types of the elements of a list that is written with several.
func (c *checker) mixedList(t *schema.Field, v interp.Value) *schema.Field {
	if t.Elem == nil || t.Elem.Type != schema.Any || c.loader.lenient {
		return t
	}
	types := writtenTypes(v)
	if len(types) < 2 {
		return t
	}
	list := *t
	list.Elem = c.mixedOf(t.Elem, types)
	return &list
}

// mixedOf is a type of any value of which is known what it can be.
func (c *checker) mixedOf(t *schema.Field, types []schema.Type) *schema.Field {
	one := *t
	if c.mixed == nil {
		c.mixed = map[*schema.Field][]schema.Type{}
	}
	c.mixed[&one] = types
	return &one
}

// Mixed lists the types of a value that is declared to be of any.
func (sc *scope) Mixed(t *schema.Field, path string) []schema.Type {
	types := sc.check.mixed[t]
	if len(types) > 0 && sc.holds != nil {
		types = sc.narrowed(types, path)
	}
	return types
}

var _ bind.MixedScope = (*scope)(nil)

// typeOfSet is the type of what a name is set to. It can be null where something
// of the flow is that it is made of, and not because a service may leave
// something out.
func (c *checker) typeOfSet(v interp.Value) *schema.Field {
	t := interp.TypeOf(v)
	b, ok := v.(*interp.Binding)
	if !ok {
		return t
	}
	switch byFlow := b.Program.Null() != ""; {
	case byFlow:
		return fields.OrNull(t)
	case t.Nullable || t.Type == schema.Any:
		out := c.elsewhere[t]
		if out == nil {
			out = fields.NullElsewhere(t)
			c.elsewhere[t] = out
		}
		return out
	default:
		return t
	}
}

func (w *stepCheck) grownSecret(name string, t *schema.Field) *schema.Field {
	if !w.grown[name] || t.HasSecret() {
		return t
	}
	secret := *t
	secret.Secret = true
	return &secret
}

// whatNow is what is known of a name that keeps a type and was set to what is
// of another.
func whatNow(keeps, t *schema.Field) *schema.Field {
	switch {
	case keeps == nil || keeps == t || keeps.Type == schema.Any:
		return t
	case t == nil || t.Type == schema.Any:
		out := *fields.WithoutKeys(keeps)
		out.Nullable, out.NotNull, out.Secret = false, false, t.HasSecret() || keeps.HasSecret()
		return &out
	case keeps.Type == schema.Object && t.Type == schema.Object:
		return membersNow(keeps, t)
	case keeps.Type == schema.List && t.Type == schema.List && keeps.Elem != nil && !t.HasSecret():
		if elem := whatNow(keeps.Elem, t.Elem); elem != t.Elem {
			return &schema.Field{Type: schema.List, Nullable: t.Nullable, Elem: elem}
		}
		return t
	case keeps.Type == t.Type && keeps.Type != schema.Map, keeps.Type == schema.Object:
		return t
	default: // a map, a time that is written as text, an integer that is a number here
		out := *fields.WithoutKeys(keeps)
		out.Nullable, out.NotNull, out.Secret = t.Nullable, t.NotNull, t.HasSecret()
		return &out
	}
}

// membersNow is whatNow of the members that both have.
func membersNow(keeps, t *schema.Field) *schema.Field {
	if keeps.Members == nil || t.Members == nil || keeps.Members == t.Members || t.Members.IsOpen() {
		return t
	}
	changed := false
	members := slices.Clone(t.Members.Fields())
	for i, f := range members {
		before := keeps.Members.Field(f.Name)
		if before == nil || before.Name != f.Name {
			continue
		}
		if now := whatNow(before, f); now != f {
			member := *now
			member.Name, member.Aliases = f.Name, f.Aliases
			members[i], changed = &member, true
		}
	}
	if !changed {
		return t
	}
	out := fields.ObjectOf(members)
	out.Nullable, out.NotNull, out.Secret = t.Nullable, t.NotNull, t.Secret
	return out
}

// misfit is a part of a value that is not of the type that a name keeps.
type misfit struct {
	fields.Mismatch
	at    *node
	whole bool // the part is all of it
}

// keepType looks for a part of a value that is not of a type as it is. Nothing
// is converted when the flow runs.
func (w *stepCheck) keepType(n *node, v interp.Value, want *schema.Field, path string) *misfit {
	if want == nil || want.Type == schema.Any {
		return nil
	}
	switch x := v.(type) {
	case interp.Constant:
		return w.keepLiteral(n, x.V, want, path)
	case *interp.MapValue:
		if want.Type == schema.Map || want.Type == schema.Object {
			return w.keepParts(n, x.Items, func(i int) (*schema.Field, string) { return partOf(want, x.Keys[i]), path + "." + x.Keys[i] })
		}
	case interp.ListValue:
		if want.Type == schema.List {
			return w.keepParts(n, x, func(i int) (*schema.Field, string) { return want.Elem, fmt.Sprintf("%s[%d]", path, i) })
		}
	}
	if b, ok := v.(*interp.Binding); ok {
		for _, t := range b.Program.Types() { // each of them can be what is set
			if wrong := fits(n, &schema.Field{Type: t}, want, path); wrong != nil {
				return wrong
			}
		}
		can, _ := b.Program.Elements()
		for _, t := range can {
			if wrong := fits(n, &schema.Field{Type: schema.List, Elem: &schema.Field{Type: t}}, want, path); wrong != nil {
				return wrong
			}
		}
	}
	return fits(n, interp.TypeOf(v), want, path)
}

func (w *stepCheck) keepParts(n *node, items []interp.Value, part func(i int) (*schema.Field, string)) *misfit {
	for i, item := range items {
		want, path := part(i)
		if wrong := w.keepType(n.Items()[i], item, want, path); wrong != nil {
			return wrong
		}
	}
	return nil
}

func partOf(t *schema.Field, name string) *schema.Field {
	if t.Type == schema.Map {
		return t.Elem
	}
	return t.Members.Field(name)
}

func fits(n *node, have, want *schema.Field, path string) *misfit {
	ok, wrong := fields.Holds(want, have)
	if ok {
		return nil
	}
	wrong.Path = path + wrong.Path
	return &misfit{Mismatch: wrong, at: n, whole: path == ""}
}

// keepLiteral is keepType of what stands in the file. Text is a duration or a
// timestamp where it can be read as one.
func (w *stepCheck) keepLiteral(n *node, v any, want *schema.Field, path string) *misfit {
	switch x := v.(type) {
	case nil:
		return nil
	case string:
		if isTime(want) {
			if _, err := want.Convert(x); err == nil {
				return nil
			}
		}
	case map[string]any:
		if want.Type == schema.Map || want.Type == schema.Object {
			for i, key := range n.Keys() {
				if wrong := w.keepAnyLiteral(n.Items()[i], x[key.Text], partOf(want, key.Text), path+"."+key.Text); wrong != nil {
					return wrong
				}
			}
			return nil
		}
	case []any:
		if want.Type == schema.List {
			for i, item := range x {
				if wrong := w.keepAnyLiteral(n.Items()[i], item, want.Elem, fmt.Sprintf("%s[%d]", path, i)); wrong != nil {
					return wrong
				}
			}
			return nil
		}
	}
	return fits(n, interp.TypeOf(interp.Constant{V: v}), want, path)
}

func (w *stepCheck) keepAnyLiteral(n *node, v any, want *schema.Field, path string) *misfit {
	if want == nil || want.Type == schema.Any {
		return nil
	}
	return w.keepLiteral(n, v, want, path)
}

// asKept writes the durations and timestamps of a literal as values of the type
// that a name keeps are written.
func asKept(v any, want *schema.Field) any {
	switch x := v.(type) {
	case string:
		if want != nil && isTime(want) {
			if out, err := (&schema.Field{Type: want.Type}).Convert(x); err == nil {
				return out
			}
		}
	case map[string]any:
		if want != nil && (want.Type == schema.Map || want.Type == schema.Object) {
			for _, key := range value.SortedKeys(x) {
				x[key] = asKept(x[key], partOf(want, key))
			}
		}
	case []any:
		if want != nil && want.Type == schema.List {
			for i := range x {
				x[i] = asKept(x[i], want.Elem)
			}
		}
	}
	return v
}

func isTime(t *schema.Field) bool { return t.Type == schema.Duration || t.Type == schema.Timestamp }

// typeChange reports a name that is set to a value of another type. n is the
// value; nil where it is not at hand.
func (w *stepCheck) typeChange(at, n *node, name string, wrong fields.Mismatch, k kept) {
	help := otherType(wrong.Want, wrong.Have, n)
	if k.at != nil {
		help += fmt.Sprintf("; line %d sets it first", k.at.Line)
	}
	say := w.fail
	if w.loader.lenient {
		say = w.warn // the run began when that was no mistake
	}
	say(at, "type-change", help, "%s is %s and cannot become %s", name+wrong.Path, fields.Article(wrong.Want), fields.Article(wrong.Have))
}

// otherType says how a value becomes one of the type that a name keeps.
func otherType(want, have *schema.Field, n *node) string {
	literal := n != nil && n.Kind == scalarNode && !bind.HasExpr(n.Text)
	scalar := []schema.Type{schema.Integer, schema.Number, schema.Boolean, schema.Duration, schema.Timestamp}
	switch {
	case want.Type == schema.Number && have.Type == schema.String, want.Type == schema.Integer && have.Type == schema.String:
		return map[schema.Type]string{schema.Integer: "int(...)", schema.Number: "float(...)"}[want.Type] + " makes a number of text; else use another name"
	case want.Type == schema.Integer && have.Type == schema.Number:
		return "set it to a number such as 1.0 first, or use int(...)"
	case want.Type == schema.Timestamp && have.Type == schema.String:
		return "write it such as 2026-01-31T08:00:00Z, or use parseTime(...)"
	case want.Type == schema.Duration && have.Type == schema.String:
		return "write it such as 1m30s, or use duration(...)"
	case want.Type == schema.String && slices.Contains(scalar, have.Type) && literal:
		return "put it in quotes, or use another name"
	case want.Type == schema.String && slices.Contains(scalar, have.Type):
		return "use string(...), or another name"
	default:
		return "use another name"
	}
}
