package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

// maxInput bounds a file of inputs and the file of one input.
const maxInput = 16 << 20

// inputFlags are the ways to give inputs.
type inputFlags struct {
	set  []string // name=value, the last one holds
	file string   // --input
}

// inputs gives what the flow is to run with: -i beats --input, and the flow's
// defaults come last.
func (a *app) inputs(flow *flows.Flow, flags inputFlags) (map[string]any, error) {
	values := map[string]any{}
	if flags.file != "" {
		src, err := a.readInput(flags.file)
		if err != nil {
			return nil, err
		}
		if values, err = decodeInputs(src, flow.Inputs()); err != nil {
			if holdsSecret(flow.Inputs()) {
				err = quiet(err)
			}
			return nil, wrong("", "--input %s: %w", flags.file, err)
		}
	}
	for _, assignment := range flags.set {
		name, value, err := a.input(flow, assignment)
		if err != nil {
			return nil, err
		}
		values[name] = value
	}
	return values, nil
}

// input reads one -i: name=value, or name=@file.
func (a *app) input(flow *flows.Flow, assignment string) (name string, value any, err error) {
	name, text, found := strings.Cut(assignment, "=")
	if !found || name == "" {
		return "", nil, wrong("write -i name=value, or -i name=@file for the content of a file",
			"-i %s is no assignment", quoted(flow, assignment))
	}
	if file, ok := strings.CutPrefix(text, "@"); ok {
		src, err := readFile(file)
		if err != nil {
			return "", nil, wrong("", "-i %s: %w", name, err)
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

// quoted shows an argument that was meant to be an assignment: what there is of
// it before the first sign that no name has, since a secret may stand behind
// it. Nothing is shown that begins with no name of an input.
func quoted(flow *flows.Flow, text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	switch {
	case end < 0 && (flow.Inputs().Field(text) != nil || !holdsSecret(flow.Inputs())):
		return fmt.Sprintf("%q", text)
	case end > 0 && flow.Inputs().Field(text[:end]) != nil, end > 0 && text[end] == '=':
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

// readInput reads the file of --input; "-" is standard input.
func (a *app) readInput(path string) ([]byte, error) {
	if path == "-" {
		src, err := bounded(a.Stdin)
		if err != nil {
			return nil, wrong("", "--input -: %w", err)
		}
		return src, nil
	}
	src, err := readFile(path)
	switch {
	case err != nil && strings.Contains(path, "="):
		return nil, wrong("for one input write -i "+strings.SplitN(path, "=", 2)[0]+"=value", "--input: %w", err)
	case err != nil:
		return nil, wrong("", "--input: %w", err)
	}
	return src, nil
}

// readFile reads a file that the command line names.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s", path)
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a folder, not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, pathless(err))
	}
	defer f.Close()
	src, err := bounded(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return src, nil
}

// bounded reads all of r, up to the limit.
func bounded(r io.Reader) ([]byte, error) {
	src, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading: %w", pathless(err))
	case len(src) > maxInput:
		return nil, fmt.Errorf("more than %d MiB", maxInput>>20)
	}
	return src, nil
}

// pathless takes the path out of an error that will be named with it anyway.
func pathless(err error) error {
	var e *os.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
