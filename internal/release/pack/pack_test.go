package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// program stands for one in packages and images, which look into none.
const program = "#!/bin/sh\nexit 0\n"

// made makes packages. The bill of materials is of this test's own program, which
// is as good as another.
func made(t *testing.T) (folder string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	page, runner := filepath.Join(t.TempDir(), "page"), filepath.Join(t.TempDir(), "runner")
	for name, text := range map[string]string{page: "page", runner: program} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil { // not what the package is to say
			t.Fatal(err)
		}
	}
	p := plan{
		Name: "medlar", Version: "1.2.3-rc.1", Revision: "abc", Description: "Check and run integration flows", About: "What it is.",
		Homepage: "https://example.com", License: "Apache-2.0", Maintainer: "A <a@example.com>",
		Time: time.Date(2026, 2, 3, 4, 5, 6, 789, time.FixedZone("", 3600)), Out: folder,
		Packages: []linuxPackage{{Arch: "arm64", Deb: "x.deb", RPM: "x.rpm", Files: []file{
			{From: runner, To: "/usr/bin/runner", Mode: 0o755}, {From: page, To: "/usr/share/zsh/vendor-completions/_runner", Mode: 0o644},
		}}},
		Images: []imageOf{{File: "x_oci.tar", Command: "runner", License: page, Notices: page, Binaries: map[string]string{runtime.GOARCH: runner, "other": runner}}},
		Bills:  []bill{{File: "x.cdx.json", Binaries: []string{self}}},
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return folder
}

func content(t *testing.T, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestAgain: the same plan gives the same bytes.
func TestAgain(t *testing.T) {
	first, second := made(t), made(t)
	for _, name := range []string{"x.deb", "x.rpm", "x_oci.tar", "x.cdx.json"} {
		if !bytes.Equal(content(t, first, name), content(t, second, name)) {
			t.Errorf("%s differs from one time to the next", name)
		}
	}
}

func TestWrongPlan(t *testing.T) {
	for plan, want := range map[string]string{
		`{`:                                    "reading the plan",
		`{"Nmae": "x"}`:                        `unknown field "Nmae"`,
		`{"Bills": [{"Binaries": ["/none"]}]}`: "/none",
		`{"Images": [{"File": "y", "Binaries": {"amd64": "/none"}}]}`: "making y: open /none",
	} {
		if err := run(strings.NewReader(plan)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %q", plan, err, want)
		}
	}
}

// TestDeb has Debian's program read it.
func TestDeb(t *testing.T) {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("there is no dpkg-deb")
	}
	deb := filepath.Join(made(t), "x.deb")
	fields := said(t, "dpkg-deb", "-f", deb)
	for _, want := range []string{
		"Package: medlar\n", "Version: 1.2.3~rc.1\n", "Architecture: arm64\n", "Maintainer: A <a@example.com>\n",
		"Recommends: ca-certificates\n", "Homepage: https://example.com\n", "Description: Check and run integration flows\n What it is.\n", "Section: utils\n",
	} {
		if !strings.Contains(fields, want) {
			t.Errorf("there is no %q in\n%s", want, fields)
		}
	}
	files := said(t, "dpkg-deb", "-c", deb)
	for _, want := range []string{"-rwxr-xr-x root/root", " ./usr/bin/runner\n", "-rw-r--r-- root/root", " ./usr/share/zsh/vendor-completions/_runner\n", "2026-02-03"} {
		if !strings.Contains(files, want) {
			t.Errorf("there is no %q in\n%s", want, files)
		}
	}
}

// TestRPM has rpm read it where there is one. The names of the machine and its
// user stand in none.
func TestRPM(t *testing.T) {
	rpm := filepath.Join(made(t), "x.rpm")
	data := content(t, rpm)
	if !bytes.HasPrefix(data, []byte{0xed, 0xab, 0xee, 0xdb}) || !bytes.Contains(data, []byte("/usr/share/zsh/site-functions/")) {
		t.Error("it is no rpm, or zsh's completions are elsewhere")
	}
	if host, err := os.Hostname(); err == nil && len(host) > 4 && bytes.Contains(data, []byte(host)) {
		t.Errorf("it names the machine %s", host)
	}
	if _, err := exec.LookPath("rpm"); err != nil {
		t.Skip("there is no rpm")
	}
	if got := said(t, "rpm", "-qp", "--qf", "%{NAME} %{VERSION} %{ARCH} %{LICENSE} %{BUILDHOST} %{SUMMARY}", rpm); got != "medlar 1.2.3~rc.1 aarch64 Apache-2.0 localhost Check and run integration flows" {
		t.Errorf("rpm says %s", got)
	}
}

func said(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	return string(out)
}

// TestBill: it is what CycloneDX's schema wants, and has the modules of the program.
func TestBill(t *testing.T) {
	data := content(t, made(t), "x.cdx.json")
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := schemaOf(t).Validate(value); err != nil {
		t.Errorf("%v", err)
	}
	var got struct {
		SerialNumber string
		Metadata     struct {
			Timestamp string
			Component struct{ Name, Version, Type string }
		}
		Components []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if m := got.Metadata; m.Timestamp != "2026-02-03T03:05:06Z" || m.Component.Name != "github.com/medlar-flow/medlar/internal/release/pack" || m.Component.Version != "v1.2.3-rc.1" || m.Component.Type != "application" {
		t.Errorf("it is of %+v", m)
	}
	for _, want := range []string{"pkg:golang/std@" + strings.TrimPrefix(runtime.Version(), "go"), "pkg:golang/github.com/goreleaser/nfpm/v2@v2.45.0"} {
		if !slices.ContainsFunc(got.Components, func(c struct{ Name, Version, PURL string }) bool { return c.PURL == want }) {
			t.Errorf("%s is missing among %d", want, len(got.Components))
		}
	}
}

// schemaOf returns the schema that the library brings along.
func schemaOf(t *testing.T) *jsonschema.Schema {
	t.Helper()
	library := strings.TrimSpace(said(t, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go"))
	compiler := jsonschema.NewCompiler()
	for file, url := range map[string]string{
		"bom-1.6.schema.json": "http://cyclonedx.org/schema/bom-1.6.schema.json", "spdx.schema.json": "http://cyclonedx.org/schema/spdx.schema.json",
		"jsf-0.82.schemax.json": "http://cyclonedx.org/schema/jsf-0.82.schema.json",
	} {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(content(t, library, "schema", file)))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(url, value); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// untar unpacks an archive without owners; links are none of ours.
func untar(t *testing.T, from io.Reader, folder string) {
	t.Helper()
	for r := tar.NewReader(from); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, filepath.Clean("/"+header.Name))
		if header.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o755)
		} else {
			var data []byte
			if data, err = io.ReadAll(r); err == nil {
				err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, os.FileMode(header.Mode)))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
