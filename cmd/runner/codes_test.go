package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

const codesFolder = "testdata/codes"

// TestCodeExamples: each file of testdata/codes shows a code of errors.md: what is
// typed at a prompt and all that is printed, then the same mended, which ends
// well. docs/codes.md is made from these files, and internal/docs.TestGenerated
// asks for one of each code. UPDATE=1 writes what is printed.
func TestCodeExamples(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(codesFolder, "*.txtar"))
	if err != nil || len(paths) < 30 {
		t.Fatalf("there are %d files (%v)", len(paths), err)
	}
	for i, path := range paths {
		if paths[i], err = filepath.Abs(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range paths {
		code := strings.TrimSuffix(filepath.Base(path), ".txtar")
		t.Run(code, func(t *testing.T) { codeExample(t, path, code) })
	}
}

func codeExample(t *testing.T, path, code string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(bytes.TrimSpace(archive.Comment)) < 20 {
		t.Error("it does not say how it comes to this")
	}
	wrong := map[string][]byte{}
	mended := map[string][]byte{}
	for _, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "mended/"); ok {
			mended[name] = f.Data
			continue
		}
		if f.Name == "own.go" {
			shownIn(t, "codes_own_test.go", f.Data)
		}
		wrong[f.Name] = f.Data
	}
	if len(mended) == 0 {
		t.Fatal("it shows nothing mended")
	}
	folder := t.TempDir()
	got, _ := typedAll(t, folder, wrong, wrong["console"])
	if !strings.Contains(got, code) {
		t.Errorf("the code is not shown:\n%s", got)
	}
	console := mended["console"]
	if console == nil {
		console = wrong["console"]
	}
	after, ended := typedAll(t, folder, mended, console) // as the reader does, who has tried the wrong one
	if ended != 0 {
		t.Errorf("mended it ends with %d:\n%s", ended, after)
	}
	shown := map[string]string{"console": got, "mended/console": after}
	for i, f := range archive.Files {
		if text, ok := shown[f.Name]; ok && os.Getenv("UPDATE") == "" {
			if diff := cmp.Diff(string(f.Data), text); diff != "" {
				t.Errorf("%s (-want +got):\n%s", f.Name, diff)
			}
		} else if ok {
			archive.Files[i].Data = []byte(text)
		}
	}
	if os.Getenv("UPDATE") == "" {
		return
	}
	if !slices.ContainsFunc(archive.Files, func(f txtar.File) bool { return f.Name == "mended/console" }) {
		archive.Files = append(archive.Files, txtar.File{Name: "mended/console", Data: []byte(after)})
	}
	if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}

// shownIn fails where a file does not hold a text.
func shownIn(t *testing.T, file string, text []byte) {
	t.Helper()
	if all, err := os.ReadFile(file); err != nil || !bytes.Contains(all, text) {
		t.Errorf("%s does not hold (%v)\n%s", file, err, text)
	}
}

// typedAll does the lines of a console that begin with a prompt, in a folder that
// gets some files. It returns the console as it looks then, and how the last one
// ended.
func typedAll(t *testing.T, folder string, files map[string][]byte, console []byte) (shown string, ended int) {
	t.Helper()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	back, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	defer t.Chdir(back)
	var out strings.Builder
	for line := range strings.Lines(string(console)) {
		line, isCommand := strings.CutPrefix(strings.TrimSpace(line), "$ ")
		if !isCommand {
			continue
		}
		out.WriteString("$ " + line + "\n")
		words, err := shellWords(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		switch words[0] {
		case "cp":
			data, err := os.ReadFile(words[1])
			if err == nil {
				err = os.WriteFile(words[2], data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		case "runner":
			var text string
			text, ended = quietly(t, words[1:])
			out.WriteString(strings.ReplaceAll(text, folder, "/flows"))
		default:
			t.Fatalf("the test cannot do %q", line)
		}
	}
	return out.String(), ended
}

// quietly runs the command with connectors of one's own, without log lines.
func quietly(t *testing.T, args []string) (text string, ended int) {
	t.Helper()
	if slices.Contains([]string{"run", "resume", "restart"}, args[0]) || len(args) > 1 && args[1] == "restart" {
		args = append(args, "--log-level", "off")
	}
	var stdout, stderr strings.Builder
	c := command()
	c.Connectors = append(c.Connectors, own()...)
	c.Stdout, c.Stderr = &stdout, &stderr
	ended = c.Run(t.Context(), args)
	return timeOfTests.ReplaceAllString(stderr.String()+stdout.String(), "${1}1ms)"), ended
}

// timeOfTests is the time that tests took, which differs.
var timeOfTests = regexp.MustCompile(`(?m)((?:^(?:ok|FAIL) .* in |^\d+ tests?, .*\())[0-9.]+(?:µs|ms|s)\)`)
