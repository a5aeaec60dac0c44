package flows_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows"
)

// bomb stands for a billion values in ten lines.
func bomb() string {
	var b strings.Builder
	b.WriteString("flow: bomb\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		name := string(rune('a' + i + 1))
		before := "a0"
		if i > 0 {
			before = string(rune('a'+i)) + "0"
		}
		b.WriteString(name + "0: &" + name + "0 [" + strings.TrimSuffix(strings.Repeat("*"+before+", ", 10), ", ") + "]\n")
	}
	return b.String()
}

// Each bad file is one clear line, and nothing panics.
func TestBadFiles(t *testing.T) {
	large := strings.Repeat("# "+strings.Repeat("x", 98)+"\n", 20<<20/101)
	deep := "flow: x\nsteps: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	fsys := fstest.MapFS{
		"not.yaml":    {Data: []byte("\x7fELF\x02\x01\x01 {{{ not: [yaml")},
		"binary.yaml": {Data: []byte{0xff, 0xfe, 0x00, 0x41, 0xd8}},
		"latin.yaml":  {Data: []byte("flow: caf\xe9\nsteps: []\n")},
		"empty.yaml":  {Data: nil},
		"blank.yaml":  {Data: []byte("\n\n# nothing\n")},
		"null.yaml":   {Data: []byte("---\n...\n")},
		"large.yaml":  {Data: []byte(large)},
		"bomb.yaml":   {Data: []byte(bomb())},
		"self.yaml":   {Data: []byte("flow: &a [*a, *a]\n")},
		"nul.yaml":    {Data: []byte("flow: a\nsteps:\n  - set: {a: \"\x00\"}\n")},
		"deep.yaml":   {Data: []byte(deep)},
		"list.yaml":   {Data: []byte("[1, 2]")},
		"dir/x.yaml":  {Data: []byte("flow: x")},
	}
	tests := map[string]string{
		"not.yaml":     "[yaml-syntax]",
		"binary.yaml":  "binary.yaml:1:1: error: the file is not UTF-8 text [not-yaml]|binary.yaml:1:3: error: the file holds a NUL byte: it is not YAML text [not-yaml]",
		"latin.yaml":   "latin.yaml:1:10: error: the file is not UTF-8 text [not-yaml]",
		"empty.yaml":   "empty.yaml: error: the file holds no flow [empty-file]",
		"blank.yaml":   "blank.yaml: error: the file holds no flow [empty-file]",
		"null.yaml":    "the file holds no flow [empty-file]",
		"large.yaml":   "large.yaml: error: the file has 20.0 MiB, and at most 16 MiB are read [file-too-large]",
		"bomb.yaml":    "aliases stand for more than 100000 values [alias-bomb]",
		"self.yaml":    "[too-deep]",
		"nul.yaml":     "nul.yaml:3:15: error: the file holds a NUL byte: it is not YAML text [not-yaml]",
		"deep.yaml":    "[too-deep]",
		"list.yaml":    "list.yaml:1:1: error: a flow is a map, this file is a list [not-a-flow]",
		"dir":          "dir: error: this is a folder, not a file [unreadable-file]",
		"missing.yaml": "missing.yaml: error: there is no such file [no-such-file]",
		"../up.yaml":   "../up.yaml: error: the file is not below the root folder [unreadable-file]",
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := flows.Load(fsys, name, (&recorder{}).registry(t))
			var check *flows.CheckError
			if !errors.As(err, &check) {
				t.Fatalf("the check gave %v", err)
			}
			if len(check.Diagnostics) != 1 {
				t.Errorf("%d diagnostics, want one:\n%v", len(check.Diagnostics), err)
			}
			for one := range strings.SplitSeq(want, "|") {
				if strings.Contains(err.Error(), one) {
					return
				}
			}
			t.Errorf("the error is %q, want %q", err, want)
		})
	}
}

func TestUnreadableFile(t *testing.T) {
	_, err := flows.Load(brokenFS{}, "x.yaml", (&recorder{}).registry(t))
	if err == nil || !strings.Contains(err.Error(), "x.yaml: error: the file cannot be read: permission denied") {
		t.Errorf("the error is %v", err)
	}
}

type brokenFS struct{}

func (brokenFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

// FuzzLoad: no file makes the check panic, run on, or report a place outside
// the file.
func FuzzLoad(f *testing.F) {
	paths, _ := filepath.Glob("testdata/errors/*.txtar")
	examples, _ := filepath.Glob("examples/*.yaml")
	for _, path := range append(paths, examples...) {
		if text, err := os.ReadFile(path); err == nil {
			f.Add(text)
		}
	}
	f.Add([]byte(bomb()))
	f.Add([]byte("flow: &a [*a, *a]\n"))
	reg := (&recorder{}).registry(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := flows.Load(fstest.MapFS{"f.yaml": {Data: text}}, "f.yaml", reg)
		if err == nil {
			return
		}
		var check *flows.CheckError
		if !errors.As(err, &check) || len(check.Diagnostics) == 0 {
			t.Fatalf("not a CheckError with diagnostics: %v", err)
		}
		lines := strings.Count(string(text), "\n") + 1
		for _, d := range check.Diagnostics {
			if d.Line < 0 || d.Line > lines+1 || d.Col < 0 || d.Message == "" || d.Rule == "" {
				t.Errorf("a diagnostic out of place: %+v", d)
			}
		}
		if err := check.Print(new(strings.Builder)); err != nil {
			t.Error(err)
		}
	})
}
