package interp

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// carried is a run as the runtime that carries it may know it.
type carried struct {
	x     *execution
	local *inProcess
}

// ID names the run.
func (e *carried) ID() string { return e.x.id }

// Named reports whether the caller gave the run its name.
func (e *carried) Named() bool { return !e.x.config.OwnRunID }

// Registry returns the operations that the flow was checked against.
func (e *carried) Registry() *connector.Registry { return e.x.program.Registry }

// Local is the runtime in process, where the run begins.
func (e *carried) Local() runtime.Local {
	if e.local == nil {
		return nil
	}
	return local{e.local}
}

// Inputs are what the flow was given, with defaults, as they are.
func (e *carried) Inputs() map[string]any { return e.x.inputs }

// Timeout is the bound of WithTimeout; 0 for none.
func (e *carried) Timeout() time.Duration { return max(0, e.x.config.Timeout) }

// Sandboxed reports whether WithSandbox replaces the services.
func (e *carried) Sandboxed() bool { return e.x.config.Sandbox != nil }

// ConnectionDefaults returns what WithConnectionDefaults said, by connector or
// family.
func (e *carried) ConnectionDefaults() map[string]any {
	all := map[string]any{}
	for _, given := range e.x.config.Defaults {
		all[given.Of] = given.Params
	}
	return all
}

// OfProcess returns where something stands that a connection has and that holds within
// one process, and what; empty for none.
func (e *carried) OfProcess() (at, what string) {
	for _, p := range e.x.program.allPrograms() {
		if len(p.OfProcess) > 0 {
			return p.OfProcess[0].At.String(), p.OfProcess[0].What
		}
	}
	return "", ""
}

// Origin is what WithOrigin said.
func (e *carried) Origin() string { return e.x.config.Origin }

// File is the name of the flow's file.
func (e *carried) File() string { return e.x.program.File }

// Env returns the environment variables that the flow and those that it calls
// refer to; null where one is unset.
func (e *carried) Env() map[string]any {
	env := map[string]any{}
	for _, p := range e.x.program.allPrograms() {
		for _, slot := range p.Env {
			env[slot.Name] = nil
			if v, ok := e.x.env[slot.Name]; ok {
				env[slot.Name] = v
			}
		}
	}
	return env
}

// SecretEnv names the environment variables that are set and that the flow
// gives to something secret, such as the password of a connection.
func (e *carried) SecretEnv() []string {
	var names []string
	for _, p := range e.x.program.allPrograms() {
		for _, slot := range p.Env {
			if _, set := e.x.env[slot.Name]; set && slot.Secret {
				names = append(names, slot.Name)
			}
		}
	}
	return names
}

// Files returns the texts that the run depends on, by their names: the flow's
// file as it was checked, those that it calls, and the files that their
// parameters name, as far as they are there.
func (e *carried) Files() map[string][]byte { return e.x.program.Files() }

// Pinned returns what pin makes of Files.
func (e *carried) Pinned(pin func(files map[string][]byte) (any, error)) (any, error) {
	return e.x.program.pinnedBy(pin)
}

// HoldsSecret reports whether a secret that the run has seen stands in a value.
func (e *carried) HoldsSecret(v any) bool {
	return !e.x.secrets.empty() && e.x.secrets.holds(v)
}

// HoldsSecretInput reports whether an input of a secret type is given.
func (e *carried) HoldsSecretInput() bool {
	return !reflect.DeepEqual(any(e.x.inputs), mask(e.x.inputs, e.x.program.inputsField()))
}

// Learn makes a text a secret of the run.
func (e *carried) Learn(text string) { e.x.secrets.add(text) }

// Shown returns a value without the secrets that the run has seen.
func (e *carried) Shown(v any) any { return e.x.secrets.value(v) }

// ShownInputs are the inputs for people.
func (e *carried) ShownInputs() map[string]any {
	shown, _ := e.x.secrets.value(mask(e.x.inputs, e.x.program.inputsField())).(map[string]any)
	return shown
}

// Labels are the names and values by which the run is found; nil for none.
func (e *carried) Labels() map[string]string { return e.x.labels }

// Began says by which event the run began.
func (e *carried) Began() runtime.Event { return e.x.config.Event }

// Caller is what WithCaller said.
func (e *carried) Caller() report.Caller { return e.x.config.Caller }

// Answer is what the caller of the route that began the run is told of its end.
func (e *carried) Answer(output any, failure *report.RunError, now time.Time) *report.Answer {
	return e.x.Answer(output, failure, now)
}

// Observed reports whether somebody wants to watch the run.
func (e *carried) Observed() bool { return e.local != nil && e.x.config.Observer != nil }

// Observe begins to watch the run, where somebody does.
func (e *carried) Observe(id string, before connector.Trace) connector.Trace {
	if e.local == nil || !e.local.observe(e.x, id, before) {
		return connector.Trace{}
	}
	return e.local.watch.Trace()
}

// Secrets returns what the flow, and those that it calls, declare, in the order
// of their names.
func (e *carried) Secrets() []runtime.Secret {
	var list []runtime.Secret
	for ref, v := range e.x.secretValues {
		secret := runtime.Secret{SecretRef: ref, Value: v}
		if stored := e.x.stored[ref]; stored != nil {
			secret.Connection = stored.Connection
		}
		list = append(list, secret)
	}
	slices.SortFunc(list, func(a, b runtime.Secret) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(sourceText(a.Source), sourceText(b.Source)))
	})
	return list
}
