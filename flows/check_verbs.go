package flows

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/diag"
	"github.com/medlar-flow/medlar/schema"
)

func (w *stepCheck) call() {
	name := w.text(w.body, "call")
	op, ok := w.registry.Operation(name)
	if !ok {
		if name != "" {
			w.unknownOperation(name)
		}
		w.unknownCall()
		return
	}
	call := &callStep{op: op, owner: w.registry.Owner(op)}
	w.st.do = call
	if v, ok := w.option(w.n, "idempotent", booleanField, "step"); ok {
		call.idempotent = v.(bool)
	}
	if v, ok := w.option(w.n, "sensitive", booleanField, "step"); ok {
		call.sensitive = v.(bool)
	}
	params := op.Params()
	call.hasSecrets = call.sensitive || (&schema.Field{Type: schema.Object, Members: params}).HasSecret()
	call.gives = call.sensitive || op.Result().HasSecret()
	call.connection = w.connection(call.owner)
	w.parameters(call, params)
	w.undo(op.Result, op.Name)
	w.finish(op.Result, op.Name, call.sensitive)
}

// unknownCall goes on with a step whose operation is not known, so that its
// expressions are checked, and so that references to it are no mistakes.
func (w *stepCheck) unknownCall() {
	if with := w.n.get("with"); with != nil {
		w.value(with, nil, w.sc, "with")
	}
	free := func() *schema.Field { return anything }
	w.undo(free, "")
	w.finish(free, "", false)
}

func (w *stepCheck) unknownOperation(name string) {
	prefix, _, dotted := strings.Cut(name, ".")
	owner, known := w.registry.Connector(prefix)
	switch {
	case !dotted:
		w.fail(w.body, "unknown-operation", "an operation is written connector.operation, such as lambda.invoke", "there is no operation %q", name)
	case !known:
		var names []string
		for _, c := range w.registry.Connectors() {
			names = append(names, c.Name)
		}
		w.fail(w.body, "unknown-operation", diag.Suggest(prefix, names, "connectors are"), "there is no connector %q", prefix)
	default:
		var names []string
		for _, op := range owner.Operations {
			names = append(names, op.Name)
		}
		help := diag.DidYouMean(owner.Name+strings.TrimPrefix(name, prefix), names)
		w.fail(w.body, "unknown-operation", strings.TrimSpace(help+" runner ops "+owner.Name+" lists them"), "there is no operation %q", name)
	}
}

func (w *stepCheck) parameters(call *callStep, params *schema.Schema) {
	with, at := w.n.get("with"), w.body
	switch {
	case with == nil || with.isNull():
		with = &node{kind: mapNode, line: at.line, col: at.col}
	case with.kind != mapNode:
		w.fail(with, "wrong-type", "write its parameters as name: value", "with must be a map, found %s", describe(with))
		return
	default:
		at = w.n.key("with")
	}
	before := len(w.diags)
	w.hints = call.op.Hints
	call.params = w.object(with, params, w.sc, "with", at)
	w.hints = nil
	call.taint = taint(call.params, call.paramsField())
	fixed, ok := call.params.(constant)
	if !ok || len(w.diags) > before {
		return
	}
	converted, err := params.Convert(fixed.v.(map[string]any))
	if err != nil {
		w.fieldErrors(with, err, "with")
		return
	}
	call.params, call.converted = constant{converted}, true
}

// connection finds the connection of a call; nil where it needs none.
func (w *stepCheck) connection(owner *connector.Connector) *connectionUse {
	n := w.n.get("connection")
	if owner.Connection == nil {
		if n != nil {
			w.fail(n, "no-connection", "leave it out", "connector %s takes no connection", owner.Name)
		}
		return nil
	}
	switch {
	case n == nil:
		return w.defaultConnection(owner)
	case n.kind == mapNode:
		plan := &connectionPlan{name: "", at: w.src.at(n), inline: true}
		w.hints = owner.Hints
		plan.params = w.object(n, owner.Connection, w.sc, "connection", n)
		w.hints = nil
		return &connectionUse{plan}
	}
	name := w.text(n, "connection")
	decl := w.connections[name]
	if decl == nil {
		if name != "" {
			known := schema.SortedKeys(w.connections)
			w.fail(n, "unknown-connection", diag.Suggest(name, known, "connections are"), "there is no connection %q", name)
		}
		return &connectionUse{}
	}
	if decl.owner != nil && decl.owner != owner && (owner.Family == "" || decl.owner.Family != owner.Family) {
		w.fail(n, "wrong-connection", "", "connection %s is for %s, this step calls %s", name, decl.owner.Name, owner.Name)
	}
	return &connectionUse{w.usePlan(decl, w.sc)}
}

// defaultConnection is the one named like the connector, or like its family.
func (w *stepCheck) defaultConnection(owner *connector.Connector) *connectionUse {
	for _, name := range append([]string{owner.Name}, append(owner.Aliases, owner.Family)...) {
		if decl := w.connections[name]; decl != nil {
			return &connectionUse{w.usePlan(decl, w.sc)}
		}
	}
	return &connectionUse{}
}

