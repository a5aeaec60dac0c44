package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// scope is what an expression can see at one place of the flow.
type scope struct {
	check *checker
	frame *frameScope
	ctx   *ctxScope
	// header is true in the connections and inputs of the header.
	header bool
	// user is what the step sees that uses a connection of the header.
	user *scope
	// labels is true in the labels of the header.
	labels bool
	// trigger is where in a trigger an expression stands; else nil.
	trigger *triggerScope
	// connection is the one of the header whose parameters these are; else nil.
	connection *connectionDecl
	// call is true in the parameters of a call.
	call bool
	// holds are the conditions around.
	holds *conditions
}

// frameScope is a frame of slots as the check sees it: the flow's own, one for
// an iteration, one for an undo. An overlay adds names to a frame for a part of
// the flow, such as error in a handler.
type frameScope struct {
	parent *frameScope
	depth  int
	count  *int // slots of the frame
	names  map[string]bind.Binding
	used   map[string]bool
}

func newFrameScope(parent *frameScope, depth int, count *int) *frameScope {
	return &frameScope{parent: parent, depth: depth, count: count, names: map[string]bind.Binding{}, used: map[string]bool{}}
}

func (f *frameScope) newSlot() int {
	*f.count++
	return interp.SlotAt(f.depth, *f.count-1)
}

func (f *frameScope) child() *frameScope { return newFrameScope(f, f.depth+1, new(int)) }

// overlay shares the slots of f.
func (f *frameScope) overlay() *frameScope { return newFrameScope(f, f.depth, f.count) }

func (f *frameScope) name(name string, t *schema.Field, source string) int {
	slot := f.newSlot()
	f.names[name] = bind.Binding{Slot: slot, Type: t, Source: source}
	return slot
}

// Roots lists the names that an expression may begin with.
func (sc *scope) Roots() []string {
	if sc.labels {
		return []string{"ctx"}
	}
	if sc.trigger != nil {
		return sc.trigger.roots()
	}
	roots := []string{"ctx", "steps", "env", "run"}
	if len(sc.check.secrets) > 0 {
		roots = append(roots, "secrets")
	}
	if sc.call {
		roots = append(roots, "step")
	}
	for f := sc.frame; f != nil; f = f.parent {
		roots = append(roots, value.SortedKeys(f.names)...)
	}
	return roots
}

// rooted returns the name that a problem is about, where an expression may begin with
// it, and looked for it in ctx.
func (sc *scope) rooted(text string, p bind.Problem) string {
	if sc == nil || p.Offset+p.Length > len(text) {
		return ""
	}
	name := strings.Trim(text[p.Offset:p.Offset+p.Length], `"'`)
	if !slices.Contains(sc.Roots(), name) {
		return ""
	}
	return name
}

// Resolve says what a reference is.
func (sc *scope) Resolve(ref bind.Ref) (bind.Binding, *bind.Problem) {
	b, p := sc.find(ref)
	if p == nil && b.Slot >= 0 {
		sc.check.reads = append(sc.check.reads, b.Slot)
	}
	return b, p
}

func (sc *scope) find(ref bind.Ref) (bind.Binding, *bind.Problem) {
	if sc.labels && slices.Contains(rootWords, ref.Root) && ref.Root != "ctx" {
		return bind.Binding{}, notInLabels(ref)
	}
	if sc.trigger != nil {
		return sc.trigger.find(sc, ref)
	}
	if d := sc.connection; d != nil {
		d.usesInputs = d.usesInputs || ref.Root == "ctx"
		if ref.Root == "secrets" && !slices.Contains(d.usesSecrets, ref.Name) {
			d.usesSecrets = append(d.usesSecrets, ref.Name)
		}
	}
	switch ref.Root {
	case "ctx":
		return bind.Binding{Slot: interp.CtxSlot, Type: ctxField, Members: sc.ctx}, nil
	case "steps":
		return sc.resolveStep(ref.Name)
	case "env":
		return bind.Binding{Slot: sc.check.envSlot(ref.Name), Type: &schema.Field{Type: schema.String, Nullable: true}}, nil
	case "run":
		return bind.Binding{Slot: interp.RunSlot, Type: runField}, nil
	case "secrets":
		return sc.resolveSecret(ref.Name)
	case "step":
		return sc.resolveCall()
	default:
		return sc.resolveName(ref)
	}
}

