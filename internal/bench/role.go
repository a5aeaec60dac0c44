package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"

	"github.com/medlar-flow/medlar/internal/bench/stub"
)

// The roles of a child.
const (
	roleStub    = "stub"
	roleCalls   = "calls"
	roleMemory  = "memory"
	roleSteps   = "steps"
	roleLoading = "loading"
	roleEach    = "each"
)

// runChild does the order that stands on stdin and writes what it measured to
// stdout. It ends early when stdin is closed: the parent has gone.
func runChild(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	in := bufio.NewReader(stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("reading the order: %w", err)
	}
	var o order
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("reading the order: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	out := json.NewEncoder(stdout)
	var got samples
	switch o.Role {
	case roleStub:
		return serveStub(ctx, out)
	case roleCalls:
		got, err = measureCalls(ctx, &o)
	case roleMemory:
		got, err = measureMemory(ctx, &o)
	case roleSteps:
		got, err = measureSteps(ctx, &o)
	case roleLoading:
		got, err = measureLoading(ctx, &o)
	case roleEach:
		got, err = measureEach(ctx, &o)
	default:
		err = fmt.Errorf("there is no role %q", o.Role)
	}
	if err != nil {
		return err
	}
	return out.Encode(got) //nolint:wrapcheck // the parent says more
}

func serveStub(ctx context.Context, out *json.Encoder) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("opening a port: %w", err)
	}
	if err := out.Encode(listening{Address: ln.Addr().String()}); err != nil {
		return fmt.Errorf("telling the address: %w", err)
	}
	return stub.Serve(ctx, ln) //nolint:wrapcheck // it says what happened
}