func (w *stepCheck) set() {
	if w.body.kind != mapNode || len(w.body.keys) == 0 {
		w.fail(w.body, "wrong-type", "write set: {name: value}", "set must be a map of names, found %s", describe(w.body))
		return
	}
	m := &mapValue{}
	types := make([]*schema.Field, len(w.body.keys))
	for i, key := range w.body.keys {
		w.noExpression(key, "a name that is set")
		v := w.value(w.body.items[i], nil, w.sc, "set."+key.text)
		m.keys, m.items = append(m.keys, key.text), append(m.items, v)
		types[i] = typeOf(v)
	}
	for i, key := range w.body.keys {
		w.assign(key, types[i])
	}
	w.st.do = &setStep{m}
	w.finish(nil, "", false)
}

// assign gives a name its type, which it keeps from its first assignment on.
func (w *stepCheck) assign(key *node, t *schema.Field) {
	if w.grown[key.text] && !t.HasSecret() {
		secret := *t
		secret.Secret, t = true, &secret
	}
	first := w.sc.ctx.schema.Field(key.text)
	switch {
	case first == nil:
		w.sc.ctx.set(key.text, t)
	case !canFit(t, first):
		w.fail(key, "type-change", "use another name", "%s is %s and cannot become %s", key.text, article(first), article(t))
	case first.Type != t.Type:
		again := *first
		again.Secret = again.Secret || t.HasSecret()
		w.sc.ctx.set(key.text, &again)
	default:
		w.sc.ctx.set(key.text, t)
	}
}

