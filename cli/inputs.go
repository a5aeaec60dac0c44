package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

// inputFlags are the ways to give inputs.
type inputFlags struct {
	set  []string // name=value, the last one holds
	file string   // --input
}

// inputs returns what the flow is to run with: -i beats --input, and the flow's
// defaults come last.
func (a *app) inputs(ctx context.Context, flow *flows.Flow, flags inputFlags) (map[string]any, error) {
	values := map[string]any{}
	if flags.file != "" {
		var err error
		if values, err = a.inputFile(ctx, flow, flags.file); err != nil {
			return nil, err
		}
	}
	for _, assignment := range flags.set {
		name, value, err := a.input(ctx, flow, assignment)
		if err != nil {
			return nil, err
		}
		values[name] = value
	}
	return values, nil
}

// input reads one -i: name=value, or name=@file.
func (a *app) input(ctx context.Context, flow *flows.Flow, assignment string) (name string, value any, err error) {
	name, text, err := a.assignment(ctx, flow.Inputs(), assignment)
	if err != nil {
		return "", nil, err
	}
	value, err = flow.ParseInput(name, text)
	var list *report.InputError
	switch {
	case errors.As(err, &list):
		return "", nil, a.wrongInputs(list)
	case err != nil:
		return "", nil, wrong("", "-i %s: %w", name, err)
	}
	return name, value, nil
}

// assignment reads name=text, or name=@file; known are the names that there are.
func (a *app) assignment(ctx context.Context, known *schema.Schema, assignment string) (name, text string, err error) {
	name, text, found := strings.Cut(assignment, "=")
	if !found || name == "" {
		return "", "", wrong("write -i name=value, or -i name=@file for the content of a file",
			"-i %s is no assignment", quoted(known, assignment))
	}
	text, err = a.assigned(ctx, "-i "+name, text)
	return name, text, err
}

// assigned returns the text of an assignment, or that of the file behind an @.
func (a *app) assigned(ctx context.Context, what, text string) (string, error) {
	file, ok := strings.CutPrefix(text, "@")
	if !ok {
		return text, nil
	}
	src, err := a.readFile(ctx, what, file)
	return string(src), err
}

// quoted shows an argument that was meant to be an assignment: what there is of
// it before the first sign that no name has, since a secret may stand behind
// it. Nothing is shown that begins with no name of an input.
func quoted(known *schema.Schema, text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	switch {
	case end < 0 && (known.Field(text) != nil || !holdsSecret(known)):
		return fmt.Sprintf("%q", text)
	case end > 0 && known.Field(text[:end]) != nil, end > 0 && text[end] == '=':
		return fmt.Sprintf("%q", text[:end]+text[end:end+1]+"…")
	}
	return `"…"`
}

// holdsSecret reports whether an input is secret.
func holdsSecret(inputs *schema.Schema) bool {
	return (&schema.Field{Type: schema.Object, Members: inputs}).HasSecret()
}

// wrongInputs prints each mistake with its help.
func (a *app) wrongInputs(e *report.InputError) error {
	for _, problem := range e.Errors {
		a.complain("input "+problem.Error(), problem.Help)
	}
	return silently(exitWrong)
}
