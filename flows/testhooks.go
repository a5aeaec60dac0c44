package flows

import (
	"cmp"
	"slices"

	"github.com/medlar-flow/medlar/connector"
)

// StoppedError is what the methods of a Runtime return in a branch that is to
// stop: the interpreter does not retry it, and knows it for no error of the
// operation.
func StoppedError(cause Cause) *connector.Error { return stopped(cause) }

// SecretVariables gives the environment variables that the flow, and the flows
// it calls, read each of their secrets from: its own name where they say no
// other.
func (f *Flow) SecretVariables() map[string][]string {
	out := map[string][]string{}
	for _, spec := range f.program.allSecrets() {
		if variable := cmp.Or(spec.env, spec.name); !slices.Contains(out[spec.name], variable) {
			out[spec.name] = append(out[spec.name], variable)
		}
	}
	return out
}
