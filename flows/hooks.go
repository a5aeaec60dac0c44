package flows

import (
	"context"
	"maps"
	"reflect"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/internal/readfile"
)

// RunOn runs the flow as Run does, on a runtime that begin makes for this run. It
// is for packages that carry runs in their own way, such as journal: where
// begin fails, its error is given back and nothing ran. Unlike with
// WithRuntime, what the runtime leaves to e.Local has the run's listeners,
// connections and context.
func (f *Flow) RunOn(
	ctx context.Context, inputs map[string]any, begin func(e *Execution) (Runtime, error), options ...RunOption,
) (*Result, error) {
	x, err := f.prepare(ctx, inputs, options)
	if err != nil {
		return nil, err
	}
	local := x.inProcess(ctx)
	defer local.connections.close() //nolint:errcheck // the outcome of the run is what counts
	rt, err := begin(&Execution{x: &x.execution, local: local})
	if err != nil {
		return nil, err
	}
	return x.result(x.start(rt))
}

// Execution is a run as the runtime that carries it may know it.
type Execution struct {
	x     *execution
	local *inProcess
}

// ID names the run.
func (e *Execution) ID() string { return e.x.id }

// Local is the runtime in process, where the run begins.
func (e *Execution) Local() Local { return Local{e.local} }

// Inputs are what the flow was given, with defaults, as they are.
func (e *Execution) Inputs() map[string]any { return e.x.inputs }

// Timeout is the bound of WithTimeout; 0 for none.
func (e *Execution) Timeout() time.Duration { return max(0, e.x.config.timeout) }

// Sandboxed is true where WithSandbox replaces the services.
func (e *Execution) Sandboxed() bool { return e.x.config.sandbox != nil }

// ConnectionDefaults gives what WithConnectionDefaults said, by connector or
// family.
func (e *Execution) ConnectionDefaults() map[string]any {
	all := map[string]any{}
	for _, given := range e.x.config.defaults {
		all[given.of] = given.params
	}
	return all
}

// Origin is what WithOrigin said.
func (e *Execution) Origin() string { return e.x.config.origin }

// File is the name of the flow's file.
func (e *Execution) File() string { return e.x.program.file }

// Env gives the environment variables that the flow and those that it calls
// refer to; null where one is unset.
func (e *Execution) Env() map[string]any {
	env := map[string]any{}
	for _, p := range e.x.program.all() {
		for _, slot := range p.env {
			env[slot.name] = nil
			if v, ok := e.x.env[slot.name]; ok {
				env[slot.name] = v
			}
		}
	}
	return env
}

// SecretEnv names the environment variables that are set and that the flow
// gives to something secret, such as the password of a connection.
func (e *Execution) SecretEnv() []string {
	var names []string
	for _, p := range e.x.program.all() {
		for _, slot := range p.env {
			if _, set := e.x.env[slot.name]; set && slot.secret {
				names = append(names, slot.name)
			}
		}
	}
	return names
}

// Files gives the texts that the run depends on, by their names: the flow's
// file as it was checked, those that it calls, and the files that their
// parameters name, as far as they are there.
func (e *Execution) Files() map[string][]byte {
	files := map[string][]byte{}
	for _, p := range e.x.program.all() {
		for _, name := range p.named {
			if b, err := readfile.FS(p.fsys, name, maxFile); err == nil {
				files[name] = b
			}
		}
	}
	for _, p := range e.x.program.all() {
		files[p.file] = p.text
	}
	return files
}

// HoldsSecret is true where a secret that the run has seen stands in a value.
func (e *Execution) HoldsSecret(v any) bool {
	return !e.x.secrets.empty() && e.x.secrets.holds(v)
}

// HoldsSecretInput is true where an input of a secret type is given.
func (e *Execution) HoldsSecretInput() bool {
	return !reflect.DeepEqual(any(e.x.inputs), mask(e.x.inputs, e.x.program.inputsField()))
}

// Shown gives a value without the secrets that the run has seen.
func (e *Execution) Shown(v any) any { return e.x.secrets.value(v) }

// ShownInputs are the inputs for people.
func (e *Execution) ShownInputs() map[string]any {
	shown, _ := e.x.secrets.value(mask(e.x.inputs, e.x.program.inputsField())).(map[string]any)
	return shown
}

// reach are a program and those that it calls, looked up once: a run does not
// go over all steps before it begins.
type reach struct {
	once     sync.Once
	programs []*program
	secrets  []secretSpec
}

// all gives the program and those that it calls, each once.
func (p *program) all() []*program {
	p.reach.once.Do(func() {
		found := []*program{p}
		seen := map[*program]bool{p: true}
		for i := 0; i < len(found); i++ {
			p.reach.secrets = append(p.reach.secrets, found[i].secrets...)
			for _, sub := range subPrograms(found[i].steps) {
				if !seen[sub] {
					seen[sub] = true
					found = append(found, sub)
				}
			}
		}
		p.reach.programs = found
	})
	return p.reach.programs
}

// allSecrets gives the secrets that the program and those that it calls
// declare.
func (p *program) allSecrets() []secretSpec {
	p.all()
	return p.reach.secrets
}

// WithOrigin notes where the flow's files are, for people. Nothing is read
// there.
func WithOrigin(folder string) RunOption { return func(c *runConfig) { c.origin = folder } }

// WithPinnedEnv gives the values of Execution.Env of an earlier run again; for
// other names the environment is asked.
func WithPinnedEnv(values map[string]any) RunOption {
	pinned := maps.Clone(values)
	return func(c *runConfig) {
		lookup := c.env
		c.env = func(name string) (string, bool) {
			v, known := pinned[name]
			if !known {
				return lookup(name)
			}
			text, ok := v.(string)
			return text, ok
		}
	}
}
