package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	os.Exit(m.Run())
}

func git(t *testing.T, folder string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"}, args...)...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z", "GIT_CEILING_DIRECTORIES="+filepath.Dir(folder))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// TestSource: a release is of a tag with nothing changed, a snapshot of anything.
func TestSource(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	folder := t.TempDir()
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(folder))
	told := func(snapshot bool, version string) string {
		t.Helper()
		s, err := sourceOf(t.Context(), folder, snapshot, version, "")
		if err != nil {
			return strings.SplitN(err.Error(), "\n", 2)[0]
		}
		return strings.Join([]string{s.version, s.revision, s.time.Format(time.RFC3339)}, " ")
	}
	want := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	want(told(false, ""), "a release is made of a tag, and this folder is no repository: add --snapshot, or --version v0.1.0")
	want(told(true, ""), "0.0.0-snapshot  2000-01-01T00:00:00Z")
	want(told(false, "1.2.3"), `the version "1.2.3" is not written as v0.1.0`)
	write(t, filepath.Join(folder, "a"), "a")
	git(t, folder, "init", "-q")
	git(t, folder, "add", "a")
	git(t, folder, "commit", "-q", "-m", "a", "--date", "2026-01-02T03:04:05Z")
	hash, err := output(t.Context(), folder, "git", "rev-parse", "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	want(told(false, ""), "HEAD has no tag: git tag v0.1.0, or add --snapshot")
	want(told(true, ""), "0.0.0-snapshot.g"+hash[:12]+" "+hash+" 2026-01-02T03:04:05Z")
	git(t, folder, "tag", "v1.2.3")
	want(told(false, ""), "1.2.3 "+hash+" 2026-01-02T03:04:05Z")
	write(t, filepath.Join(folder, "a"), "b")
	want(told(false, ""), "a release is made of a tag, and there are changes: commit them, or add --snapshot")
	want(told(false, "v2.0.0-rc.1"), "2.0.0-rc.1 "+hash+" (modified) 2026-01-02T03:04:05Z")
	t.Setenv("SOURCE_DATE_EPOCH", "86400")
	before, err := sourceOf(t.Context(), folder, true, "", "")
	if err != nil || before.unchanged(before) != nil {
		t.Errorf("a source is not as it is: %v, %v", err, before.unchanged(before))
	}
	write(t, filepath.Join(folder, "b"), "b")
	git(t, folder, "add", "b")
	after, err := sourceOf(t.Context(), folder, true, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := before.unchanged(after); err == nil || !strings.Contains(err.Error(), "make it anew") {
		t.Errorf("a change while the release is made gives %v", err)
	}
	git(t, folder, "reset", "-q", "b")
	want(told(false, "v2.0.0"), "2.0.0 "+hash+" (modified) 1970-01-02T00:00:00Z")
	t.Setenv("SOURCE_DATE_EPOCH", "today")
	want(told(true, ""), `SOURCE_DATE_EPOCH is "today": a number of seconds belongs there`)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestWrongCalls: nothing is made, and nobody's files go.
func TestWrongCalls(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "mine"), "")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--only", "plan9/mips"}, "there are [linux/amd64 linux/arm64"},
		{[]string{"now"}, `it takes no argument, found "now"`},
		{[]string{"--snapshot", "--out", folder}, "holds something that is no release"},
	} {
		if err := run(t.Context(), tt.args, io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v gives %v, want %q", tt.args, err, tt.want)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "mine")); err != nil {
		t.Error(err)
	}
}

// TestEmptied: an earlier release goes.
func TestEmptied(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, sumsFile), "")
	if err := emptied(folder); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestCommandsAreAll: what is below cmd is handed out.
func TestCommandsAreAll(t *testing.T) {
	entries, err := os.ReadDir("../../cmd")
	if err != nil {
		t.Fatal(err)
	}
	var have, handed []string
	for _, e := range entries {
		have = append(have, e.Name())
	}
	for _, c := range commands() {
		handed = append(handed, c.Name)
	}
	if !slices.Equal(have, handed) {
		t.Errorf("there are %v, handed out are %v", have, handed)
	}
}

