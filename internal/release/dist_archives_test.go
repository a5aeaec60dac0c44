package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// TestDistArchives: the archive of each system that is there has the commands for
// that system, which can be started, completions, a man page for each command, and
// licences; beside it stands its bill of materials.
func TestDistArchives(t *testing.T) {
	folder, files, version := dist(t)
	pages := 0
	for _, c := range commands() {
		pages += len(available(c.Tree()))
	}
	for _, p := range all {
		ending := ".tar.gz"
		if p.os == "windows" {
			ending = ".zip"
		}
		name := fmt.Sprintf("medlar_%s_%s_%s", version, p.os, p.arch)
		if !files[name+ending] {
			continue // it was made for other systems alone
		}
		t.Run(p.String(), func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(folder, name+ending))
			if err != nil {
				t.Fatal(err)
			}
			held := map[string]int{}
			for _, f := range unpacked(t, data, ending) {
				rest, below := strings.CutPrefix(f.name, name+"/")
				if !below || len(f.data) == 0 {
					t.Errorf("%s has %d bytes, and belongs below %s", f.name, len(f.data), name)
				}
				wanted := os.FileMode(0o644)
				if path.Dir(rest) == "." && strings.HasPrefix(rest, "runner") {
					wanted = 0o755
					if got := systemOf(t, f.data); got != p.String() {
						t.Errorf("%s is for %s", rest, got)
					}
					held["runner"]++
				}
				if f.mode != wanted {
					t.Errorf("%s has the mode %v, not %v", rest, f.mode, wanted)
				}
				held[path.Dir(rest)]++
				held[rest]++
			}
			for what, want := range map[string]int{
				"completions": 4 * len(commands()), "man": pages, "README.md": 1, "CHANGELOG.md": 1, "LICENSE": 1, thirdParty: 1,
			} {
				if held[what] != want {
					t.Errorf("of %s there are %d, not %d", what, held[what], want)
				}
			}
			billOf(t, filepath.Join(folder, name+".cdx.json"), version)
		})
	}
}

// unpacked returns the files of an archive.
func unpacked(t *testing.T, data []byte, ending string) []file {
	t.Helper()
	var files []file
	add := func(name string, mode os.FileMode, r io.Reader) {
		t.Helper()
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file{name: name, mode: mode, data: content})
	}
	if ending == ".zip" {
		r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.File {
			content, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			add(f.Name, f.Mode(), content)
		}
		return files
	}
	compressed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(compressed); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		} else if err != nil {
			t.Fatal(err)
		}
		add(header.Name, header.FileInfo().Mode(), r)
	}
}

// systemOf returns the system that a program is for.
func systemOf(t *testing.T, program []byte) string {
	t.Helper()
	r := bytes.NewReader(program)
	if f, err := elf.NewFile(r); err == nil {
		return "linux/" + map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}[f.Machine]
	}
	if f, err := macho.NewFile(r); err == nil {
		return "darwin/" + map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}[f.Cpu]
	}
	if f, err := pe.NewFile(r); err == nil {
		return "windows/" + map[uint16]string{pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64"}[f.Machine]
	}
	return "nothing that is known"
}

// billOf fails where a bill of materials is not that of this version.
func billOf(t *testing.T, file, version string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var bill struct {
		BOMFormat, SpecVersion string
		Metadata               struct{ Component struct{ Version string } }
		Components             []struct{ PURL string }
	}
	if err := json.Unmarshal(data, &bill); err != nil {
		t.Fatal(err)
	}
	if bill.BOMFormat != "CycloneDX" || bill.SpecVersion != "1.6" || bill.Metadata.Component.Version != "v"+version || len(bill.Components) < 20 {
		t.Errorf("%s is %s %s of %s with %d components", filepath.Base(file), bill.BOMFormat, bill.SpecVersion, bill.Metadata.Component.Version, len(bill.Components))
	}
}
