package main

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
)

// The programs that measure what this one is not to depend on: each is a module
// of its own below the bench.
const (
	peersSDK  = "peers"      // clients of the AWS SDK
	peersDBOS = "peers/dbos" // DBOS Transact
)

// buildPeers builds such a program, once.
func (b *bench) buildPeers(ctx context.Context, name string) (string, error) {
	return b.buildOnce(ctx, name, path.Join(benchFolder, name))
}

// buildOnce builds the program of a folder of this repository, once, under a name.
func (b *bench) buildOnce(ctx context.Context, name, folder string) (string, error) {
	if exe, ok := b.peers[name]; ok {
		return exe, nil
	}
	module, err := moduleFolder(ctx)
	if err != nil {
		return "", err
	}
	exe := b.program(path.Base(name))
	if _, err := output(ctx, filepath.Join(module, folder), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", exe, "."); err != nil {
		return "", fmt.Errorf("building %s: %w", folder, err)
	}
	b.peers[name] = exe
	return exe, nil
}

// peer asks such a program.
func peer(name string) func(*bench, context.Context, order) (samples, error) {
	return func(b *bench, ctx context.Context, o order) (samples, error) {
		exe, err := b.buildPeers(ctx, name)
		if err != nil {
			return nil, err
		}
		return b.askProgram(ctx, exe, o)
	}
}
