// Starter starts the program that its arguments name, waits for it, and prints
// what that took as one line of JSON, a [load.Start].
//
// It is small, which is its purpose: Linux counts to the most memory of a process
// also that of whoever started it, at that moment, and whoever measures much has
// more than a program that only starts.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"os"
	"os/exec"
	"time"

	"github.com/medlar-flow/medlar/internal/bench/load"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("give a program and its arguments")
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // the pipe is closed when nobody waits for the answer any more
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := json.NewEncoder(os.Stdout).Encode(start(ctx, os.Args[1:])); err != nil {
		log.Fatal(err)
	}
}

func start(ctx context.Context, argv []string) load.Start {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // it is what this is for
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	err := cmd.Run()
	s := load.Start{Wall: time.Since(began), Stdout: stdout.String(), Stderr: stderr.String()}
	if err != nil {
		s.Error = err.Error()
	}
	if state := cmd.ProcessState; state != nil {
		s.CPU = state.UserTime() + state.SystemTime()
		s.Peak, _ = load.Peak(state)
	}
	return s
}
