package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// told is a line of a page, or of a comment in a flow, that tells the reader
	// to run the command.
	told     = regexp.MustCompile("(?m)(?:^|[`$#|] *|^ +)runner ((?:[a-z][a-z-]* ?)+)([^`\n]*)")
	flagOf   = regexp.MustCompile(`(?:^|[ ,])(--[a-z][a-z-]*)`)
	comments = regexp.MustCompile(`\s+#.*`)
)

// TestPagesNameRealCommands: each command and flag that a page tells the reader
// to use is there.
func TestPagesNameRealCommands(t *testing.T) {
	var pages []string
	for _, folder := range []string{"../../docs", "../../flows/examples"} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if d != nil && d.Name() == "decisions" {
				return fs.SkipDir // they say how things were
			}
			if ext := filepath.Ext(path); ext == ".md" || ext == ".yaml" {
				pages = append(pages, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	helps, n := map[string]string{}, 0
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range told.FindAllStringSubmatch(string(text), -1) {
			n++
			command, _, _ := strings.Cut(comments.ReplaceAllString(m[1]+m[2], ""), " > ")
			help := helpOf(t, helps, strings.Fields(m[1]))
			if help == "" {
				t.Errorf("%s tells to run %q: there is no such command", page, command)
				continue
			}
			for _, f := range flagOf.FindAllStringSubmatch(command, -1) {
				if !slices.Contains(strings.Fields(strings.ReplaceAll(help, ",", " ")), f[1]) {
					t.Errorf("%s tells to run %q: there is no %s", page, command, f[1])
				}
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d commands were found", n)
	}
}

// helpOf returns the help of a command, or of the command and its own one, and
// nothing where there is none.
func helpOf(t *testing.T, known map[string]string, words []string) string {
	t.Helper()
	name := words[0]
	if name == "runs" && len(words) > 1 || name == "console" && len(words) > 1 && words[1] == "passwd" {
		name += " " + words[1]
	}
	if help, ok := known[name]; ok {
		return help
	}
	code, help, _ := runner(t, append(strings.Fields(name), "--help")...)
	if code != 0 || !strings.Contains(help, "runner "+name) {
		help = ""
	}
	known[name] = help
	return help
}
