package interp

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

// readSecrets reads what the flow and those that it calls declare, before
// anything runs. The error is an *InputError that names all that are missing.
func (x *execution) readSecrets(ctx context.Context) error {
	specs := x.program.AllSecrets()
	if len(specs) == 0 {
		return nil
	}
	x.secretValues = make(map[runtime.SecretRef]string, len(specs))
	var missing schema.Errors
	for _, spec := range specs {
		if _, done := x.secretValues[spec.SecretRef]; done {
			continue
		}
		v, found, err := x.config.ReadSecret(ctx, spec.SecretRef)
		if (err != nil || !found) && x.config.Remote {
			continue
		}
		if err != nil || !found {
			missing = append(missing, missingSecret(spec, err))
			continue
		}
		x.secretValues[spec.SecretRef] = v
		x.secrets.add(v)
	}
	if len(missing) > 0 {
		return &report.InputError{Flow: x.program.Name, Errors: missing}
	}
	return nil
}

func missingSecret(spec SecretSpec, err error) schema.FieldError {
	e := schema.FieldError{Path: "secret " + spec.Name, Rule: "missing-secret", Message: "not found"}
	switch {
	case err != nil:
		e.Message = fmt.Sprintf("cannot be read: %v", err)
	case spec.Source.Env != "":
		e.Help = "set the environment variable " + spec.Source.Env
	default:
		e.Help = "give it in the secrets file, or set the environment variable " + spec.Name
	}
	return e
}

// subPrograms returns the flows that steps call, at any depth.
func subPrograms(steps []*Step) []*Program {
	var found []*Program
	for _, st := range steps {
		if sub, ok := st.Do.(*SubFlowStep); ok && sub.Program != nil {
			found = append(found, sub.Program)
		}
		for _, inner := range st.blocks() {
			found = append(found, subPrograms(inner.steps)...)
		}
		if st.Undo != nil {
			found = append(found, subPrograms(st.Undo.Steps)...)
		}
	}
	return found
}

// SecretSpec is a secret that the flow declares.
type SecretSpec struct {
	runtime.SecretRef
	Slot int
}

// SecretVariables returns the environment variables that the program, and those
// that it calls, read each of their secrets from: its own name where they say
// no other.
func (p *Program) SecretVariables() map[string][]string {
	out := map[string][]string{}
	for _, spec := range p.AllSecrets() {
		if variable := cmp.Or(spec.Source.Env, spec.Name); !slices.Contains(out[spec.Name], variable) {
			out[spec.Name] = append(out[spec.Name], variable)
		}
	}
	return out
}