// resolveCall returns what a call's parameters can know of the call.
func (sc *scope) resolveCall() (bind.Binding, *bind.Problem) {
	if sc.call {
		return bind.Binding{Slot: interp.CallSlot, Type: callField}, nil
	}
	return bind.Binding{}, &bind.Problem{
		Rule: bind.RuleUnknownName, Message: `unknown name "step"`,
		Help: "step.idempotencyKey is known in the parameters of a call, in its with, only; results are in steps",
	}
}

var callField = &schema.Field{Type: schema.Object, Members: schema.MustNew(
	&schema.Field{Name: "idempotencyKey", Type: schema.String},
)}

func (sc *scope) resolveSecret(name string) (bind.Binding, *bind.Problem) {
	if slot, ok := sc.check.secrets[name]; ok {
		return bind.Binding{Slot: slot, Type: &schema.Field{Type: schema.String, Secret: true}, Secret: true}, nil
	}
	known := value.SortedKeys(sc.check.secrets)
	help := diag.Suggest(name, known, "secrets are")
	if len(known) == 0 {
		help = "declare it at the top: ‹secrets: {" + name + ": {env: NAME}}›"
	}
	return bind.Binding{}, &bind.Problem{Rule: "unknown-secret", Message: fmt.Sprintf("unknown secret %q", name), Help: help}
}

var runField = &schema.Field{Type: schema.Object, Members: schema.MustNew(
	&schema.Field{Name: "id", Type: schema.String},
	&schema.Field{Name: "flow", Type: schema.String},
	&schema.Field{Name: "startedAt", Type: schema.Timestamp},
)}

func (sc *scope) resolveName(ref bind.Ref) (bind.Binding, *bind.Problem) {
	for f := sc.frame; f != nil; f = f.parent {
		if b, ok := f.names[ref.Root]; ok {
			f.used[ref.Root] = true
			if len(b.Types) > 1 {
				b.Types = sc.narrowed(b.Types, ref.Root)
			}
			return b, nil
		}
	}
	p := &bind.Problem{Rule: "unknown-name", Message: fmt.Sprintf("unknown name %q", ref.Root)}
	plain := strings.TrimLeft(ref.Root, "$")
	switch {
	case sc.user.has(ref.Root):
		p.Help = fmt.Sprintf("%s is known to the step, and not to a connection at the top, which is shared: %s", ref.Root, intoStep)
	case plain != ref.Root && sc.ctx.field(plain) != nil:
		p.Help = "write ctx." + plain
	case plain != ref.Root && (plain == "" || !contains(rootWords, plain)):
		p.Help = "names stand without $: write ctx.NAME"
	case plain != ref.Root:
		p.Help = "names stand without $: write " + plain
	case sc.ctx.field(ref.Root) != nil:
		p.Help = fmt.Sprintf("did you mean ctx.%s?", ref.Root)
	case sc.check.stepNamed(ref.Root) != nil:
		p.Help = fmt.Sprintf("did you mean steps.%s?", ref.Root)
	case habits.Root(ref.Root) != "":
		p.Help = habits.Root(ref.Root)
	case ref.Root == "error":
		p.Help = "error is known in the handlers of catch only"
	case ref.Root == "omit":
		p.Help = "write null, which leaves a parameter out; only where null is refused, ?? omit ends the expression: ${ctx.name ?? omit}"
	case ref.Root == "result":
		p.Help = "result is known in undo only"
	default:
		p.Help = sc.suggestName(ref.Root)
	}
	return bind.Binding{}, p
}

// narrowed returns which of the types a name can be of where the conditions around
// hold.
func (sc *scope) narrowed(types []schema.Type, name string) []schema.Type {
	for h := sc.holds; h != nil; h = h.outer {
		types = sc.check.engine.Narrowed(types, name, h.text, !h.fails)
	}
	return types
}

// intoStep says how a connection sees what only its step sees.
const intoStep = "put the connection into the step, under its key connection"

// has reports whether an expression sees a name that a loop, a handler or an
// undo has.
func (sc *scope) has(name string) bool {
	if sc == nil {
		return false
	}
	for f := sc.frame; f != nil; f = f.parent {
		if _, ok := f.names[name]; ok {
			return true
		}
	}
	return false
}

// suggestName looks for what a misspelt name may have meant.
func (sc *scope) suggestName(name string) string {
	names := sc.ctx.Names()
	_, isRoot := diag.Nearest(name, sc.Roots())
	if nearest, ok := diag.Nearest(name, names); ok && !isRoot {
		return fmt.Sprintf("did you mean ctx.%s?", nearest)
	}
	return diag.Suggest(name, sc.Roots(), "an expression begins with one of")
}

