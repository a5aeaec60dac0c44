package main

import (
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// bill is a bill of materials: the modules that programs were linked of, as
// they themselves say.
type bill struct {
	File     string // to make
	Binaries []string
}

func (p plan) bill(of bill) error {
	modules := map[string]cdx.Component{}
	for _, path := range of.Binaries {
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return err
		}
		std := component("std", strings.TrimPrefix(info.GoVersion, "go"))
		modules[std.BOMRef] = std
		for _, dep := range info.Deps {
			dep = cmp.Or(dep.Replace, dep)
			c := component(dep.Path, dep.Version)
			modules[c.BOMRef] = c
		}
	}
	main := component(mainModule(of.Binaries), "v"+p.Version)
	main.Type = cdx.ComponentTypeApplication
	main.Licenses = &cdx.Licenses{{License: &cdx.License{ID: p.License}}}
	refs := slices.Sorted(maps.Keys(modules))
	components := make([]cdx.Component, 0, len(refs))
	for _, ref := range refs {
		components = append(components, modules[ref])
	}
	bom := cdx.NewBOM()
	bom.SerialNumber = serial(of.File, p.Version, p.Revision)
	bom.Metadata = &cdx.Metadata{Timestamp: p.Time.Format(time.RFC3339), Component: &main}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: main.BOMRef, Dependencies: &refs}}
	out, err := os.Create(filepath.Join(p.Out, of.File))
	if err != nil {
		return err
	}
	encoder := cdx.NewBOMEncoder(out, cdx.BOMFileFormatJSON)
	if err := encoder.SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

func component(path, version string) cdx.Component {
	url := "pkg:golang/" + path + "@" + version
	return cdx.Component{BOMRef: url, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: url, Scope: cdx.ScopeRequired}
}

// mainModule returns the module of the programs' own code.
func mainModule(binaries []string) string {
	for _, path := range binaries {
		if info, err := buildinfo.ReadFile(path); err == nil && info.Main != (debug.Module{}) {
			return info.Main.Path
		}
	}
	return ""
}

// serial returns a number that is the bill's own and the same for each build of
// the same source: a UUID by the digest of what it is a bill of.
func serial(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	id := sum[:16]
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // version 8: of our own making
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
