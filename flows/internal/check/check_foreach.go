package check

import (
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

func (w *stepCheck) forEach() {
	do := &interp.ForEachStep{At: w.src.At(w.body), IndexSlot: interp.NoSlot}
	w.st.Do = do
	before := len(w.diags)
	do.Items = w.value(w.body, itemsField, w.sc, "forEach")
	elem := fields.Anything
	if !w.body.Broken {
		elem = w.items(do, before)
	}
	if t := interp.TypeOf(do.Items); t.Secret && !elem.Secret {
		secret := *elem
		secret.Secret, elem = true, &secret
	}
	frame := w.sc.frame.child()
	item := w.loopNames(do, frame, elem)
	if n := w.n.Get("concurrency"); n != nil {
		do.Concurrency = w.value(n, fields.ConcurrencyField, w.sc, "concurrency")
	}
	inner := &scope{check: w.checker, frame: frame, ctx: w.sc.ctx.child(), holds: w.sc.holds}
	mark := len(w.done)
	w.loopKinds = append(w.loopKinds, "forEach")
	w.loopBody(do, inner)
	field := w.collect(do, inner)
	do.OnError = w.onError()
	do.Enough = w.enough(w.lengthOf(do), "items")
	switch {
	case do.Enough != nil:
		do.OnError, field = false, enoughItems(field)
	case do.OnError:
		field = collected(field)
	}
	w.loopKinds = w.loopKinds[:len(w.loopKinds)-1]
	w.leave(mark, stepInside, false)
	do.Slots, do.Owes, do.Waits = *frame.count, interp.Owes(do.Body), interp.Waits(do.Body)
	do.Reads, do.Sets, do.Unread = reads(w.n, w.head), interp.SetsOf(do.Body), !frame.used[item]
	w.setsInside(do)
	w.finish(field, "forEach", false)
	w.collectsNull(do)
}

// collectsNull notes whether what a loop collects can be null: where what it collects
// can, and where an item fails that does not end the loop.
func (w *stepCheck) collectsNull(do *interp.ForEachStep) {
	info := w.steps[w.st.Id]
	if info == nil || do.Collect == nil {
		return
	}
	b, ok := do.Collect.(*interp.Binding)
	info.holdsNull = do.OnError || ok && b.Program.Null() != ""
	if do.OnError || do.Enough != nil {
		info.list = "items"
	}
}

func (w *stepCheck) loopBody(do *interp.ForEachStep, inner *scope) {
	n := w.n.Get("do")
	if n == nil && w.means("do") {
		return
	}
	if n == nil {
		if w.n.Get("collect") == nil {
			w.fail(w.verb, "missing-key", "add ‹do: [steps]› with the steps to run for each item, or ‹collect:› with what each gives", "a forEach needs do or collect")
		}
		return
	}
	w.loops++
	outer := w.loopOver
	w.loopOver = conditionText(w.body)
	do.Body = w.block(n, inner, "")
	w.loops, w.loopOver = w.loops-1, outer
}

// itemsField is what forEach takes: a list, or a map as key and value.
var itemsField = &schema.Field{Nullable: true}

// items finds what an iteration's item is. before is how many mistakes there were
// before the items were checked.
func (w *stepCheck) items(do *interp.ForEachStep, before int) *schema.Field {
	b, ok := do.Items.(*interp.Binding)
	if ok {
		if _, _, ranged := b.Program.Range(); ranged {
			do.Ranged = b.Program
			return &schema.Field{Type: schema.Integer}
		}
	}
	t := interp.TypeOf(do.Items)
	switch t.Type {
	case schema.List:
		if t.Elem == nil {
			return fields.Anything
		}
		return t.Elem
	case schema.Map, schema.Object:
		return w.pairOf(t)
	case schema.Any:
		if ok {
			w.alwaysItems(b.Program)
		}
		return fields.Anything
	default:
		help := loopHelp(w.body, t)
		if said := w.diags[before:]; len(said) == 1 && said[0].Rule == ruleSentAsText {
			help, w.diags = said[0].Help, w.diags[:before] // one mistake
		}
		w.fail(w.body, "type-mismatch", help, "forEach takes a list or a map, found %s", fields.Article(t))
		return fields.Anything
	}
}

// alwaysItems reports an expression of which a part of what it can give is no
// list and no map.
func (w *stepCheck) alwaysItems(p *bind.Program) {
	if w.loader.lenient {
		return
	}
	for _, t := range p.Types() {
		if t != schema.List && t != schema.Map {
			w.fail(w.body, "type-mismatch", "", "forEach takes a list or a map, and this expression can give %s", fields.Article(&schema.Field{Type: t}))
			return
		}
	}
}

// mostPaired bounds the members of an object whose types are put together.
const mostPaired = 100

// pairOf is the item of a loop over a map.
func (w *stepCheck) pairOf(t *schema.Field) *schema.Field {
	elem := &schema.Field{Nullable: true, Secret: t.HasSecret()}
	if t.Type == schema.Map && t.Elem != nil {
		copied := *t.Elem
		elem = &copied
	} else if members := t.Members; t.Type == schema.Object && members != nil && !members.IsOpen() && len(members.Fields()) <= mostPaired && !t.HasSecret() && len(members.Fields()) > 0 && !w.loader.lenient {
		joined, list := members.Fields()[0], members.Fields()
		for _, m := range list {
			joined = fields.Join(joined, m)
		}
		copied := *joined
		if elem = &copied; elem.Type == schema.Any {
			elem = w.mixedOf(elem, typesOf(list))
		}
	}
	elem.Name, elem.Aliases = "value", nil
	return &schema.Field{Type: schema.Object, Members: schema.MustNew(
		&schema.Field{Name: "key", Type: schema.String}, elem,
	)}
}

// loopNames names the item and its index, and returns the item's name.
func (w *stepCheck) loopNames(do *interp.ForEachStep, frame *frameScope, elem *schema.Field) string {
	item := w.loopName("as", "item")
	do.ItemSlot = frame.name(item, elem, "forEach")
	if b, ok := do.Items.(*interp.Binding); ok {
		known := frame.names[item]
		if slices.Contains(b.Program.Types(), schema.Map) { // its items are maps
			known.Types = []schema.Type{schema.Map}
		} else if of := interp.TypeOf(do.Items).Type; of != schema.Map && of != schema.Object {
			known.MayBeNull = b.Program.HoldsNull() != ""
			if can, all := b.Program.Elements(); all {
				known.Types = can
			}
		}
		frame.names[item] = known
	} else if types := writtenTypes(do.Items); len(types) > 1 {
		known := frame.names[item]
		known.Types = types
		frame.names[item] = known
	}
	if n := w.n.Get("indexAs"); n != nil {
		if _, taken := frame.names[n.Text]; taken {
			w.fail(n, "shadowed-name", "give one of the two another name", "the item and its index are both named %q", n.Text)
		}
		do.IndexSlot = frame.name(w.loopName("indexAs", "index"), &schema.Field{Type: schema.Integer}, "forEach")
	}
	return item
}

// writtenTypes are the types of the elements of a list that is written in the flow;
// none where one is not known.
func writtenTypes(list interp.Value) (types []schema.Type) {
	var items []interp.Value
	switch x := list.(type) {
	case interp.ListValue:
		items = x
	case interp.Constant:
		of, _ := x.V.([]any)
		for _, v := range of {
			items = append(items, interp.Constant{V: v})
		}
	}
	for _, item := range items {
		t := interp.TypeOf(item).Type
		if t == schema.Any {
			return nil
		}
		if !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
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
			w.fail(n, "shadowed-name", "give this loop another name with ‹as: other›", "the name %q belongs to a surrounding loop", name)
			return
		}
	}
}

func (w *stepCheck) collect(do *interp.ForEachStep, inner *scope) func() *schema.Field {
	n := w.n.Get("collect")
	if n == nil {
		return func() *schema.Field { return &schema.Field{Type: schema.Integer} }
	}
	if w.st.Id == "" && w.n.Get("id") == nil && !w.means("id") && !w.saidAt(w.n.Key("collect")) {
		w.fail(w.n.Key("collect"), "collect-without-id", "add ‹id: name›, so that the list is steps.name", "collect needs an id")
	}
	do.Collect = w.value(n, nil, inner, "collect")
	list := &schema.Field{Type: schema.List, Elem: interp.TypeOf(do.Collect)}
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
	failure := *interp.ErrorField
	failure.Name = "error"
	result := fields.ObjectOf([]*schema.Field{&items, {
		Name: "errors", Type: schema.List,
		Elem: fields.ObjectOf([]*schema.Field{{Name: "index", Type: schema.Integer}, &failure}),
	}})
	return func() *schema.Field { return result }
}
