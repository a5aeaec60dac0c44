package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

// localFlags are the flags of `local`.
type localFlags struct {
	listen, functions, region, data string
	allowRemote                     bool
}

func (a *app) localCommand() *cobra.Command {
	f := &localFlags{}
	c := &cobra.Command{
		Use:   "local",
		Short: "Serve the AWS emulator alone, for any client",
		Long: `Serve the emulator of AWS Lambda, STS and SQS on this machine, for the AWS CLI,
an SDK or a flow elsewhere. It is for trying and testing.

Functions run as processes of this machine, with the rights of whoever starts
this: those of the functions file, and those that a client uploads.

Standard output gets the environment that a client needs, standard error one
JSON line for each request. A signal ends it, with exit code 0: that is how it
is meant to end. State is gone then, unless --data names a folder for it.`,
		Example: a.examples(
			"NAME local --functions functions.yaml",
			"NAME local --listen 127.0.0.1:0 > local.env &     # then: source local.env",
			"NAME local --data state                           # functions stay when it ends",
		),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.serve(c.Context(), f) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.listen, "listen", "127.0.0.1:4566", "`address` of this machine to listen on; port 0 is a free one")
	flags.StringVar(&f.functions, "functions", "", "`file` with functions, roles and faults (default none)")
	flags.StringVar(&f.data, "data", "", "`folder` that keeps functions and their code when this ends (default none)")
	flags.StringVar(&f.region, "region", emulatorRegion, "`region` that clients are told")
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "let --listen be an address that other machines can reach")
	return c
}

func (a *app) serve(ctx context.Context, f *localFlags) error {
	fixture, err := a.fixture(ctx, f.functions)
	if err != nil {
		return err
	}
	requests := &requestLog{encoder: json.NewEncoder(a.Stderr)}
	emulator, err := startEmulator(awsemu.Options{
		Listen: f.listen, AllowRemote: f.allowRemote, Region: f.region, Data: f.data,
		Fixture: fixture, OnRequest: requests.write,
	})
	if err != nil {
		return err
	}
	a.heed()
	if f.allowRemote {
		fmt.Fprintln(a.Stderr, "warning: with --allow-remote whoever reaches "+f.listen+
			" can run code on this machine: the keys of the emulator are no secret")
	}
	if _, err := fmt.Fprint(a.Stdout, exports(emulator.Env())); err != nil {
		_ = emulator.Close()
		return failedBecause("printing the environment: %w", err)
	}
	_, ended := a.interruptible(ctx, func(ctx context.Context) {
		<-ctx.Done()
		_ = emulator.Close() // requests under way get their answer first
	})
	if !ended {
		return silently(exitInterrupted)
	}
	return nil
}

// requestLog writes a JSON line for each request.
type requestLog struct {
	mu      sync.Mutex
	encoder *json.Encoder
}

func (l *requestLog) write(r awsemu.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.encoder.Encode(r) // nobody reads the log any more: go on serving
}

// exports returns the lines that a shell sources.
func exports(env []string) string {
	var b strings.Builder
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		fmt.Fprintf(&b, "export %s=%s\n", name, shellWord(value))
	}
	return b.String()
}

// shellWord quotes what a shell would not take as one word.
func shellWord(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+=,", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
