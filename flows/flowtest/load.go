package flowtest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/internal/yamlfile"
)

// Suite is the tests of one file. It does not change; it may run any number of
// times.
type Suite struct {
	file     string
	flowFile string
	flow     *flows.Flow
	steps    *steps
	tests    []*Test
	shared   []*answer
	always   []*claim // that hold in every test
	// What every test begins with, unless it says otherwise.
	inputs   map[string]any
	env      map[string]string
	secrets  map[string]string
	reader   *reader
	warnings *FileError
	shown    func(name string) string
}

// File returns the test file's name in the file system it was read from.
func (s *Suite) File() string { return s.file }

// FlowFile returns the name of the flow's file.
func (s *Suite) FlowFile() string { return s.flowFile }

// Flow returns the flow under test.
func (s *Suite) Flow() *flows.Flow { return s.flow }

// Tests returns the tests in the order of the file.
func (s *Suite) Tests() []*Test { return s.tests }

// Warnings returns what is odd about the test file and does not stop it; nil for
// nothing.
func (s *Suite) Warnings() *FileError { return s.warnings }

// FileError is every mistake of a test file.
type FileError struct {
	// Diagnostics are the mistakes of the test file itself.
	Diagnostics flows.Diagnostics
	// Flow holds the mistakes of the flow under test; nil where it is right.
	Flow *flows.CheckError

	source diag.Source
}

// Error returns one line for each mistake, without excerpts.
func (e *FileError) Error() string {
	var lines []string
	if e.Flow != nil {
		lines = append(lines, e.Flow.Error())
	}
	if len(e.Diagnostics) > 0 {
		lines = append(lines, e.Diagnostics.Error())
	}
	return strings.Join(lines, "\n")
}

// Print writes each mistake with the place in the file and with help.
func (e *FileError) Print(w io.Writer) error {
	if e.Flow != nil {
		if err := e.Flow.Print(w); err != nil {
			return fmt.Errorf("printing the mistakes of the flow: %w", err)
		}
	}
	return diag.Print(w, e.Diagnostics, e.source)
}

// LoadOption changes how a test file is loaded.
type LoadOption func(*reader)

// WithNames says how people know a file of the file system, for messages.
func WithNames(shown func(name string) string) LoadOption {
	return func(r *reader) { r.shown = shown }
}

// Load reads a test file of fsys and the flow that it is for. The error is a
// *FileError with every mistake of the test file, and of the flow. name uses
// slashes; the flow is found beside the test file, and inside fsys.
func Load(fsys fs.FS, name string, registry *connector.Registry, options ...LoadOption) (*Suite, error) {
	r := &reader{file: name, registry: registry, shown: func(name string) string { return name }}
	for _, option := range options {
		if option != nil {
			option(r)
		}
	}
	r.label = r.shown(name)
	s := &Suite{file: name, reader: r, shown: r.shown}
	var wrong *flows.CheckError
	if root := r.read(fsys); root != nil {
		wrong = r.suite(fsys, root, s)
	}
	list := r.unsilenced(r.diags).Sort()
	found := &FileError{Diagnostics: list, Flow: wrong, source: r.source.Excerpts}
	if list.HasErrors() || wrong != nil {
		return nil, found
	}
	if len(list) > 0 {
		s.warnings = found
	}
	return s, nil
}

// read reads the file's text into nodes. What is wrong is noted; nil means that
// nothing can be used.
func (r *reader) read(fsys fs.FS) *node {
	r.source = yamlfile.NewFile(r.label, nil)
	text, err := readfile.FS(fsys, r.file, yamlfile.MaxSize)
	if err != nil {
		rule, help := "unreadable-file", ""
		if problem := (*readfile.Problem)(nil); errors.As(err, &problem) {
			rule, help = problem.Rule, problem.Help
		}
		r.failFile(rule, help, err.Error())
		return nil
	}
	r.source = yamlfile.NewFile(r.label, text).NumberKeys() // attempts have numbers
	root, _, found := r.source.Parse()
	r.diags = append(r.diags, found...)
	if root == nil && len(found) == 0 {
		r.failFile("empty-file", "a test file has tests: a list of them", "the file holds no tests")
	}
	return root
}

