package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
)

// The folders of the programs that are built to be measured, or to measure what this
// one is not to depend on. Those of the peers are modules of their own.
const (
	commandRunner   = "cmd/runner"
	commandTemporal = "cmd/runner-temporal"
	oneshotProgram  = benchFolder + "/oneshot"
	starterProgram  = benchFolder + "/starter"
	temporalProgram = benchFolder + "/temporal"
	byHandProgram   = benchFolder + "/byhand"
	peersSDK        = benchFolder + "/peers"      // clients of the AWS SDK
	peersDBOS       = benchFolder + "/peers/dbos" // DBOS Transact
)

// build builds the program of a folder of this repository, once, as releases are built.
func (b *bench) build(ctx context.Context, folder string) (exe string, err error) {
	exe = b.program(folder)
	if b.builds[folder] {
		return exe, nil
	}
	source := b.source
	if source == "" {
		if source, err = moduleFolder(ctx); err != nil {
			return "", err
		}
	}
	linked := exe + ".linked"
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", linked, ".") //nolint:gosec // a folder of our own
	cmd.Env, cmd.Dir = append(os.Environ(), "CGO_ENABLED=0"), filepath.Join(source, filepath.FromSlash(folder))
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w: %s", folder, err, out)
	}
	if err := install(linked, exe); err != nil {
		return "", err
	}
	b.builds[folder] = true
	return exe, nil
}

// program returns where the program of a folder is when it is built. The ending is for
// Windows and does no harm elsewhere.
func (b *bench) program(folder string) string { return filepath.Join(b.dir, path.Base(folder)+".exe") }

// install moves a program by a copy, as most ways to install one do: a start from the
// pages as the linker wrote them, here and there, takes longer.
func install(linked, to string) (err error) {
	from, err := os.Open(linked) //nolint:gosec // a file of our own
	if err != nil {
		return fmt.Errorf("reading a program: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(linked)) }()
	defer from.Close()
	into, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o700) //nolint:gosec // it is to be run
	if err != nil {
		return fmt.Errorf("writing a program: %w", err)
	}
	_, err = io.Copy(struct{ io.Writer }{into}, from) // by the program: a file system may share the pages else
	if err = errors.Join(err, into.Close()); err != nil {
		return fmt.Errorf("writing a program: %w", err)
	}
	return nil
}

// peer asks a program that does orders.
func peer(folder string) func(*bench, context.Context, order) (samples, error) {
	return func(b *bench, ctx context.Context, o order) (samples, error) {
		exe, err := b.build(ctx, folder)
		if err != nil {
			return nil, err
		}
		return b.askProgram(ctx, exe, o)
	}
}
