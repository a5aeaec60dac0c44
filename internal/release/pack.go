package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// plan is what the program in the folder pack reads; it says what each field is.
type plan struct {
	Name, Version, Revision, Description, About, Homepage, License, Maintainer string

	Time     time.Time
	Out      string
	Packages []linuxPackage
	Images   []image
	Bills    []bill
}

type linuxPackage struct {
	Arch, Deb, RPM string
	Files          []packed
}

type packed struct {
	From, To string
	Mode     os.FileMode
	data     []byte // of From, where it is to be written first
}

type image struct {
	File, Command, License, Notices string
	Binaries                        map[string]string
}

type bill struct {
	File     string
	Binaries []string
}

// plan returns one with nothing to make.
func (r release) plan() *plan {
	return &plan{
		Name: "medlar", Version: r.source.version, Revision: r.source.revision, Time: r.source.time, Out: r.out,
		Description: "Check and run integration flows",
		About: "YAML files whose steps call AWS, HTTP services and operations of one's own, checked whole before anything runs. " +
			"A flow that fails undoes what it did, and a run survives a crash. " +
			"An emulator of AWS Lambda, STS and SQS is in the command; runner docs prints its documentation.",
		Homepage: homepage, License: "Apache-2.0",
		Maintainer: "The Medlar authors <medlar@users.noreply.github.com>",
	}
}

// add adds what is made for one system. Images have all systems of Linux.
func (pl *plan) add(r release, p platform, files []file) {
	programs := bill{File: r.name(p, ".cdx.json")}
	for _, c := range commands() {
		programs.Binaries = append(programs.Binaries, r.built(p, c.Name))
	}
	pl.Bills = append(pl.Bills, programs)
	if p.os != "linux" {
		return
	}
	one := linuxPackage{Arch: p.arch, Deb: r.name(p, ".deb"), RPM: r.name(p, ".rpm")}
	for _, f := range files {
		if f.system != "" {
			one.Files = append(one.Files, packed{From: f.path, To: "/" + f.system, Mode: f.mode, data: f.data})
		}
	}
	pl.Packages = append(pl.Packages, one)
	for i, c := range commands() {
		if len(pl.Images) <= i {
			pl.Images = append(pl.Images, image{
				File: fmt.Sprintf("%s_%s_oci.tar", c.Name, r.source.version), Command: c.Name,
				License: filepath.Join(r.root, "LICENSE"), Notices: filepath.Join(r.stage, "system", "usr/share/doc/medlar", thirdParty), Binaries: map[string]string{},
			})
		}
		pl.Images[i].Binaries[p.arch] = r.built(p, c.Name)
	}
}

// pack has the plan made by the program in the folder pack, which is a module of
// its own.
func (r release) pack(ctx context.Context, pl *plan) error {
	for _, one := range pl.Packages {
		for i := range one.Files {
			if err := r.staged(&one.Files[i]); err != nil {
				return err
			}
		}
	}
	text, err := json.Marshal(pl)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "run", ".")
	cmd.Dir = filepath.Join(r.root, "internal", "release", "pack")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), r.say, r.say
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("making packages: %w", err)
	}
	return nil
}

// staged writes a file to the stage that is not there yet.
func (r release) staged(f *packed) error {
	if f.From != "" {
		return nil
	}
	var err error
	if strings.HasSuffix(f.To, ".gz") {
		if f.data, err = gzipped(f.data); err != nil {
			return err
		}
	}
	f.From = filepath.Join(r.stage, "system", filepath.FromSlash(f.To))
	if err := os.MkdirAll(filepath.Dir(f.From), 0o755); err != nil {
		return err
	}
	return os.WriteFile(f.From, f.data, 0o644)
}
