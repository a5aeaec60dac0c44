// Package cli is the command runner as a function: [Main] is all that a
// program of its own needs, with the connectors that its flows may call.
//
//	func main() {
//		os.Exit(cli.Main(context.Background(), os.Args, append(operations.All(), mine.Connector())...))
//	}
//
// The commands read flags, call the package flows and print. What a flow means
// and what an operation takes is decided elsewhere.
//
// The exit codes are 0 for done, 1 for a failed run, 2 for a flow or a command
// line that is wrong (nothing ran), 3 for a failed run that could not undo all
// it did (also where a signal ended it), 130 for a run that an interrupt ended
// and 143 for one that a request to terminate, or a lost terminal, ended.
package cli

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/stack"
	_ "github.com/medlar-flow/medlar/internal/stack/early" // before other packages are initialised
)

// Command is the command with the world that it works in. The zero value of
// each field but Connectors is usable: nothing to read, nobody to print to, an
// empty environment, no terminal, no signals.
type Command struct {
	// Name is what the command is called in its help; the default is "runner".
	Name string
	// Connectors offer the operations that flows may call.
	Connectors []*connector.Connector
	// Late are more of them, each made when a flow first names it.
	Late []connector.Late
	// Source offers more, each made when a flow first names it; nil for none.
	Source connector.Source
	// EventSources are those that triggers of served flows may name.
	EventSources []*connector.EventSource
	// DataVersions are versions of data that the program carries, which its
	// version tells: one line each.
	DataVersions func() []string

	Stdin          io.Reader // what a file called - is read from
	Stdout, Stderr io.Writer // results go to Stdout, all else to Stderr
	// Env reads the environment.
	Env func(name string) (value string, ok bool)
	// Terminal gives the size of the terminal that Stderr is; ok is false
	// where it is none.
	Terminal func() (width, height int, ok bool)
	// Signals ends a run: the first cancels it, so that it can undo what it
	// did, the second does not wait for that.
	Signals <-chan os.Signal
	// Now is the clock.
	Now func() time.Time
	// Remote, where not nil, adds the commands worker and attach, and flags of
	// run, for runs that other processes carry.
	Remote Remote

	heap *heap // of Main; nil elsewhere
	// listening is closed when Signals gets what it is to get; nil where it does
	// from the beginning.
	listening <-chan struct{}
}

// Main runs the command with the arguments of a program, args[0] being its
// name, and gives the exit code. Flows may call the operations of connectors.
func Main(ctx context.Context, args []string, connectors ...*connector.Connector) int {
	return Command{Connectors: connectors}.Main(ctx, args)
}

// Main is the function Main for a command with more than connectors: it fills
// in the world of the process.
func (c Command) Main(ctx context.Context, args []string) int {
	stack.Grow()
	c.heap = newHeap(os.LookupEnv, spareAfter)
	defer c.heap.end()
	signals := make(chan os.Signal, 2)
	listening := listen(signals)
	defer func() {
		<-listening
		signal.Stop(signals)
	}()
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	log.SetFlags(0)
	log.SetOutput(quietLog{os.Stderr})
	c.Env, c.Terminal, c.Signals, c.listening = os.LookupEnv, stderrSize, signals, listening
	if len(args) > 0 {
		c.Name = strings.TrimSuffix(filepath.Base(args[0]), ".exe")
		args = args[1:]
	}
	return c.Run(ctx, args)
}

func stderrSize() (width, height int, ok bool) {
	fd := int(os.Stderr.Fd())
	if !term.IsTerminal(fd) {
		return 0, 0, false
	}
	width, height, err := term.GetSize(fd)
	return width, height, err == nil && width > 0 && height > 0
}

// Run runs the command with the arguments behind its name and gives the exit
// code. It returns when all it started has ended, except after a second
// signal.
func (c Command) Run(ctx context.Context, args []string) int {
	a := &app{Command: c.withDefaults()}
	if len(args) == 1 && args[0] == "--version" {
		args = []string{"version"}
	}
	root := a.root(args)
	// A nil slice would make cobra read the arguments of the process.
	root.SetArgs(append([]string{}, args...))
	_, err := root.ExecuteContextC(ctx)
	return a.exit(err, root, args)
}

func (c Command) withDefaults() Command {
	c.Name = cmp.Or(c.Name, "runner")
	if c.Stdin == nil {
		c.Stdin = bytes.NewReader(nil)
	}
	if c.Stdout == nil {
		c.Stdout = io.Discard
	}
	if c.Stderr == nil {
		c.Stderr = io.Discard
	}
	if c.Env == nil {
		c.Env = func(string) (string, bool) { return "", false }
	}
	if c.Terminal == nil {
		c.Terminal = func() (int, int, bool) { return 0, 0, false }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// app is one run of the command.
type app struct {
	Command
	goroutines goroutines
}

func (a *app) registry() (*connector.Registry, error) {
	reg, err := connector.NewRegistry(a.Connectors...)
	if err != nil {
		// A mistake of the program that called Main; no user can mend it.
		return nil, failedBecause("the connectors of this program do not fit together: %w", err)
	}
	if reg, err = reg.WithLate(a.Late...); err != nil {
		return nil, failedBecause("the connectors of this program do not fit together: %w", err)
	}
	if a.Source != nil {
		reg = reg.WithSource(a.Source)
	}
	if reg, err = reg.WithEventSources(a.EventSources...); err != nil {
		return nil, failedBecause("the event sources of this program do not fit together: %w", err)
	}
	return reg, nil
}
