package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"
)

// linux makes the deb and the rpm.
func (p plan) linux(of linuxPackage) error {
	for name, packager := range map[string]nfpm.Packager{of.Deb: deb.Default, of.RPM: rpm.DefaultRPM} {
		info, err := p.info(of, packager == nfpm.Packager(rpm.DefaultRPM))
		if err != nil {
			return fmt.Errorf("making %s: %w", name, err)
		}
		var out bytes.Buffer
		if err := packager.Package(info, &out); err != nil {
			return fmt.Errorf("making %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(p.Out, name), out.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// info is made for each format anew: a packager changes what it gets.
func (p plan) info(of linuxPackage, fedora bool) (*nfpm.Info, error) {
	contents := make(files.Contents, 0, len(of.Files))
	for _, f := range of.Files {
		if fedora { // where zsh looks for functions of packages elsewhere
			f.To = strings.Replace(f.To, "/zsh/vendor-completions/", "/zsh/site-functions/", 1)
		}
		contents = append(contents, &files.Content{
			Source: f.From, Destination: f.To, Type: files.TypeFile,
			FileInfo: &files.ContentFileInfo{Mode: os.FileMode(f.Mode), MTime: p.Time, Owner: "root", Group: "root"},
		})
	}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: p.Name, Version: p.Version, Arch: of.Arch, Platform: "linux", Section: "utils", Priority: "optional",
		Maintainer: p.Maintainer, Description: p.Description + "\n" + p.About, Homepage: p.Homepage, License: p.License, MTime: p.Time,
		DisableGlobbing: true,
		Overridables: nfpm.Overridables{
			Contents: contents,
			RPM:      nfpm.RPM{BuildHost: "localhost", Summary: p.Description},
			// What is started needs certificates to speak to services.
			Recommends: []string{"ca-certificates"},
		},
	})
	if err := info.Validate(); err != nil {
		return nil, err
	}
	return info, nil
}