// suite reads the file's root, and gives what is wrong with the flow.
func (r *reader) suite(fsys fs.FS, root *node, s *Suite) *flows.CheckError {
	if !r.isMap(root, "a test file", "flow", "inputs", "env", "secrets", "answers", "always", "tests") {
		return nil
	}
	wrong := r.loadFlow(fsys, root, s)
	if answers := root.Get("answers"); answers != nil {
		s.shared = r.answers(answers, "answers")
	}
	if always := root.Get("always"); always != nil {
		s.always = r.always(always)
	}
	s.inputs = r.sharedInputs(root.Get("inputs"))
	if env := root.Get("env"); env != nil {
		s.env = r.texts(env, "env")
	}
	s.secrets = r.knownSecrets(root.Get("secrets"))
	tests := root.Get("tests")
	if tests == nil {
		r.fail(root, "missing-key", "tests: is a list, each test has a name", "the file has no tests")
		return wrong
	}
	names := map[string]int{}
	for _, n := range r.list(tests, "tests") {
		t := r.test(n, s)
		if t == nil {
			continue
		}
		if line, twice := names[t.name]; twice {
			r.fail(n.Get("name"), "duplicate-name", "give each test a name of its own", "a test in line %d has the same name", line)
		}
		names[t.name] = t.Line()
		s.tests = append(s.tests, t)
	}
	if len(tests.Items()) == 0 && tests.Kind != mapNode {
		r.fail(root.Key("tests"), "missing-key", "tests: is a list, each test has a name", "the file has no tests")
	}
	return wrong
}

// loadFlow finds and loads the flow that the file names, or the one that is
// named like the file.
func (r *reader) loadFlow(fsys fs.FS, root *node, s *Suite) *flows.CheckError {
	at := root.Get("flow")
	name, named := r.words(at, "flow")
	if at != nil && !named {
		return nil
	}
	if !named {
		at = root
		if name = defaultFlow(fsys, r.file); name == "" {
			r.failFile("missing-key", "say which: flow: release.yaml", "the file does not say which flow it tests")
			return nil
		}
	} else {
		name = path.Join(path.Dir(r.file), name)
	}
	if !fs.ValidPath(name) {
		r.fail(at, "bad-path", "give a path relative to this file, with /, below the root folder",
			"the path %q leads out of the root folder", at.Text)
		return nil
	}
	if _, err := fs.Stat(fsys, name); errors.Is(err, fs.ErrNotExist) {
		r.fail(at, "no-such-file", "flow: is a path relative to this file", "there is no flow %s", r.shown(name))
		return nil
	}
	flow, err := flows.Load(fsys, name, r.registry)
	var wrong *flows.CheckError
	if errors.As(err, &wrong) {
		return wrong
	} else if err != nil {
		r.fail(at, "unreadable-file", "", "the flow %s: %v", r.shown(name), err)
		return nil
	}
	s.flow, s.flowFile = flow, name
	s.steps = newSteps(flow.Outline())
	s.steps.callees(flow.Called())
	r.flow, r.steps = flow, s.steps
	return nil
}

// defaultFlow returns release.yaml for release.test.yaml.
func defaultFlow(fsys fs.FS, file string) string {
	for _, ext := range []string{".yaml", ".yml"} {
		base, ok := strings.CutSuffix(file, ".test"+ext)
		if !ok {
			continue
		}
		for _, flowExt := range []string{ext, ".yaml", ".yml"} {
			if _, err := fs.Stat(fsys, base+flowExt); err == nil {
				return base + flowExt
			}
		}
		return base + ext
	}
	return ""
}
