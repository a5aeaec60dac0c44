// Pack makes packages of programs that have been built: deb and rpm, images
// that any container runtime takes, and bills of materials. It reads a plan as
// JSON from standard input. It is a module of its own, so that those who embed
// flows get none of what packages need; internal/release runs it.
//
// What it makes depends on the plan and the files that it names alone: times are
// that of the plan, and names of this machine stand nowhere.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// plan is what is to be made. Paths are those of this machine; names of files to
// make are below Out.
type plan struct {
	Name        string // of the packages
	Version     string // without v: 0.1.0
	Revision    string // the commit; empty where nobody knows
	Description string
	About       string // a paragraph, for those who look before they install
	Homepage    string
	License     string // as SPDX names it
	Maintainer  string
	Time        time.Time // of all files
	Out         string    // the folder that all is made in
	Packages    []linuxPackage
	Images      []imageOf
	Bills       []bill
}

// linuxPackage is a deb and an rpm of the same files.
type linuxPackage struct {
	Arch     string // as Go names it
	Deb, RPM string // the files to make
	Files    []file
}

type file struct {
	From, To string
	Mode     uint32
}

func main() {
	if err := run(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(in io.Reader) error {
	dec := json.NewDecoder(in)
	dec.DisallowUnknownFields()
	var p plan
	if err := dec.Decode(&p); err != nil {
		return fmt.Errorf("reading the plan: %w", err)
	}
	p.Time = p.Time.UTC().Truncate(time.Second)
	for _, one := range p.Packages {
		if err := p.linux(one); err != nil {
			return err
		}
	}
	for _, one := range p.Images {
		if err := p.image(one); err != nil {
			return fmt.Errorf("making %s: %w", one.File, err)
		}
	}
	for _, one := range p.Bills {
		if err := p.bill(one); err != nil {
			return fmt.Errorf("making %s: %w", one.File, err)
		}
	}
	return nil
}
