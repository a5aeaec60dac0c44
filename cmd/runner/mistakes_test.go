package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestMistakesAreTyped: what docs/mistakes.md shows of a rule is what the command
// prints that stands above it, but for the count at the end.
func TestMistakesAreTyped(t *testing.T) {
	paths, err := filepath.Glob("../../flows/testdata/rules/*.txtar")
	if err != nil || len(paths) < 120 {
		t.Fatalf("there are %d files (%v)", len(paths), err)
	}
	rules := map[string]*txtar.Archive{}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rules[strings.TrimSuffix(filepath.Base(path), ".txtar")] = archive
	}
	folder := t.TempDir()
	for rule, archive := range rules {
		args, want := written(t, filepath.Join(folder, rule), archive)
		t.Chdir(filepath.Join(folder, rule))
		_, out, said := runner(t, args...)
		got := timeOfTest.ReplaceAllString(said+out, "(0s in 0s)")
		if rest, ok := strings.CutPrefix(got, want); !ok || !countOf.MatchString(rest) {
			t.Errorf("%s: runner %s prints\n%s\nthe page has\n%s", rule, strings.Join(args, " "), got, want)
		}
	}
}

var (
	// timeOfTest is how long a test took, on its clock and on ours.
	timeOfTest = regexp.MustCompile(`\(0s in [0-9.]+(?:µs|ms|s)\)`)
	// countOf is what the commands print at the end.
	countOf = regexp.MustCompile(`^(?:WRONG .*\n)?\w+ (?:errors?|warnings?|tests?)\b.*\n$`)
)

// written writes the files that break a rule to a new folder. It returns the command
// that the page has for them, and what stands below it there.
func written(t *testing.T, folder string, archive *txtar.Archive) (args []string, want string) {
	t.Helper()
	args = []string{"check", "flow.yaml"}
	for _, f := range archive.Files {
		switch {
		case f.Name == "want":
			want = string(f.Data)
			continue
		case strings.HasPrefix(f.Name, "mended."):
			continue
		case f.Name == "flow.test.yaml":
			args = []string{"test"}
		case f.Name == "flow.json":
			args[1] = f.Name
		}
		name := filepath.Join(folder, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return args, want
}
