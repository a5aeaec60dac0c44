package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
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
	name, text, found := strings.Cut(assignment, "=")
	if !found || name == "" {
		return "", nil, wrong("write -i name=value, or -i name=@file for the content of a file",
			"-i %s is no assignment", quoted(assignment))
	}
	if file, ok := strings.CutPrefix(text, "@"); ok {
		src, err := a.readFile(ctx, "-i "+name, file)
		if err != nil {
			return "", nil, err
		}
		text = string(src)
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

// quoted shows an argument that was meant to be an assignment. Behind an equals
// sign may stand a secret.
func quoted(text string) string {
	name, _, found := strings.Cut(text, "=")
	if found {
		return fmt.Sprintf("%q", name+"=…")
	}
	return fmt.Sprintf("%q", text)
}

// wrongInputs prints each mistake with its help.
func (a *app) wrongInputs(e *report.InputError) error {
	for _, problem := range e.Errors {
		a.complain("input "+problem.Error(), problem.Help)
	}
	return silently(exitWrong)
}
