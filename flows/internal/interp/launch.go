package interp

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/uuid"
	"github.com/medlar-flow/medlar/schema"
)

// Run is a run with what there is once of it, made in one piece: a small
// run would spend a good part of its time on making the parts.
type Run struct {
	execution
	options runtime.Options
	seen    redactor
	taken   undoneSteps
	owing   owedSteps
	shared  world
	local   inProcess
}

// NewRun makes a run of a program, of what another one has left where there is one; its
// options are for the caller to set before it begins.
func NewRun(p *Program) *Run {
	x, _ := p.runs.pool.Get().(*Run)
	if x == nil {
		x = &Run{}
	}
	x.options.Reset()
	x.program = p
	return x
}

// Options are what the caller says of the run.
func (x *Run) Options() *runtime.Options { return &x.options }

// Prepare makes the execution of a run that has not begun: with its options,
// its inputs and its secrets. The error is an *InputError.
func (x *Run) Prepare(ctx context.Context, inputs map[string]any) error {
	values, err := x.given(inputs)
	if err != nil {
		return err
	}
	if x.options.RunID == "" {
		x.options.RunID, x.options.OwnRunID = newRunID(), true
	}
	x.begin(x.program, values)
	x.interrupt = x.shared.interrupt
	if x.linked().Base != "" {
		x.options.Links = x.options.Links.Begin()
	}
	if !x.options.Inputless {
		if x.labels, err = x.labelsOf(); err != nil {
			return err
		}
	}
	if net := x.options.Net; net != nil {
		net((&veil{net: &x.seen}).value)
	}
	if err := x.readSecrets(ctx); err != nil {
		return err
	}
	for name, text := range x.labels { // anybody sees them
		x.labels[name] = x.secrets.text(text)
	}
	return nil
}

// given returns the inputs as the program takes them.
func (x *Run) given(inputs map[string]any) (map[string]any, error) {
	if x.options.Inputless {
		return map[string]any{}, nil
	}
	return x.program.bindInputs(inputs)
}

func (x *Run) begin(p *Program, inputs map[string]any) {
	x.execution = execution{
		program: p, config: &x.options, id: x.options.RunID, inputs: inputs, secrets: &x.seen,
		listening: len(x.options.Listeners) > 0 || x.options.Runtime != nil || x.options.Observer != nil, undone: &x.taken, owed: &x.owing,
		payloads: p.givesPayloads(),
	}
	x.seen.program = p
	if p.takesSecrets() {
		x.secrets.note(inputs, p.inputsField())
	}
	x.readEnv()
}

// inProcess returns the runtime in process, where the run begins. Call done at
// the end.
func (x *Run) inProcess(ctx context.Context) (rt *inProcess, done func()) {
	x.shared.listeners, x.shared.begins = x.options.Listeners, x.options.Go
	x.shared.connections.runID, x.shared.connections.sandbox = x.id, x.options.Sandbox
	x.local = inProcess{world: &x.shared, soft: ctx, hard: ctx}
	if x.shared.interrupt == nil {
		return &x.local, func() {}
	}
	x.local.apart = true
	x.local.soft, done = x.shared.interruptible(ctx)
	return &x.local, done
}

// newRunID returns a UUID of version 7: runs that begin one after another stand
// beside each other where something keeps them by their names.
func newRunID() string {
	var b [16]byte
	_, _ = rand.Read(b[6:])              // never fails
	ms := uint64(time.Now().UnixMilli()) //nolint:gosec // after 1970
	for i := range 6 {
		b[i] = byte(ms >> (8 * (5 - i)))
	}
	return uuid.Text(b, 7)
}

// inputsUse is what is known of a program's inputs, once somebody asked.
type inputsUse struct {
	once    sync.Once
	field   *schema.Field
	secrets bool
}

func (u *inputsUse) of(p *Program) *inputsUse {
	u.once.Do(func() {
		u.field = &schema.Field{Type: schema.Object, Members: p.Inputs}
		u.secrets = u.field.HasSecret()
	})
	return u
}

// inputsField describes the inputs as one object.
func (p *Program) inputsField() *schema.Field { return p.taken.of(p).field }

// takesSecrets reports whether an input can be secret.
func (p *Program) takesSecrets() bool { return p.taken.of(p).secrets }
