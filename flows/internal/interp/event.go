package interp

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/schema"
)

// Event is what a trigger got: a request or a tick, as its expressions see it.
type Event struct {
	Request map[string]any // nil for a tick
	Tick    map[string]any // nil for a request
	Value   map[string]any // of a source of events; nil for others
	Now     time.Time      // when it came
}

func (e Event) vars() triggerVars {
	return triggerVars{slots: map[int]any{RequestSlot: e.Request, TickSlot: e.Tick, EventSlot: e.Value}, now: e.Now}
}

// Wants reports whether the trigger's condition lets an event begin a run.
func (t *Trigger) Wants(e Event) (bool, error) {
	if t.If == nil {
		return true, nil
	}
	v, err := t.If.evalWith(e.vars())
	if err != nil {
		return false, err
	}
	yes, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("%s: the condition is neither true nor false", t.If.At)
	}
	return yes, nil
}

// maxIdentity bounds an identity, in bytes.
const maxIdentity = 1024

// Identity returns what the trigger says an event is known by; empty where it
// says nothing.
func (t *Trigger) Identity(e Event) (string, error) {
	if t.ID == nil {
		return "", nil
	}
	v, err := evalWith(t.ID, e.vars())
	if err != nil {
		return "", err
	}
	converted, err := KeyField.Convert(v)
	if err != nil {
		return "", fmt.Errorf("its id: %w", err)
	}
	text, _ := converted.(string)
	switch {
	case text == "":
		return "", fmt.Errorf("its id is empty")
	case len(text) > maxIdentity:
		return "", fmt.Errorf("its id has %d bytes, and %d is the most", len(text), maxIdentity)
	}
	return text, nil
}

// Inputs returns what the trigger's with makes of an event; nil where it has none,
// and inputs are taken by name.
func (t *Trigger) Inputs(e Event) (map[string]any, error) {
	v, err := evalWith(t.With, e.vars())
	if err != nil {
		return nil, err
	}
	inputs, _ := v.(map[string]any)
	return inputs, nil
}

// CheckInputs returns what is wrong with inputs, before a run begins.
func (p *Program) CheckInputs(inputs map[string]any) error {
	_, err := p.bindInputs(inputs)
	return err
}

// Trigger returns the trigger of a name; nil for none.
func (p *Program) Trigger(name string) *Trigger {
	for _, t := range p.Triggers {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// beside begins what is no run, and reads secrets as one does.
func (x *Run) beside(ctx context.Context) (local *inProcess, end func()) {
	if x.options.RunID == "" {
		x.options.RunID = newRunID()
	}
	x.begin(x.program, map[string]any{})
	local, done := x.inProcess(ctx)
	return local, func() {
		_ = local.connections.close() // only secrets were read with them
		done()
	}
}

// Authentication returns the parameters by which the callers of a trigger are
// known, with the secrets as they are now. The error is an *InputError where one
// is missing.
func (x *Run) Authentication(ctx context.Context, t *Trigger) (map[string]any, error) {
	_, done := x.beside(ctx)
	defer done()
	specs := x.program.secretsOf(t.AuthParams)
	if err := x.readSecretsOf(ctx, specs); err != nil {
		return nil, err
	}
	slots := map[int]any{}
	for _, spec := range specs {
		slots[spec.Slot] = x.secretValues[spec.SecretRef]
	}
	v, err := evalWith(t.AuthParams, triggerVars{slots: slots, files: x.program.Fsys})
	if err != nil {
		return nil, err
	}
	params, _ := v.(map[string]any)
	return params, nil
}

// CheckSecrets reads the secrets that stand in no store.
func (x *Run) CheckSecrets(ctx context.Context) error {
	_, done := x.beside(ctx)
	defer done()
	return x.readSecretsOf(ctx, slices.DeleteFunc(slices.Clone(x.program.AllSecrets()), func(s SecretSpec) bool { return s.Store != nil }))
}

// secretsOf returns the secrets of the program that values read.
func (p *Program) secretsOf(values ...Value) (specs []SecretSpec) {
	read := map[string]bool{}
	for _, v := range values {
		namesRead(v, "secrets", read)
	}
	for _, spec := range p.Secrets {
		if read[spec.Name] {
			specs = append(specs, spec)
		}
	}
	return specs
}

// namesRead collects what the expressions of a value read below a root.
func namesRead(v Value, root string, read map[string]bool) {
	var inner []Value
	switch x := v.(type) {
	case *Binding:
		for _, ref := range x.Program.Refs() {
			if ref.Root == root {
				read[ref.Name] = true
			}
		}
	case ListValue:
		inner = x
	case *MapValue:
		inner = x.Items
	case *DynamicMap:
		inner = append(slices.Clone(x.Keys), x.Items...)
	}
	for _, one := range inner {
		namesRead(one, root, read)
	}
}

// TakesSecrets reports whether an input of the program, or a value of a signal
// that it or a flow that it calls waits for, is secret.
func (p *Program) TakesSecrets() bool {
	if p.takesSecrets() {
		return true
	}
	for _, sub := range p.allPrograms() {
		for _, s := range sub.Waits {
			if (&schema.Field{Type: schema.Object, Members: s.Accepts}).HasSecret() {
				return true
			}
		}
	}
	return false
}
