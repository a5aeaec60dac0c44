// Package flows is the flow language: it reads a YAML file, checks it whole
// against the registered operations, and runs it.
//
// Begin with [Load], then call [Flow.Run], or [Flow.Start] for a [Handle] on the
// run that can cancel it. Load gives every mistake of a file
// at once, as a [CheckError] that can print itself with excerpts. Run walks
// the checked program; it reports what happens as [Event]s and keeps nothing
// when it is done.
//
// The package knows no operation of its own: the caller passes a
// connector.Registry.
package flows

import (
	"context"
	"io"
	"io/fs"
	"slices"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/check"
	"github.com/medlar-flow/medlar/flows/internal/editor"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/past"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

// Flow is a checked flow. It does not change; it may run any number of times,
// also at the same time.
type Flow struct {
	program  *interp.Program
	warnings *CheckError
}

// Name returns the flow's name.
func (f *Flow) Name() string { return f.program.Name }

// Description returns the flow's description; may be empty.
func (f *Flow) Description() string { return f.program.Description }

// Inputs describes what the flow takes.
func (f *Flow) Inputs() *schema.Schema { return f.program.Inputs }

// Output returns the type of what the flow gives, as far as it is known before a run;
// nil where nothing is known.
func (f *Flow) Output() *schema.Field { return f.program.OutputType }

// Secrets returns the names of the secrets that the flow and the flows it calls
// declare, sorted.
func (f *Flow) Secrets() []string {
	var names []string
	for _, spec := range f.program.AllSecrets() {
		names = append(names, spec.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// CheckSecrets reads the secrets of the flow, and of those that it calls, as a run with
// these options does before its first step, but for those of stores, which are asked by
// runs alone. The error is an *InputError that names all that are missing.
func (f *Flow) CheckSecrets(ctx context.Context, options ...RunOption) error {
	return f.run(options).CheckSecrets(ctx)
}

// Warnings returns what the check found that does not stop the flow; nil for
// nothing.
func (f *Flow) Warnings() *CheckError { return f.warnings }

// CheckError is every mistake that a check found.
type CheckError struct {
	Diagnostics Diagnostics // every mistake, in the order of its place

	source diag.Source
}

// Error returns one line for each mistake, without excerpts.
func (e *CheckError) Error() string { return e.Diagnostics.Error() }

// Print writes each mistake with the place in the file and with help. Secrets
// that stand in the file are masked.
func (e *CheckError) Print(w io.Writer) error { return diag.Print(w, e.Diagnostics, e.source) }

// Renamed returns the same mistakes with the files named as rename says, for
// whoever knows a file by another name than the file system that was given to
// Load.
func (e *CheckError) Renamed(rename func(file string) string) *CheckError {
	list := make(Diagnostics, len(e.Diagnostics))
	names := map[string]string{}
	for i, d := range e.Diagnostics {
		names[rename(d.File)] = d.File
		d.File = rename(d.File)
		list[i] = d
	}
	return &CheckError{Diagnostics: list, source: func(file string) []byte {
		if e.source == nil {
			return nil
		}
		return e.source(names[file])
	}}
}

// Result is what a run gave.
type Result struct {
	// RunID names the run.
	RunID string
	// Output is the flow's output as it is: it may hold secrets.
	Output any
	// Shown is Output for people: secrets are "***". It may share parts with
	// Output, so nobody changes either.
	Shown any
}

func (f *Flow) run(options []RunOption) *interp.Run {
	x := interp.NewRun(f.program)
	for _, option := range options {
		if option != nil {
			option(x.Options())
		}
	}
	return x
}

// Run runs the flow in process and waits for it: it is Start and Wait, without a
// goroutine of its own. inputs are checked first: an
// *InputError means that nothing ran. A failure is a *report.RunError that
// people may read: it names the step, says what was undone, and holds no
// secret. When ctx ends, the steps are stopped and the undos run, for at most
// the flow's cleanupTimeout.
func (f *Flow) Run(ctx context.Context, inputs map[string]any, options ...RunOption) (*Result, error) {
	x := f.run(options)
	out, err := x.Run(ctx, inputs)
	if err == nil {
		x.Leave()
	}
	return resultOf(out, err)
}

func resultOf(out interp.Outcome, err error) (*Result, error) {
	if err != nil {
		return nil, err
	}
	return &Result{RunID: out.RunID, Output: out.Output, Shown: out.Shown}, nil
}

// Connections returns the connections that the flow's steps use, those of the
// flows that it calls too, without opening them. The error is an *InputError
// where inputs or secrets are missing.
func (f *Flow) Connections(ctx context.Context, inputs map[string]any, options ...RunOption) ([]report.ConnectionInfo, error) {
	return f.run(options).ConnectionList(ctx, inputs)
}

// Outline lists the steps of the flow in their order, inner ones after the
// step that holds them.
func (f *Flow) Outline() []report.StepInfo { return f.program.Outline() }

// Called lists the steps of the flows that this one calls, and of those that these
// call, with the paths that a run of this flow gives them: "/review/approval". whole is
// false, and the list empty, where there are more than 10,000.
func (f *Flow) Called() (steps []report.StepInfo, whole bool) { return f.program.Called() }

// Moves finds the steps with an id that stand elsewhere in the flow than in an earlier
// version of it: in another block, but in the same flow, iteration, branch of a
// parallel, undo and finally. It is nil for none; whole is false where there are more
// than 1,000.
func (f *Flow) Moves(was *Flow) (moves *past.Moves, whole bool) { return f.program.Moves(was.program) }

// ParseInput turns text, as a command line gives it, into the value of an
// input: a string takes the text as it is, a list, map or object is read as
// JSON. It fails with an *InputError.
func (f *Flow) ParseInput(name, text string) (any, error) { return f.program.ParseInput(name, text) }

// Signals lists the signals that a run of the flow can be given, those of the
// flows that it calls too; 1,000 at most.
func (f *Flow) Signals() []report.SignalInfo { return f.program.Signals() }

// CheckSignal holds a signal against what the flow waits for, and returns its
// values as a wait gets them; secret is true where a value of a secret type is
// among them. The error is a *SignalError.
func (f *Flow) CheckSignal(name, key string, values map[string]any) (taken map[string]any, secret bool, err error) {
	id := runtime.SignalID{Name: name, Key: key}
	taken, refused := f.program.CheckSignal(id, values)
	if refused != nil {
		return nil, false, refused
	}
	return taken, f.program.HoldsSecretSignal(id, taken), nil
}

// ParseSignal turns text, as a command line gives it, into a value of a signal,
// as ParseInput does for inputs. It fails with a *SignalError.
func (f *Flow) ParseSignal(signal, name, text string) (any, error) {
	return f.program.ParseSignal(signal, name, text)
}

// SecretVariables returns the environment variables that the flow, and the
// flows it calls, read each of their secrets from: its own name where they say
// no other.
func (f *Flow) SecretVariables() map[string][]string { return f.program.SecretVariables() }

// Load reads and checks a flow file of fsys, and the flow files that it calls.
// The error is a *CheckError with every mistake; a file that cannot be read is
// one too. name uses slashes. Calls of other files, and files that parameters
// name, stay inside fsys.
func Load(fsys fs.FS, name string, registry *connector.Registry) (*Flow, error) {
	return checked(check.File(fsys, name, registry))
}

// Check reads and checks as Load does and gives every mistake and warning, nil where
// there is none. It makes nothing that could run, which takes less time.
func Check(fsys fs.FS, name string, registry *connector.Registry) *CheckError {
	_, found, source := check.FileAlone(fsys, name, registry)
	if len(found) == 0 {
		return nil
	}
	return &CheckError{Diagnostics: found, source: source}
}

// LoadForResume is Load for a run that began with an earlier version of its
// operations, for a runtime that goes on with it. What only their types have
// against the flow is a warning: a step whose parameters do not fit any more
// fails when it is called, not before. All other mistakes are errors.
func LoadForResume(fsys fs.FS, name string, registry *connector.Registry) (*Flow, error) {
	flow, err := Load(fsys, name, registry)
	if err != nil {
		return checked(check.FileForResume(fsys, name, registry))
	}
	return flow, nil
}

func checked(p *interp.Program, found diag.List, source diag.Source) (*Flow, error) {
	var problems *CheckError
	if len(found) > 0 || p == nil {
		problems = &CheckError{Diagnostics: found, source: source}
	}
	if p == nil {
		return nil, problems
	}
	return &Flow{program: p, warnings: problems}, nil
}

// JSONSchema describes flow files for an editor, with the operations that a
// registry knows: draft 2020-12, as encoding/json writes it.
func JSONSchema(registry *connector.Registry) map[string]any { return editor.JSONSchema(registry) }