// TestPapers: each command has a man page with its flags, each shell completions,
// and no page says when and by what it was made.
func TestPapers(t *testing.T) {
	r := release{root: "../..", source: source{version: "1.2.3", time: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)}}
	files, err := r.papers()
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]string{}
	for _, f := range files {
		if by[f.name] != "" {
			t.Errorf("%s is there twice", f.name)
		}
		by[f.name] = string(f.data)
	}
	for name, parts := range map[string][]string{
		"LICENSE": {"Apache License"}, "README.md": {"# Medlar"},
		"man/runner.1":                    {`.TH "RUNNER" "1" "Feb 2026" "Medlar 1.2.3" "Medlar"`, "run integration flows"},
		"man/runner-serve.1":              {"--listen", "--journal"},
		"man/runner-runs-restart.1":       {"--from"},
		"man/runner-temporal-worker.1":    {"--temporal"},
		"completions/runner.bash":         {"__start_runner"},
		"completions/runner.zsh":          {"#compdef runner"},
		"completions/runner.fish":         {"complete -c runner"},
		"completions/runner.ps1":          {"Register-ArgumentCompleter"},
		"completions/runner-temporal.zsh": {"#compdef runner-temporal"},
	} {
		for _, part := range parts {
			if !strings.Contains(strings.ReplaceAll(by[name], `\-`, "-"), part) {
				t.Errorf("%s has no %q", name, part)
			}
		}
	}
	for name, text := range by {
		if strings.HasPrefix(name, "man/") && (strings.Contains(text, "Auto generated") || strings.Contains(text, ".SH HISTORY")) {
			t.Errorf("%s says that it is generated", name)
		}
	}
}

// TestLinked: links of pages in an archive lead to the repository as it was.
func TestLinked(t *testing.T) {
	const page = "[a](docs/a.md), [`b`](docs/b.md#part) ![picture](docs/images/c.svg) [far](https://example.com/d.md) [here](#part)"
	for revision, want := range map[string]string{
		"":               "[a](HOME/blob/main/docs/a.md), [`b`](HOME/blob/main/docs/b.md#part) ![picture](HOME/raw/main/docs/images/c.svg) [far](https://example.com/d.md) [here](#part)",
		"abc (modified)": "[a](HOME/blob/abc/docs/a.md), [`b`](HOME/blob/abc/docs/b.md#part) ![picture](HOME/raw/abc/docs/images/c.svg) [far](https://example.com/d.md) [here](#part)",
	} {
		if got := string(source{revision: revision}.linked([]byte(page))); got != strings.ReplaceAll(want, "HOME", homepage) {
			t.Errorf("%q gives\n%s", revision, got)
		}
	}
}

// TestArchives: what is in them is what was given, and two are equal.
func TestArchives(t *testing.T) {
	r := release{source: source{time: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)}}
	program := filepath.Join(t.TempDir(), "program")
	write(t, program, "ELF")
	files := []file{{name: "runner", path: program, mode: 0o755}, {name: "man/runner.1", data: []byte("page"), mode: 0o644}}
	const want = "x/runner -rwxr-xr-x 2026-02-03T04:05:06Z ELF\nx/man/runner.1 -rw-r--r-- 2026-02-03T04:05:06Z page\n"
	for name, of := range map[string]struct {
		write func(io.Writer, string, []file) error
		read  func(*testing.T, []byte) string
	}{"tar.gz": {r.tarGz, untarred}, "zip": {r.zip, unzipped}} {
		var first, second bytes.Buffer
		if err := errors.Join(of.write(&first, "x", files), of.write(&second, "x", files)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("two of %s differ", name)
		}
		if got := of.read(t, first.Bytes()); got != want {
			t.Errorf("%s holds\n%s\nwant\n%s", name, got, want)
		}
	}
}

func told(name string, mode fs.FileMode, at time.Time, data []byte) string {
	return strings.Join([]string{name, mode.String(), at.UTC().Format(time.RFC3339), string(data) + "\n"}, " ")
}

func untarred(t *testing.T, data []byte) string {
	t.Helper()
	compressed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for r := tar.NewReader(compressed); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out.String()
		} else if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString(told(header.Name, fs.FileMode(header.Mode), header.ModTime, content))
	}
}

func unzipped(t *testing.T, data []byte) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range r.File {
		content, err := fs.ReadFile(r, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString(told(f.Name, f.Mode(), f.Modified, content))
	}
	return out.String()
}
