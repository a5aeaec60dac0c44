package flows

import (
	"context"
	"fmt"

	"github.com/medlar-flow/medlar/schema"
)

// secretKey tells secrets apart: flows of one run may declare the same one.
type secretKey struct{ name, env string }

func (s secretSpec) key() secretKey { return secretKey{s.name, s.env} }

// readSecrets reads what the flow and those that it calls declare, before
// anything runs. The error is an *InputError that names all that are missing.
func (x *execution) readSecrets(ctx context.Context) error {
	specs := x.program.allSecrets()
	if len(specs) == 0 {
		return nil
	}
	x.secretValues = make(map[secretKey]string, len(specs))
	var missing schema.Errors
	for _, spec := range specs {
		if _, done := x.secretValues[spec.key()]; done {
			continue
		}
		v, found, err := x.config.readSecret(ctx, spec)
		if err != nil || !found {
			missing = append(missing, missingSecret(spec, err))
			continue
		}
		x.secretValues[spec.key()] = v
		x.secrets.add(v)
	}
	if len(missing) > 0 {
		return &InputError{Flow: x.program.name, Errors: missing}
	}
	return nil
}

// readSecret asks where the flow says, else the provider, else the environment
// variable of the secret's own name.
func (c *runConfig) readSecret(ctx context.Context, spec secretSpec) (string, bool, error) {
	if spec.env != "" {
		v, ok := c.env(spec.env)
		return v, ok, nil
	}
	if c.provider != nil {
		if v, ok, err := c.provider(ctx, spec.name); ok || err != nil {
			return v, ok, err
		}
	}
	v, ok := c.env(spec.name)
	return v, ok, nil
}

func missingSecret(spec secretSpec, err error) schema.FieldError {
	e := schema.FieldError{Path: "secret " + spec.name, Rule: "missing-secret", Message: "not found"}
	switch {
	case err != nil:
		e.Message = fmt.Sprintf("cannot be read: %v", err)
	case spec.env != "":
		e.Help = "set the environment variable " + spec.env
	default:
		e.Help = "give it in the secrets file, or set the environment variable " + spec.name
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
