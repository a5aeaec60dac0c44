package main

import (
	"context"
	"fmt"
	"path/filepath"
)

// peersModule is the module with the clients of the SDK that this one is not to
// depend on.
const peersModule = "internal/bench/peers"

// buildPeers builds the program that measures them, once.
func (b *bench) buildPeers(ctx context.Context) (string, error) {
	if b.peers != "" {
		return b.peers, nil
	}
	module, err := moduleFolder(ctx)
	if err != nil {
		return "", err
	}
	exe := b.program("peers")
	if _, err := output(ctx, filepath.Join(module, filepath.FromSlash(peersModule)),
		"go", "build", "-trimpath", "-ldflags", "-s -w", "-o", exe, "."); err != nil {
		return "", fmt.Errorf("building %s: %w", peersModule, err)
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
