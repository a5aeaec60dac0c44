package flowtest

import (
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/faults"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/schema"
)

// claim is an expression that must hold at the end of each run of a test.
type claim struct {
	text    string
	program *bind.Program
	calls   []string // the operations that it asks for
}

// callsOf finds calls('lambda.invoke'). It is compiled as calls['lambda.invoke'],
// which is as long.
var callsOf = regex.Late{Text: `\bcalls\(\s*(?:'([^'"]*)'|"([^'"]*)")\s*\)`}

// always reads a list of expressions.
func (r *reader) always(n *node) []*claim {
	var list []*claim
	for _, item := range r.list(n, "always") {
		if c := r.claim(item); c != nil {
			list = append(list, c)
		}
	}
	return list
}

func (r *reader) claim(n *node) *claim {
	text, ok := r.words(n, "always")
	if !ok {
		return nil
	}
	c := &claim{text: text}
	indexed := callsOf.Get().ReplaceAllStringFunc(text, func(found string) string {
		return "calls[" + found[len("calls("):len(found)-1] + "]"
	})
	for _, m := range callsOf.Get().FindAllStringSubmatch(text, -1) {
		name := m[1] + m[2]
		op := r.called(n, name)
		if op == nil {
			return nil
		}
		if op.Name != name {
			r.fail(n, "unknown-operation", "write calls('"+op.Name+"')", "the operation %q is named %s", name, op.Name)
			return nil
		}
		c.calls = append(c.calls, name)
	}
	program, problems := r.claims().Compile(indexed, claimScope{c.calls})
	for _, p := range problems {
		r.fail(n, "bad-always", p.Help, "always: %s", p.Message)
	}
	switch {
	case len(problems) > 0:
		return nil
	case !program.Whole() || program.Type().Type != schema.Boolean:
		r.fail(n, "bad-always", "write \"${run.outcome == 'done' or calls('NAME').changed == 0}\"", "always: is a condition")
		return nil
	}
	c.program = program
	return c
}

// claims is what compiles the conditions of the file.
func (r *reader) claims() *bind.Engine {
	if r.engine == nil {
		r.engine = bind.NewEngine()
	}
	return r.engine
}

// claimScope is what such a condition can ask for: run, and calls.
type claimScope struct{ calls []string }

const (
	slotRun = iota
	slotCalls
)

// Roots lists the names.
func (claimScope) Roots() []string { return []string{"run", "calls"} }

// Resolve says what they are.
func (s claimScope) Resolve(ref bind.Ref) (bind.Binding, *bind.Problem) {
	switch ref.Root {
	case "run":
		outcome := &schema.Field{Name: "outcome", Type: schema.String, Enum: []any{runtime.EndDone, runtime.EndFailed, runtime.EndCanceled}}
		return bind.Binding{Slot: slotRun, Type: &schema.Field{Type: schema.Object, Members: schema.MustNew(outcome)}}, nil
	case "calls":
		var members []*schema.Field
		for _, name := range slices.Compact(slices.Sorted(slices.Values(s.calls))) {
			members = append(members, &schema.Field{Name: name, Type: schema.Object, Members: schema.MustNew(
				&schema.Field{Name: "attempts", Type: schema.Integer}, &schema.Field{Name: "succeeded", Type: schema.Integer},
				&schema.Field{Name: "changed", Type: schema.Integer},
			)})
		}
		return bind.Binding{Slot: slotCalls, Type: &schema.Field{Type: schema.Object, Members: schema.MustNew(members...)}}, nil
	default:
		return bind.Binding{}, &bind.Problem{}
	}
}

// claimVars are the values of one run.
type claimVars [2]any

// Load returns a value.
func (v *claimVars) Load(slot int, _ bool) any { return v[slot] }

// Payloads is false: there are numbers and texts.
func (*claimVars) Payloads() bool { return false }

// broken says what does not hold of a run; empty where it does.
func (c *claim) broken(e *faults.End) string {
	numbers := e.Numbers()
	calls := make(map[string]any, len(c.calls))
	for _, name := range c.calls {
		n := numbers[name]
		calls[name] = map[string]any{"attempts": n.Attempts, "succeeded": n.Succeeded, "changed": n.Changed}
	}
	v, err := c.program.Eval(&claimVars{map[string]any{"outcome": e.Outcome()}, calls})
	if err != nil {
		return fmt.Sprintf("%s cannot be evaluated: %v", c.text, err)
	}
	if v == true {
		return ""
	}
	text := fmt.Sprintf("%s does not hold: the run is %s", c.text, e.Outcome())
	for _, name := range c.calls {
		n := numbers[name]
		text += fmt.Sprintf(", %s has %d attempts, %d succeeded, %d changed", name, n.Attempts, n.Succeeded, n.Changed)
	}
	return text
}
