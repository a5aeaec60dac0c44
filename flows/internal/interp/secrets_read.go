package interp

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

// readSecrets reads what the flow and those that it calls declare, before
// anything runs. The error is an *InputError that names all that are missing.
func (x *execution) readSecrets(ctx context.Context) error {
	return x.readSecretsOf(ctx, x.program.AllSecrets())
}

// readSecretsOf reads some of the secrets. The error is an *InputError.
func (x *execution) readSecretsOf(ctx context.Context, specs []SecretSpec) error {
	if len(specs) == 0 {
		return nil
	}
	x.secretValues = make(map[runtime.SecretRef]string, len(specs))
	r := secretReader{x: x}
	var missing schema.Errors
	for _, spec := range specs {
		if _, done := x.secretValues[spec.SecretRef]; done {
			continue
		}
		v, found, err := r.read(ctx, spec)
		if (err != nil || !found) && x.config.Remote {
			continue
		}
		if cause := runtime.CauseOf(ctx); err != nil && cause != runtime.NotStopped {
			return report.AsRunError(runtime.StoppedError(cause))
		}
		if err != nil || !found {
			missing = append(missing, x.missingSecret(spec, err))
			continue
		}
		x.secretValues[spec.SecretRef] = v
		x.secrets.add(v)
		x.renewable(spec.SecretRef, v)
	}
	if len(missing) > 0 {
		return &report.InputError{Flow: x.program.Name, Errors: missing}
	}
	return nil
}

func (x *execution) missingSecret(spec SecretSpec, err error) schema.FieldError {
	e := schema.FieldError{Path: "secret " + spec.Name, Rule: "missing-secret", Message: "not found"}
	store, stored := fields.StoreNamed(spec.Source.Store)
	switch {
	case err != nil:
		e.Message = fmt.Sprintf("cannot be read: %v", err)
		if stored {
			e.Message, e.Help = fmt.Sprintf("cannot be read from %s: %v", store.Title, err), storeHelp(store, err)
		}
	case spec.Source.Env != "":
		e.Help = "set the environment variable " + spec.Source.Env
	case stored, spec.Source.File != "":
		place := "the file " + spec.Source.File
		if stored {
			place = store.Title
		}
		e.Help = "where something stands in for the services, " + place + " is not asked: give it in the secrets file"
	default:
		e.Help = "give it in the secrets file, or set the environment variable " + spec.Name
	}
	return e
}

// storeHelp says how to go on after an error of a store.
func storeHelp(store fields.Store, err error) string {
	switch connector.AsError(err).Class {
	case connector.ClassDenied, connector.ClassExpired:
		return "who reads it must be allowed to call " + store.Operation + "; runner doctor shows as whom a connection calls"
	case connector.ClassNotFound:
		return "is " + store.ID + " right, and the account, the Region or the address?"
	case connector.ClassThrottled, connector.ClassUnavailable, connector.ClassTimeout:
		return "try again later"
	default:
		return ""
	}
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
	// Store is how its store is asked; nil for a secret of no store.
	Store *StorePlan
}

// StorePlan is how a store of secrets is asked.
type StorePlan struct {
	Operation  *connector.Operation
	Owner      *connector.Connector
	Connection *ConnectionPlan // nil for the default
	// Program is the flow that declares the secret, whose connection it is.
	Program *Program
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