func (sc *scope) resolveStep(id string) (bind.Binding, *bind.Problem) {
	info := sc.check.stepNamed(id)
	if info == nil {
		return bind.Binding{}, &bind.Problem{
			Rule: "unknown-step", Message: fmt.Sprintf("unknown step %q", id),
			Help: diag.Suggest(id, sc.check.visibleSteps(), "steps that have run here"),
		}
	}
	problem := func(message, help string) (bind.Binding, *bind.Problem) {
		return bind.Binding{}, &bind.Problem{Rule: "step-not-run", Message: message, Help: help}
	}
	if sc.connection != nil && sc.check.readFor != "" {
		return problem(fmt.Sprintf("secret %s is read with this connection before any step has run", sc.check.readFor),
			"give the secret another connection, as connection: beside its place")
	}
	switch info.state {
	case stepPending:
		if id == sc.check.undoing {
			return problem(fmt.Sprintf("in its own undo the result of step %q is result", id), "write result instead of steps."+id)
		}
		if id == sc.check.current {
			return problem(fmt.Sprintf("step %q refers to its own result", id), "its result is known in its undo, as result, and in the steps after it")
		}
		return problem(fmt.Sprintf("step %q has not run yet", id),
			fmt.Sprintf("it stands in line %d; move it before this one", info.at.Line))
	case stepInside:
		return problem(fmt.Sprintf("step %q runs inside a loop or an undo, its result is not known here", id),
			"give the loop ‹collect:› and ‹id:›, and refer to that")
	case stepElsewhere:
		return problem(fmt.Sprintf("step %q runs in the other branch", id), "")
	}
	if sc.header && (info.nullable || info.depth > 0) {
		return problem(fmt.Sprintf("a connection may refer to step %q only if it is certain to have run", id),
			"take away its condition, or give the connection in the step that uses it")
	}
	if info.slot == interp.NoSlot {
		return bind.Binding{}, &bind.Problem{
			Rule: "no-result", Message: fmt.Sprintf("step %q (%s) has no result", id, info.verb),
			Help: "refer to a step inside it, or set a name of ctx",
		}
	}
	b := bind.Binding{Slot: info.slot, Type: info.result(), Source: info.source, Secret: info.secret}
	if info.called != nil {
		b.Types = sc.narrowed(info.called.GivenTypes, "steps."+id)
	}
	return b, nil
}

// stepState says whether a step's result can be read at the current place.
type stepState uint8

const (
	stepPending   stepState = iota // stands further down
	stepDone                       // has run, or was skipped
	stepInside                     // ran inside an iteration or an undo that is over
	stepElsewhere                  // stands in the other branch
)

// stepInfo is what the check knows of a step with an id.
type stepInfo struct {
	at       diag.Span
	state    stepState
	verb     string
	slot     int
	depth    int
	nullable bool
	secret   bool
	meant    bool // its id stands under another key
	source   string
	guard    guard  // its condition
	unsure   string // id of the parallel that gathers the errors of its branch
	field    func() *schema.Field
	// holdsNull is true for a list of which an element can be null, or its member
	// list is one.
	holdsNull bool
	list      string
	called    *interp.Program // whose result can be of several types; else nil
}

func (i *stepInfo) result() *schema.Field {
	f := i.field()
	if !i.nullable || f == nil || f.Nullable {
		return f
	}
	nullable := *f
	nullable.Nullable = true
	return &nullable
}

func (c *checker) visibleSteps() []string {
	var ids []string
	for _, id := range c.done {
		if c.steps[id].state == stepDone && c.steps[id].slot != interp.NoSlot {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// secretEnv notes that something secret is made of what stands in slots.
func (c *checker) secretEnv(slots []int) {
	for i := range c.program.Env {
		if slices.Contains(slots, c.program.Env[i].Slot) {
			c.program.Env[i].Secret = true
		}
	}
}

// envSlot returns the slot of an environment variable.
func (c *checker) envSlot(name string) int {
	if slot, known := c.env[name]; known {
		return slot
	}
	slot := c.root.newSlot()
	c.env[name] = slot
	c.program.Env = append(c.program.Env, interp.EnvSlot{Name: name, Slot: slot})
	return slot
}
