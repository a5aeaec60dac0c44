package flows

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/schema"
)

// readSecrets reads what the flow and those that it calls declare, before
// anything runs. The error is an *InputError that names all that are missing.
func (x *execution) readSecrets(ctx context.Context) error {
	specs := x.program.allSecrets()
	if len(specs) == 0 {
		return nil
	}
	x.secretValues = make(map[SecretRef]string, len(specs))
	var missing schema.Errors
	for _, spec := range specs {
		if _, done := x.secretValues[spec.SecretRef]; done {
			continue
		}
		v, found, err := x.config.readSecret(ctx, spec.SecretRef)
		if (err != nil || !found) && x.config.elsewhere {
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
		return &InputError{Flow: x.program.name, Errors: missing}
	}
	return nil
}

func missingSecret(spec secretSpec, err error) schema.FieldError {
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

// subPrograms gives the flows that steps call, at any depth.
func subPrograms(steps []*step) []*program {
	var found []*program
	for _, st := range steps {
		if sub, ok := st.do.(*subFlowStep); ok && sub.program != nil {
			found = append(found, sub.program)
		}
		for _, inner := range st.blocks() {
			found = append(found, subPrograms(inner.steps)...)
		}
		if st.undo != nil {
			found = append(found, subPrograms(st.undo.steps)...)
		}
	}
	return found
}

// secretSpec is a secret that the flow declares.
type secretSpec struct {
	SecretRef
	slot int
}

// secretVariables returns the environment variables that the program, and those
// that it calls, read each of their secrets from: its own name where they say
// no other.
func (p *program) secretVariables() map[string][]string {
	out := map[string][]string{}
	for _, spec := range p.allSecrets() {
		if variable := cmp.Or(spec.Source.Env, spec.Name); !slices.Contains(out[spec.Name], variable) {
			out[spec.Name] = append(out[spec.Name], variable)
		}
	}
	return out
}
