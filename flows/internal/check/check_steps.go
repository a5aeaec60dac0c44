package check

import (
	"fmt"
	"strconv"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// verbs are what a step can do, each with how it is written between ‹ and ›.
var verbs = map[string]string{
	"call":     "call: lambda.invoke",
	"set":      "set: {name: value}",
	"if":       `if: "${...}"› with ‹then:`,
	"switch":   `switch: "${...}"› with ‹cases:`,
	"forEach":  `forEach: "${...}"› with ‹do:`,
	"parallel": "parallel: {name: [steps], other: [steps]}",
	"try":      "try: [steps]› with ‹catch:› or ‹finally:",
	"repeat":   `repeat: [steps]› with ‹until: "${...}"`,
	"wait":     "wait: 10s",
	"flow":     "flow: other.yaml› with ‹with:",
	"fail":     "fail: {code: Name, message: text}",
	"return":   "return: value",
}

// verbKeys are the keys that each verb takes beside the modifiers.
var verbKeys = map[string][]string{
	"call":     {"with", "connection", "retry", "timeout", "undo", "idempotent", "atMostOnce", "sensitive"},
	"set":      {},
	"if":       {"then", "else", "timeout"},
	"switch":   {"cases", "default", "timeout"},
	"forEach":  {"as", "indexAs", "do", "collect", "concurrency", "enough", "onError", "timeout"},
	"parallel": {"enough", "onError", "timeout"},
	"try":      {"catch", "finally", "retry", "timeout", "undo"},
	"repeat":   {"until", "every", "maxAttempts", "timeout"},
	"wait":     {},
	"flow":     {"with", "connections", "retry", "timeout", "undo"},
	"fail":     {},
	"return":   {},
}

// settingVerbs are those whose steps can give names of ctx values that are known
// behind them.
var settingVerbs = []string{"set", "switch", "parallel", "try", "repeat"}

var modifierKeys = []string{"id", "description", "if"}

// collectIDs notes every id of the file, so that a reference to a step further
// down is told from one to no step at all.
func (c *checker) collectIDs(n *node, depth int) {
	switch {
	case n == nil || depth > maxDepth:
	case n.Kind == listNode:
		for _, item := range n.Items() {
			c.collectIDs(item, depth+1)
		}
	case n.Kind == mapNode:
		written := n
		n, _ = flattened(n)
		n = c.meantStep(n)
		switch id := n.Get("id"); {
		case id == nil:
		case n == written || written.Get("id") != nil:
			c.declareID(id)
		case id.Kind == scalarNode:
			c.meantIDs = append(c.meantIDs, id)
		}
		for i, key := range n.Keys() {
			c.idsBehind(key.Text, n.Items()[i], depth)
		}
	}
}

// idsBehind is collectIDs of what stands behind a key that holds steps, also
// inside cases and handlers.
func (c *checker) idsBehind(key string, n *node, depth int) {
	switch key {
	case "then", "else", "do", "undo", "default", "try", "finally", "repeat":
		if n.Kind == mapNode {
			n = meantBlock(n)
		}
		c.collectIDs(n, depth+1)
	case "cases", "catch":
		if n.Kind == mapNode {
			n = pairsOf(n, "on")
		}
		c.collectIDs(n, depth+1)
	case "parallel":
		if n.Kind != mapNode {
			n = branchesOf(n)
		}
		if n == nil {
			return
		}
		for _, branch := range n.Items() {
			c.collectIDs(asBlock(branch), depth+1)
		}
	case "with", "set": // as most are
	default:
		if n.Kind == scalarNode || takesAnywhere(key) {
			return
		}
		if habits.Step("call", key).Verb() == "try" {
			c.collectIDs(n, depth+1)
		} else if verb := misspeltBlock(key, n); verb != "" {
			c.idsBehind(verb, n, depth)
		}
	}
}

// declareMeantIDs declares the ids that stand under other keys, as far as no step has
// them: they are told about once, not where they are named, too.
func (c *checker) declareMeantIDs() {
	for _, id := range c.meantIDs {
		if c.steps[id.Text] == nil && schema.IsIdentifier(id.Text) && !contains(operatorWords, id.Text) {
			c.steps[id.Text] = &stepInfo{at: c.src.At(id), slot: interp.NoSlot, meant: true}
		}
	}
	c.meantIDs = nil
}

func (c *checker) declareID(id *node) {
	name, ok := c.identifier(id, "an id")
	if !ok {
		if id.Kind == scalarNode && !id.IsNull() && !contains(operatorWords, id.Text) {
			c.meantIDs = append(c.meantIDs, named(id, identifierOf(id.Text))) // what the help says
		}
		return
	}
	if first := c.steps[name]; first != nil && first.meant {
		return
	} else if first != nil {
		c.fail(id, "duplicate-id", fmt.Sprintf("the first one is in line %d; ids are unique in a file, also inside loops and branches", first.at.Line),
			"two steps have the id %q", name)
		return
	}
	c.steps[name] = &stepInfo{at: c.src.At(id), slot: interp.NoSlot}
}

// idOf returns the id of a step, or the one that was surely meant by what cannot be one;
// empty for none.
func (c *checker) idOf(n *node) string {
	id := n.Get("id")
	if id == nil || id.Kind != scalarNode || id.Text == "" {
		return ""
	}
	if c.steps[id.Text] != nil {
		return id.Text
	}
	if name := identifierOf(id.Text); c.steps[name] != nil && c.steps[name].meant {
		return name
	}
	return ""
}

func (c *checker) topSteps(root *node, sc *scope) []*interp.Step {
	n := root.Get("steps")
	switch {
	case root.Get("output") != nil && (n == nil || n.IsNull() || n.Kind == listNode && len(n.Items()) == 0):
		return nil
	case n == nil:
		c.unclear = true
		if !c.meant["steps"] {
			c.fail(root, "missing-key", "add ‹steps:› with a list of steps, or ‹output:› with what the flow gives", "the flow has no steps")
		}
		return nil
	case n.IsNull() || n.Kind == listNode && len(n.Items()) == 0:
		c.fail(root.Key("steps"), "no-steps", "add a step, such as ‹- call: lambda.getAccountSettings›", "the list of steps is empty")
		return nil
	}
	return c.block(n, sc, "")
}

// block checks a list of steps. prefix is its path below the frame's path.
func (c *checker) block(n *node, sc *scope, prefix string) []*interp.Step {
	if n.Kind != listNode {
		c.unclear = true
		c.fail(n, "wrong-type", c.stepsHelp(n), "steps must be a list, found %s", describe(n))
		if n = meantBlock(n); n == nil {
			return nil
		}
	}
	if c.blocks++; c.blocks > maxDepth {
		c.fail(n, "too-deep", "move the inner part into a flow of its own", "blocks nest deeper than %d levels", maxDepth)
		return nil
	}
	around := sc.holds
	defer func() { c.blocks, sc.holds = c.blocks-1, around }()
	steps := make([]*interp.Step, 0, cap(n.Items()))
	var ended *interp.Step
	for i := 0; i < len(n.Items()) || n == c.stepList && c.moreSteps(); i++ {
		item := n.Items()[i]
		st := c.step(item, sc, prefix, i+1)
		if ended != nil && st != nil {
			c.warn(item, "unreachable-step", "take it out, or give what ends before it a condition", "this step never runs: the %s in line %d ends the block", ended.Verb, ended.At.Line)
			ended = nil
		}
		if st == nil {
			continue
		}
		steps = append(steps, st)
		if st.Ends() {
			ended = st
		}
		sc.holds = behind(item, st, sc)
	}
	return steps
}

// behind returns what holds behind a step: where a condition decides whether the step
// ends the block, that it did not.
func behind(n *node, st *interp.Step, sc *scope) *conditions {
	switch then, otherwise := st.EndsIf(); {
	case then && !otherwise:
		return sc.refutes(n.Get("if"))
	case otherwise && !then:
		return sc.proves(n.Get("if"))
	}
	return sc.holds
}

// step checks one step.
func (c *checker) step(n *node, sc *scope, prefix string, position int) *interp.Step {
	if n.Kind != mapNode {
		c.unclear = true
		if verb := verbSpelt(n.Text); verb != "" && n.Kind == scalarNode {
			c.fail(n, "wrong-type", c.stepHelp(n), "%s alone is no step: what it needs stands behind a colon", n.Text)
			return nil
		}
		c.fail(n, "wrong-type", c.stepHelp(n), "a step must be a map, found %s", describe(n))
		return nil
	}
	if flat, at := flattened(n); at != nil {
		c.unclear = true
		c.fail(at, "wrong-type", flatHelp(flat, at.Text), "%s has a map behind it, and its keys belong beside it", at.Text)
		n = flat
	}
	verb, key, meant := c.verb(n)
	isForeign := meant != n
	if isForeign {
		c.unclear = true
	}
	if n = meant; verb == "" {
		c.unclear = true
		c.unknownStep(c.meantStep(n), sc)
		return nil
	}
	outerBeside := c.beside
	c.beside = nil
	if verb == "call" {
		c.beside = c.parametersBeside(n)
	}
	if !hasItsKeys(n, verb) {
		if around := c.aroundStep(n, verb); around != nil {
			c.beside = outerBeside
			c.step(around, sc, prefix, position)
			c.unknownStep(n, sc)
			return nil
		}
		n = c.stepKeys(n, verb)
	}
	w := c.newStep()
	st := w.st
	st.Verb, st.At, st.Slot = verb, c.src.Place(key), interp.NoSlot
	if id := c.idOf(n); id != "" {
		st.Id, st.Rel = id, prefix+"/"+id
	} else {
		var few [64]byte
		st.Rel = string(strconv.AppendInt(append(append(few[:0], prefix...), '/'), int64(position), 10))
	}
	if n.Get("description") != nil {
		c.text(n.Get("description"), "description")
	}
	outer := c.current
	c.current = st.Id
	w.n, w.sc, w.verb, w.body = n, sc, key, n.Get(verb)
	if guard := n.Get("if"); guard != nil && verb != "if" {
		st.Guard = c.condition(guard, sc, "if")
		inner := *sc
		inner.holds = sc.proves(guard)
		if contains(settingVerbs, verb) {
			inner.ctx = sc.ctx.child()
		}
		w.sc = &inner
	}
	mark, moment := len(c.done), c.moves
	said := len(c.diags)
	w.check()
	if isForeign {
		c.onlyOnce(said, key, n.Get(verb), n.Key("with"))
	}
	if w.sc != sc {
		c.behindGuard(mark, n.Get("if"), moment)
		ctx := w.sc.ctx
		w.sc = sc
		if len(ctx.own) > 0 && ctx != sc.ctx {
			skipped := sc.ctx.child()
			w.narrow(skipped, ctx.own, n.Get("if"), false)
			w.joinWays([]way{{ctx: ctx}, {ctx: skipped}})
			w.onlyThere(ctx, skipped, ctx.own, guardOf(n.Get("if"), moment))
		}
	}
	c.noteGuard(n, moment)
	c.current, c.beside = outer, outerBeside
	return st
}

// stepRoom is room for steps and their checks, which are made in lots: a large
// file has tens of thousands.
type stepRoom struct {
	steps    []interp.Step
	checks   []stepCheck
	bindings []interp.Binding
	ctxs     []ctxScope
	keys     []string
	values   []interp.Value
}

func (c *checker) newBinding() *interp.Binding { return &some(&c.room.bindings, 1)[0] }

// newMap returns room for a map of n values.
func (c *checker) newMap(n int) (keys []string, values []interp.Value) {
	if n > lot {
		return make([]string, n), make([]interp.Value, n)
	}
	return some(&c.room.keys, n), some(&c.room.values, n)
}

// lot is how many of a kind are made at a time.
const lot = 32

// some returns n of what is left, or of a new lot.
func some[T any](left *[]T, n int) []T {
	if len(*left) < n {
		*left = make([]T, lot)
	}
	out := (*left)[:n:n]
	*left = (*left)[n:]
	return out
}

func (c *checker) newStep() *stepCheck {
	w := &some(&c.room.checks, 1)[0]
	w.checker, w.st = c, &some(&c.room.steps, 1)[0]
	return w
}

// unknownStep goes on with a step that cannot run, so that references to it
// are no further mistakes.
func (c *checker) unknownStep(n *node, sc *scope) {
	id := n.Get("id")
	if id == nil || c.steps[id.Text] == nil {
		return
	}
	w := &stepCheck{checker: c, n: n, sc: sc, st: &interp.Step{Id: id.Text, Slot: interp.NoSlot}}
	w.finish(func() *schema.Field { return fields.Anything }, "", false)
}

// condition checks an expression that must be true or false.
func (c *checker) condition(n *node, sc *scope, what string) *interp.Binding {
	if n.Kind == scalarNode && !bind.HasExpr(n.Text) {
		if v, _ := n.Value(); v == true || v == false {
			n = &node{Line: n.Line, Col: n.Col, Text: "${" + n.Text + "}", Style: n.Style}
		} else {
			help := habits.Condition(n.Text, sc.known)
			if help == "" || n.Kind != scalarNode {
				help = `write an expression, such as "${ctx.count > 3}"`
			}
			c.fail(n, "condition-type", help, "%s must be true or false, found %s", what, describe(n))
			return nil
		}
	}
	v, ok := c.value(n, conditionField, sc, what).(*interp.Binding)
	if !ok {
		return nil
	}
	if !v.Program.Whole() {
		c.fail(n, "condition-type", "put the whole condition between ${ and }: ‹\"${ctx.count > 3}\"›", "%s must be true or false, and this is text with an expression in it", what)
	}
	return v
}

var conditionField = &schema.Field{Type: schema.Boolean, Required: true}

// stepCheck is the check of one step.
type stepCheck struct {
	*checker
	n    *node // the step
	body *node // the value of its verb
	verb *node // the key of its verb
	sc   *scope
	st   *interp.Step
}

func (w *stepCheck) check() {
	if t := w.n.Get("timeout"); t != nil {
		w.st.Timeout = w.value(t, fields.DurationField, w.sc, "timeout")
		if fixed, ok := w.st.Timeout.(interp.Constant); ok {
			w.st.Limit, _ = interp.AsDuration(fixed.V, "timeout")
		}
	}
	if r := w.n.Get("retry"); r != nil {
		w.st.Retry = w.retry(r)
	}
	switch w.st.Verb {
	case "call":
		w.call()
	case "set":
		w.set()
	case "if":
		w.branches()
	case "switch":
		w.switchStep()
	case "forEach":
		w.forEach()
	case "parallel":
		w.parallel()
	case "try":
		w.try()
	case "repeat":
		w.repeat()
	case "wait":
		w.wait()
	case "flow":
		w.subFlow()
	case "fail":
		w.failStep()
	case "return":
		w.returnStep()
	}
	if r := w.n.Get("retry"); r != nil && r.Kind == mapNode {
		w.retryCodes(r.Get("on"))
	}
}

// retryCodes looks at what the step is tried again after.
func (w *stepCheck) retryCodes(on *node) {
	switch do := w.st.Do.(type) {
	case *interp.TryStep:
		w.unknownCodes(on, do.Body, "nothing in this try")
	case *interp.CallStep:
		w.unknownCodes(on, []*interp.Step{w.st}, "no operation of "+do.Owner.Name)
	default:
		w.unknownCodes(on, []*interp.Step{w.st}, "nothing in this step")
	}
}

// finish notes that the step has run, and what it gives. A nil field means
// that it gives nothing.
func (w *stepCheck) finish(field func() *schema.Field, source string, secret bool) {
	if w.st.Id == "" {
		return
	}
	info := w.steps[w.st.Id]
	if info.state != stepPending {
		return // the id stands twice
	}
	*info = stepInfo{
		at: info.at, state: stepDone, verb: w.st.Verb, slot: interp.NoSlot, depth: w.sc.frame.depth,
		nullable: w.st.Guard != nil, source: source, secret: secret, field: field,
	}
	if field != nil {
		w.st.Slot = w.sc.frame.newSlot()
		info.slot = w.st.Slot
	}
	w.done = append(w.done, w.st.Id)
}

// leave gives the steps that ended since mark another state. Where they may
// not have run, their results can be null from here on.
func (c *checker) leave(mark int, state stepState, nullable bool) {
	for _, id := range c.done[mark:] {
		info := c.steps[id]
		if info.state != stepInside {
			info.state = state
		}
		if nullable { // and a guard of its own says nothing of the block around it
			info.nullable, info.guard = true, guard{}
		}
	}
}
