// Package flows is the flow language: it reads a YAML file, checks it whole
// against the registered operations, and runs it.
//
// Begin with [Load], then call [Flow.Run]. Load gives every mistake of a file
// at once, as a [CheckError] that can print itself with excerpts. Run walks
// the checked program; it reports what happens as [Event]s and keeps nothing
// when it is done.
//
// The package knows no operation of its own: the caller passes a
// connector.Registry.
package flows

import (
	"io"
	"slices"

	"github.com/medlar-flow/medlar/internal/diag"
	"github.com/medlar-flow/medlar/schema"
)

// Diagnostic is one mistake of a flow file, with its place.
type Diagnostic = diag.Diagnostic

// Diagnostics is a list of mistakes; it encodes to JSON.
type Diagnostics = diag.List

// Flow is a checked flow. It does not change; it may run any number of times,
// also at the same time.
type Flow struct {
	program  *program
	warnings *CheckError
}

// Name gives the flow's name.
func (f *Flow) Name() string { return f.program.name }

// Description gives the flow's description; may be empty.
func (f *Flow) Description() string { return f.program.description }

// Inputs describes what the flow takes.
func (f *Flow) Inputs() *schema.Schema { return f.program.inputs }

// Secrets gives the names of the secrets that the flow and the flows it calls
// declare, sorted.
func (f *Flow) Secrets() []string {
	var names []string
	for _, spec := range f.program.allSecrets() {
		names = append(names, spec.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Warnings gives what the check found that does not stop the flow; nil for
// nothing.
func (f *Flow) Warnings() *CheckError { return f.warnings }

// CheckError is every mistake that a check found.
type CheckError struct {
	Diagnostics Diagnostics // every mistake, in the order of its place

	source diag.Source
}

// Error gives one line for each mistake, without excerpts.
func (e *CheckError) Error() string { return e.Diagnostics.Error() }

// Print writes each mistake with the place in the file and with help. Secrets
// that stand in the file are masked.
func (e *CheckError) Print(w io.Writer) error { return diag.Print(w, e.Diagnostics, e.source) }

// Renamed gives the same mistakes with the files named as rename says, for
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

// InputError says which inputs are wrong; nothing ran.
type InputError struct {
	Errors schema.Errors // one for each input that is wrong
	Flow   string        // the name of the flow
}
