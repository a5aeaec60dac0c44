package flows

import (
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"time"
)

// carried is a run as the runtime that carries it may know it.
type carried struct {
	x     *execution
	local *inProcess
}

// ID names the run.
func (e *carried) ID() string { return e.x.id }

// Local is the runtime in process, where the run begins.
func (e *carried) Local() Local {
	if e.local == nil {
		return nil
	}
	return local{e.local}
}

// Inputs are what the flow was given, with defaults, as they are.
func (e *carried) Inputs() map[string]any { return e.x.inputs }

// Timeout is the bound of WithTimeout; 0 for none.
func (e *carried) Timeout() time.Duration { return max(0, e.x.config.timeout) }

// Sandboxed is true where WithSandbox replaces the services.
func (e *carried) Sandboxed() bool { return e.x.config.sandbox != nil }

// ConnectionDefaults gives what WithConnectionDefaults said, by connector or
// family.
func (e *carried) ConnectionDefaults() map[string]any {
	all := map[string]any{}
	for _, given := range e.x.config.defaults {
		all[given.of] = given.params
	}
	return all
}

// Origin is what WithOrigin said.
func (e *carried) Origin() string { return e.x.config.origin }

// File is the name of the flow's file.
func (e *carried) File() string { return e.x.program.file }

// Env gives the environment variables that the flow and those that it calls
// refer to; null where one is unset.
func (e *carried) Env() map[string]any {
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
func (e *carried) SecretEnv() []string {
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
func (e *carried) Files() map[string][]byte {
	files := map[string][]byte{}
	for _, p := range e.x.program.all() {
		for _, name := range p.named {
			if b, err := fs.ReadFile(p.fsys, name); err == nil {
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
func (e *carried) HoldsSecret(v any) bool {
	return !e.x.secrets.empty() && e.x.secrets.holds(v)
}

// HoldsSecretInput is true where an input of a secret type is given.
func (e *carried) HoldsSecretInput() bool {
	return !reflect.DeepEqual(any(e.x.inputs), mask(e.x.inputs, e.x.program.inputsField()))
}

// Shown gives a value without the secrets that the run has seen.
func (e *carried) Shown(v any) any { return e.x.secrets.value(v) }

// ShownInputs are the inputs for people.
func (e *carried) ShownInputs() map[string]any {
	shown, _ := e.x.secrets.value(mask(e.x.inputs, e.x.program.inputsField())).(map[string]any)
	return shown
}

// Secrets gives what the flow, and those that it calls, declare, in the order
// of their names.
func (e *carried) Secrets() []Secret {
	var list []Secret
	for ref, v := range e.x.secretValues {
		list = append(list, Secret{ref, v})
	}
	slices.SortFunc(list, func(a, b Secret) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Source.Env, b.Source.Env)
	})
	return list
}
