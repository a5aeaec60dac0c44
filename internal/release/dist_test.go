package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// distVariable names the folder of a release that was made before, of linux/amd64
// at least, for the tests that look at it.
const distVariable = "MEDLAR_DIST"

var debName = regexp.MustCompile(`^medlar_(.+)_linux_amd64\.deb$`)

// dist returns the folder, its files by name, and the version.
func dist(t *testing.T) (folder string, files map[string]bool, version string) {
	t.Helper()
	if os.Getenv(distVariable) == "" {
		t.Skip("set " + distVariable + " to a folder made by: go run ./internal/release --snapshot --only linux/amd64 --out FOLDER")
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the programs are for linux/amd64")
	}
	folder = os.Getenv(distVariable)
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]bool{}
	for _, e := range entries {
		files[e.Name()] = true
		if m := debName.FindStringSubmatch(e.Name()); m != nil {
			version = m[1]
		}
	}
	if version == "" {
		t.Fatalf("%s has no deb", folder)
	}
	return folder, files, version
}

// TestDistSums: the list has every file, with its digest.
func TestDistSums(t *testing.T) {
	folder, files, version := dist(t)
	text, err := os.ReadFile(filepath.Join(folder, sumsFile))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != sum {
			t.Errorf("%s has the digest %s, listed is %s", name, got, sum)
		}
		delete(files, name)
	}
	delete(files, sumsFile)
	if len(files) > 0 {
		t.Errorf("not listed: %v", files)
	}
	for _, name := range []string{"medlar_%s_linux_amd64.tar.gz", "medlar_%s_linux_amd64.rpm", "medlar_%s_linux_amd64.cdx.json", "runner_%s_oci.tar", "runner-temporal_%s_oci.tar"} {
		if name = fmt.Sprintf(name, version); !strings.Contains(string(text), name) {
			t.Errorf("there is no %s", name)
		}
	}
}

// TestDistDeb unpacks the deb with Debian's own program and uses what is in it.
func TestDistDeb(t *testing.T) {
	folder, _, version := dist(t)
	testenv.DpkgDeb.Find(t)
	deb, system := filepath.Join(folder, "medlar_"+version+"_linux_amd64.deb"), t.TempDir()
	// A version before a release is below it for dpkg, too.
	does(t, "", "0\\.0\\.0~snapshot.*|\\d+\\.\\d+\\.\\d+.*", "dpkg-deb", "-f", deb, "Version")
	does(t, "", "amd64", "dpkg-deb", "-f", deb, "Architecture")
	does(t, "", "", "dpkg-deb", "-x", deb, system)
	for _, command := range []string{"runner", "runner-temporal"} {
		program := filepath.Join(system, "usr/bin", command)
		does(t, system, command+" v"+regexp.QuoteMeta(version)+`\n(revision .+\n)?go1\..+ linux/amd64\naws services of botocore .+`, program, "version")
		does(t, system, `# The (?s).*`, program, "docs", "language")
		static(t, program)
	}
	for _, c := range commands() {
		for _, one := range available(c.Tree()) {
			page := filepath.Join(system, "usr/share/man/man1", strings.ReplaceAll(one.CommandPath(), " ", "-")+".1.gz")
			data, err := os.ReadFile(page)
			if err != nil {
				t.Error(err)
				continue
			}
			r, err := gzip.NewReader(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(r); err != nil || !bytes.Contains(text, []byte(".SH SYNOPSIS")) {
				t.Errorf("%s is no page (%v)", page, err)
			}
		}
	}
	for _, name := range []string{"bash-completion/completions/runner", "zsh/vendor-completions/_runner", "fish/vendor_completions.d/runner-temporal.fish", "doc/medlar/copyright", "doc/medlar/THIRD-PARTY.txt"} {
		if info, err := os.Stat(filepath.Join(system, "usr/share", name)); err != nil || info.Size() < 100 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// does runs a program and compares what it prints with a pattern.
func does(t *testing.T, folder, want, program string, args ...string) {
	t.Helper()
	got, err := output(t.Context(), folder, program, args...)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^(?:` + want + `)$`).MatchString(got) {
		t.Errorf("%s %v prints\n%s\nwant %s", filepath.Base(program), args, got, want)
	}
}

// static fails where a program needs libraries of the system, or tells where it
// was built.
func static(t *testing.T, program string) {
	t.Helper()
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if libraries, err := file.ImportedLibraries(); err == nil && len(libraries) > 0 {
		t.Errorf("%s needs %v", program, libraries)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	modules, err := output(t.Context(), "", "go", "env", "GOMODCACHE")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{here, modules} {
		if bytes.Contains(data, []byte(path+"/")) {
			t.Errorf("%s tells the path %s", filepath.Base(program), path)
		}
	}
}

// TestDistAgain makes the release once more, of a copy of the source in another
// folder, and gets the same bytes.
func TestDistAgain(t *testing.T) {
	folder, _, version := dist(t)
	first, err := os.ReadFile(filepath.Join(folder, sumsFile))
	if err != nil {
		t.Fatal(err)
	}
	runs := filepath.Join(t.TempDir(), "runner")
	extract(t, filepath.Join(folder, "medlar_"+version+"_linux_amd64.deb"), "./usr/bin/runner", runs)
	printed, err := output(t.Context(), "", runs, "version")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--snapshot", "--version", "v" + version, "--out", filepath.Join(t.TempDir(), "dist")}
	for _, p := range all {
		if strings.Contains(string(first), p.os+"_"+p.arch) {
			args = append(args, "--only", p.String())
		}
	}
	if _, rest, ok := strings.Cut(printed, "\nrevision "); ok {
		revision, _, _ := strings.Cut(rest, "\n")
		args = append(args, "--revision", revision)
	}
	s, err := sourceOf(t.Context(), "../..", true, "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOURCE_DATE_EPOCH", fmt.Sprint(s.time.Unix()))
	t.Chdir(copied(t))
	var said strings.Builder
	if err := run(t.Context(), args, &said); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	second, err := os.ReadFile(filepath.Join(args[4], sumsFile))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Errorf("first\n%s\nthen\n%s", first, second)
	}
}

// extract writes one file of a deb.
func extract(t *testing.T, deb, name, to string) {
	t.Helper()
	testenv.DpkgDeb.Find(t)
	folder := t.TempDir()
	does(t, "", "", "dpkg-deb", "-x", deb, folder)
	if err := os.Rename(filepath.Join(folder, name), to); err != nil {
		t.Fatal(err)
	}
}

// copied returns a copy of the source, without its repository.
func copied(t *testing.T) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "elsewhere")
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel("../..", path)
		switch {
		case err != nil:
			return err
		case d.Name() == ".git" || d.Name() == "node_modules" || rel == "dist":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}
