package flows

import (
	"github.com/medlar-flow/medlar/schema"
)

func (w *stepCheck) forEach() {
	do := &forEachStep{at: w.src.At(w.body), indexSlot: noSlot}
	w.st.do = do
	do.items = w.value(w.body, itemsField, w.sc, "forEach")
	elem := w.items(do)
	if t := typeOf(do.items); t.Secret && !elem.Secret {
		secret := *elem
		secret.Secret, elem = true, &secret
	}
	frame := w.sc.frame.child()
	w.loopNames(do, frame, elem)
	if n := w.n.Get("concurrency"); n != nil {
		do.concurrency = w.value(n, concurrencyField, w.sc, "concurrency")
	}
	inner := &scope{check: w.checker, frame: frame, ctx: w.sc.ctx.child(), holds: w.sc.holds}
	mark := len(w.done)
	w.loopKinds = append(w.loopKinds, "forEach")
	w.loopBody(do, inner)
	field := w.collect(do, inner)
	do.onError = w.onError()
	if do.onError {
		field = collected(field)
	}
	w.loopKinds = w.loopKinds[:len(w.loopKinds)-1]
	w.leave(mark, stepInside, false)
	do.slots, do.owes = *frame.count, owes(do.body)
	w.finish(field, "forEach", false)
}

func (w *stepCheck) loopBody(do *forEachStep, inner *scope) {
	n := w.n.Get("do")
	if n == nil {
		w.fail(w.verb, "missing-key", "add do: with the steps to run for each item", "a forEach needs do")
		return
	}
	do.body = w.block(n, inner, "")
}

// itemsField is what forEach takes: a list, or a map as key and value.
var itemsField = &schema.Field{Nullable: true}

// concurrencyField bounds how many iterations run at once.
var concurrencyField = func() *schema.Field {
	f := atLeast(1)
	most := 10_000.0
	f.Maximum = &most
	return f
}()

// items finds what an iteration's item is.
func (w *stepCheck) items(do *forEachStep) *schema.Field {
	b, ok := do.items.(*binding)
	if ok {
		if _, _, ranged := b.program.Range(); ranged {
			do.ranged = b.program
			return &schema.Field{Type: schema.Integer}
		}
	}
	t := typeOf(do.items)
	switch t.Type {
	case schema.List:
		if t.Elem == nil {
			return anything
		}
		return t.Elem
	case schema.Map, schema.Object:
		return pairOf(t)
	case schema.Any:
		return anything
	default:
		w.fail(w.body, "type-mismatch", "", "forEach takes a list or a map, found %s", article(t))
		return anything
	}
}

// pairOf is the item of a loop over a map.
func pairOf(t *schema.Field) *schema.Field {
	elem := schema.Field{Nullable: true, Secret: t.HasSecret()}
	if t.Type == schema.Map && t.Elem != nil {
		elem = *t.Elem
	}
	elem.Name, elem.Aliases = "value", nil
	return &schema.Field{Type: schema.Object, Members: schema.MustNew(
		&schema.Field{Name: "key", Type: schema.String}, &elem,
	)}
}

func (w *stepCheck) loopNames(do *forEachStep, frame *frameScope, elem *schema.Field) {
	do.itemSlot = frame.name(w.loopName("as", "item"), elem, "forEach")
	if n := w.n.Get("indexAs"); n != nil {
		if _, taken := frame.names[n.Text]; taken {
			w.fail(n, "shadowed-name", "give one of the two another name", "the item and its index are both named %q", n.Text)
		}
		do.indexSlot = frame.name(w.loopName("indexAs", "index"), &schema.Field{Type: schema.Integer}, "forEach")
	}
}

func (w *stepCheck) loopName(key, otherwise string) string {
	n := w.n.Get(key)
	if n == nil {
		w.shadowed(w.verb, otherwise)
		return otherwise
	}
	name, ok := w.identifier(n, key)
	if !ok {
		return otherwise
	}
	if contains(rootWords, name) {
		w.fail(n, "bad-name", "choose another name", "%s cannot be %q: expressions begin with that word", key, name)
		return otherwise
	}
	w.shadowed(n, name)
	return name
}

// shadowed refuses a name that a surrounding loop has.
func (w *stepCheck) shadowed(n *node, name string) {
	for f := w.sc.frame; f != nil; f = f.parent {
		if _, taken := f.names[name]; taken {
			w.fail(n, "shadowed-name", "give this loop another name with as:", "the name %q belongs to a surrounding loop", name)
			return
		}
	}
}

func (w *stepCheck) collect(do *forEachStep, inner *scope) func() *schema.Field {
	n := w.n.Get("collect")
	if n == nil {
		return func() *schema.Field { return &schema.Field{Type: schema.Integer} }
	}
	if w.st.id == "" {
		w.fail(w.n.Key("collect"), "collect-without-id", "add id:, so that the list can be referred to", "collect needs an id")
	}
	do.collect = w.value(n, nil, inner, "collect")
	list := &schema.Field{Type: schema.List, Elem: typeOf(do.collect)}
	return func() *schema.Field { return list }
}

// onError reads onError: collect.
func (w *stepCheck) onError() bool {
	n := w.n.Get("onError")
	if n == nil {
		return false
	}
	if n.Kind != scalarNode || n.Text != "collect" {
		w.fail(n, "wrong-type", "leave it out where the first error is to end the step", "onError takes collect, found %s", describe(n))
	}
	return true
}

// collected is the result of a loop that gathers its errors.
func collected(field func() *schema.Field) func() *schema.Field {
	items := *field()
	if items.Type == schema.List && items.Elem != nil {
		elem := *items.Elem
		elem.Nullable = true
		items.Elem = &elem
	}
	items.Name = "items"
	failure := *errorField
	failure.Name = "error"
	result := objectOf([]*schema.Field{&items, {
		Name: "errors", Type: schema.List,
		Elem: objectOf([]*schema.Field{{Name: "index", Type: schema.Integer}, &failure}),
	}})
	return func() *schema.Field { return result }
}
