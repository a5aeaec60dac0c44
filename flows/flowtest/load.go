package flowtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
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
	reader   *reader
	warnings *FileError
	shown    func(name string) string
}

// File gives the test file's name in the file system it was read from.
func (s *Suite) File() string { return s.file }

// FlowFile gives the name of the flow's file.
func (s *Suite) FlowFile() string { return s.flowFile }

// Flow gives the flow under test.
func (s *Suite) Flow() *flows.Flow { return s.flow }

// Tests gives the tests in the order of the file.
func (s *Suite) Tests() []*Test { return s.tests }

// Warnings gives what is odd about the test file and does not stop it; nil for
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

// Error gives one line for each mistake, without excerpts.
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
		option(r)
	}
	r.label = r.shown(name)
	s := &Suite{file: name, reader: r, shown: r.shown}
	var wrong *flows.CheckError
	if r.readFile(fsys) {
		if root := r.parse(); root != nil {
			wrong = r.suite(fsys, root, s)
		}
	}
	list := r.unsilenced(r.diags).Sort()
	found := &FileError{Diagnostics: list, Flow: wrong, source: r.excerpts}
	if list.HasErrors() || wrong != nil {
		return nil, found
	}
	if len(list) > 0 {
		s.warnings = found
	}
	return s, nil
}

func (r *reader) excerpts(file string) []byte {
	if file == r.label {
		return r.veiled()
	}
	return nil
}

// veiled gives the text without the secrets that tests declare in it.
func (r *reader) veiled() []byte {
	text := string(r.text)
	for _, secret := range r.hidden {
		// As many characters as before keep the carets in place.
		text = strings.ReplaceAll(text, secret, strings.Repeat("*", utf8.RuneCountInString(secret)))
	}
	return []byte(text)
}

func (r *reader) readFile(fsys fs.FS) bool {
	if !fs.ValidPath(r.file) {
		r.failFile("unreadable-file", "give a path without .. and without a leading /", "the path does not name a file below the root folder")
		return false
	}
	f, err := fsys.Open(r.file)
	if err != nil {
		r.unreadable(err)
		return false
	}
	defer f.Close() //nolint:errcheck // it was only read
	var text bytes.Buffer
	if _, err := text.ReadFrom(io.LimitReader(f, maxFileSize+1)); err != nil {
		r.unreadable(err)
		return false
	}
	if text.Len() > maxFileSize {
		r.failFile("file-too-large", "make two files of it", "the file has more than 16 MiB")
		return false
	}
	r.text = text.Bytes()
	return true
}

func (r *reader) unreadable(err error) {
	if errors.Is(err, fs.ErrNotExist) {
		r.failFile("no-such-file", "check the path", "there is no such file")
		return
	}
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	r.failFile("unreadable-file", "", "the file cannot be read: "+err.Error())
}

// suite reads the file's root, and gives what is wrong with the flow.
func (r *reader) suite(fsys fs.FS, root *node, s *Suite) *flows.CheckError {
	if !r.isMap(root, "a test file", "flow", "answers", "tests") {
		return nil
	}
	wrong := r.loadFlow(fsys, root, s)
	if answers := root.get("answers"); answers != nil {
		s.shared = r.answers(answers, "answers")
	}
	tests := root.get("tests")
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
			r.fail(n.get("name"), "duplicate-name", "give each test a name of its own", "a test in line %d has the same name", line)
		}
		names[t.name] = t.at.line
		s.tests = append(s.tests, t)
	}
	if len(tests.items) == 0 && tests.kind != mapNode {
		r.fail(root.key("tests"), "missing-key", "tests: is a list, each test has a name", "the file has no tests")
	}
	return wrong
}

// loadFlow finds and loads the flow that the file names, or the one that is
// named like the file.
func (r *reader) loadFlow(fsys fs.FS, root *node, s *Suite) *flows.CheckError {
	at := root.get("flow")
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
			"the path %q leads out of the root folder", at.text)
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
	r.flow, r.steps = flow, s.steps
	return nil
}

// defaultFlow gives release.yaml for release.test.yaml.
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