// article names a type in a sentence.
func article(f *schema.Field) string {
	name := f.TypeName()
	if name == "string" {
		return "text"
	}
	if strings.ContainsRune("aeio", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// typeOf gives the static type of a value.
func typeOf(v value) *schema.Field {
	switch x := v.(type) {
	case constant:
		return typeOfConstant(x.v)
	case *binding:
		t := x.program.Type()
		if t == nil {
			t = anything
		}
		if x.program.Secret() && !t.HasSecret() {
			secret := *t
			secret.Secret = true
			return &secret
		}
		return t
	case *mapValue:
		fields := make([]*schema.Field, len(x.keys))
		for i, key := range x.keys {
			f := *typeOf(x.items[i])
			f.Name, f.Aliases = key, nil
			fields[i] = &f
		}
		return objectOf(fields)
	case listValue:
		return &schema.Field{Type: schema.List, Elem: commonType(x)}
	case *dynamicMap:
		return &schema.Field{Type: schema.Map, Elem: commonType(x.items)}
	case *fileValue:
		return &schema.Field{Type: schema.Bytes}
	default:
		return anything
	}
}

func objectOf(fields []*schema.Field) *schema.Field {
	s, err := schema.New(fields...)
	if err != nil {
		return &schema.Field{Type: schema.Map}
	}
	return &schema.Field{Type: schema.Object, Members: s}
}

// commonType is the type of all items where they share one.
func commonType(items []value) *schema.Field {
	var common *schema.Field
	for _, item := range items {
		t := typeOf(item)
		switch {
		case common == nil:
			common = t
		case t.HasSecret() || common.HasSecret():
			return &schema.Field{Nullable: true, Secret: true}
		case t.Type != common.Type || t.Type == schema.Object || t.Elem != common.Elem:
			common = anything
		}
	}
	if common == nil {
		return anything
	}
	return common
}

func typeOfConstant(v any) *schema.Field {
	switch x := v.(type) {
	case nil:
		return anything
	case string:
		return &schema.Field{Type: schema.String}
	case bool:
		return &schema.Field{Type: schema.Boolean}
	case int64:
		return &schema.Field{Type: schema.Integer}
	case float64:
		return &schema.Field{Type: schema.Number}
	case []any:
		items := make([]value, len(x))
		for i, item := range x {
			items[i] = constant{item}
		}
		return &schema.Field{Type: schema.List, Elem: commonType(items)}
	case map[string]any:
		if len(x) == 0 {
			return &schema.Field{Type: schema.Map} // to be filled
		}
		fields := make([]*schema.Field, 0, len(x))
		for _, key := range schema.SortedKeys(x) {
			f := *typeOfConstant(x[key])
			f.Name, f.Aliases = key, nil
			fields = append(fields, &f)
		}
		return objectOf(fields)
	default:
		return anything
	}
}

func (w *stepCheck) failStep() {
	do := &failStep{}
	w.st.do = do
	w.finish(nil, "", false)
	if w.rethrow(do) {
		return
	}
	if w.body.kind != mapNode {
		w.fail(w.body, "wrong-type", "write fail: {code: Name, message: text}", "fail must be a map, found %s", describe(w.body))
		return
	}
	v := w.object(w.body, failSchema, w.sc, "fail", w.verb)
	m, ok := v.(*mapValue)
	if !ok {
		fixed, _ := v.(constant).v.(map[string]any)
		m = &mapValue{}
		for _, key := range schema.SortedKeys(fixed) {
			m.keys, m.items = append(m.keys, key), append(m.items, constant{fixed[key]})
		}
	}
	for i, key := range m.keys {
		if w.secretBinding(m.items[i]) {
			w.warn(w.body.get(key), "secret-shown", "leave it out: it is shown as ***", "fail.%s holds a secret", key)
		}
		switch key {
		case "code":
			do.code = m.items[i]
		case "message":
			do.message = m.items[i]
		case "details":
			do.details = m.items[i]
		}
	}
}

// rethrow recognises fail: "${error}".
func (w *stepCheck) rethrow(do *failStep) bool {
	if w.body.kind != scalarNode || !bind.HasExpr(w.body.text) {
		return false
	}
	b, ok := w.value(w.body, errorField, w.sc, "fail").(*binding)
	if !ok {
		return true
	}
	refs := b.program.Refs()
	if !b.program.Whole() || len(refs) != 1 || refs[0].Root != "error" || !sameType(b.program.Type()) {
		w.fail(w.body, "wrong-type", "write fail: {code: Name, message: text}", "fail throws error itself again, or an error of its own")
		return true
	}
	slot, _ := w.sc.Resolve(refs[0])
	do.again, do.errorSlot = true, slot.Slot+1
	w.reads = append(w.reads, do.errorSlot)
	return true
}

// sameType is true for the error object as a whole.
func sameType(t *schema.Field) bool { return t != nil && t.Members == errorField.Members }

var failSchema = schema.MustNew(
	&schema.Field{
		Name: "code", Type: schema.String, Required: true, Pattern: `^[A-Za-z_][A-Za-z0-9_.]*$`,
		Description: "a name for the failure, such as Unhealthy",
	},
	&schema.Field{Name: "message", Type: schema.String, Required: true, Description: "what went wrong, for people"},
	&schema.Field{Name: "details", Type: schema.Map, Elem: &schema.Field{Nullable: true}, Description: "values that belong to it"},
)

func (w *stepCheck) returnStep() {
	if len(w.loopKinds) > 0 {
		kind := w.loopKinds[len(w.loopKinds)-1]
		w.fail(w.verb, "return-inside", "set a name of ctx, or use fail", "return cannot stand inside %s", kind)
	}
	v := w.value(w.body, nil, w.sc, "return")
	w.warnSecrets(w.body, v, "return")
	w.returns = append(w.returns, typeOf(v))
	w.st.do = &returnStep{v, typeOf(v)}
	w.finish(nil, "", false)
}

// retry reads how a step is tried again.
func (w *stepCheck) retry(n *node) *retryPolicy {
	p := defaultRetry()
	if n.kind == scalarNode {
		if v, ok := w.literal(n, attemptsField, "retry"); ok {
			p.attempts = int(v.(int64))
		}
		return p
	}
	before := len(w.diags)
	v, ok := w.object(n, retrySchema, nil, "retry", n).(constant)
	if n.kind != mapNode || !ok || len(w.diags) > before {
		if n.kind != mapNode {
			w.fail(n, "wrong-type", "write retry: 3, or retry: {attempts: 3, delay: 1s}", "retry must be a number or a map, found %s", describe(n))
		}
		return p
	}
	converted, err := retrySchema.Convert(v.v.(map[string]any))
	if err != nil {
		w.fieldErrors(n, err, "retry")
		return p
	}
	p.read(converted)
	w.unknownCodes(n.get("on"))
	return p
}

// unknownCodes warns of classes and codes that the operation does not give, as
// far as that is known.
func (w *stepCheck) unknownCodes(n *node) {
	if n == nil {
		return
	}
	items := n.items
	if n.kind == scalarNode {
		items = []*node{n}
	}
	classes := make([]string, 0, len(connector.Classes()))
	for _, class := range connector.Classes() {
		classes = append(classes, string(class))
	}
	for _, item := range items {
		if connector.IsClass(item.text) || strings.ToLower(item.text[:min(1, len(item.text))]) != item.text[:min(1, len(item.text))] {
			continue
		}
		w.warn(item, "unknown-class", diag.Suggest(item.text, classes, "classes are"), "%q is no class of errors; a code begins with a capital letter", item.text)
	}
}

// undo checks what takes the step back.
func (w *stepCheck) undo(result func() *schema.Field, source string) {
	n := w.n.get("undo")
	if n == nil {
		return
	}
	if n.kind == mapNode {
		n = &node{kind: listNode, line: n.line, col: n.col, items: []*node{n}}
	}
	frame := w.sc.frame.child()
	plan := &undoPlan{resultSlot: frame.name("result", result(), source)}
	inner := &scope{check: w.checker, frame: frame, ctx: w.sc.ctx.child(), proven: w.sc.proven}
	mark, reads := len(w.checker.done), len(w.reads)
	w.loopKinds = append(w.loopKinds, "undo")
	outer := w.undoing
	w.undoing = w.st.id
	plan.steps = w.block(n, inner, "")
	w.undoing = outer
	w.loopKinds = w.loopKinds[:len(w.loopKinds)-1]
	w.leave(mark, stepInside, false)
	plan.slots, plan.usesResult = *frame.count, frame.used["result"]
	plan.reads = slices.DeleteFunc(slices.Clone(w.reads[reads:]), func(slot int) bool { return slot>>depthShift > w.sc.frame.depth })
	w.st.undo = plan
}
