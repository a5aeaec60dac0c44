package main

import (
	"context"
	"errors"
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

// askPeer measures a client of the SDK.
func (b *bench) askPeer(ctx context.Context, s *section, work string, round int) (samples, error) {
	exe, err := b.buildPeers(ctx)
	if err != nil {
		return nil, err
	}
	o := order{Role: roleCalls, Client: clientSDK, Work: work, AtOnce: s.AtOnce, Warm: b.pace.warm, For: b.pace.window, Stub: b.stub, StubPID: b.stubPID}
	if round == 0 && b.profiles != "" {
		o.Profile, o.For = b.profile(s.Name+"-"+clientSDK), 5*b.pace.window
	}
	ctx, cancel := context.WithTimeout(ctx, childLimit)
	defer cancel()
	c, err := b.startProgram(ctx, exe, o)
	if err != nil {
		return nil, err
	}
	var got samples
	err = c.answer(&got)
	if ended := c.end(); ended != nil {
		err = errors.Join(ended, err)
	}
	if err != nil {
		return nil, fmt.Errorf("measuring the SDK's client: %w", err)
	}
	return got, nil
}
