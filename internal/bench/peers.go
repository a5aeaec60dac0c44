package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// peersModule is the module with the clients of the SDK that this one is not to
// depend on.
const peersModule = "internal/bench/peers"

// buildPeers builds the program that measures them, once.
func (b *bench) buildPeers(ctx context.Context) (string, error) {
	if b.peers != "" {
		return b.peers, nil
	}
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("finding this module: %w", err)
	}
	exe := b.program("peers")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", exe, ".") //nolint:gosec // a fixed command
	cmd.Dir = filepath.Join(strings.TrimSpace(string(out)), filepath.FromSlash(peersModule))
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w: %s", peersModule, err, out)
	}
	b.peers = exe
	return exe, nil
}

// askPeers is ask of the program with the other clients of the SDK.
func (b *bench) askPeers(ctx context.Context, o order) (samples, error) {
	exe, err := b.buildPeers(ctx)
	if err != nil {
		return nil, err
	}
	return b.askProgram(ctx, exe, o)
}
