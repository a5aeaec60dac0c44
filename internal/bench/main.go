// Bench measures what medlar costs, against the AWS SDK's client and against
// net/http, on loopback and without an account:
//
//	go run ./internal/bench                    # all of it, about twenty minutes
//	go run ./internal/bench --quick --only invoke,steps
//	go run ./internal/bench --before HEAD~20 --only invoke-16
//
// It starts a stub of AWS Lambda and each client as processes of their own,
// measures them in turns for several rounds, and prints medians, ratios, and
// the goals that they are held against. What fails is told beside what was
// measured. It measures nothing that it is not told to, changes nothing, and
// leaves nothing behind.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/medlar-flow/medlar/internal/bench/figures"
)

func main() {
	os.Exit(run()) //nolint:forbidigo // it is a command
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if os.Getenv(childVariable) != "" {
		err = runChild(ctx, os.Stdin, os.Stdout)
	} else {
		err = command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "bench: interrupted")
		return 130
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	default:
		return 0
	}
}

// settings are what the command line says.
type settings struct {
	rounds                             int
	only, profiles, from, before, file string
	quick, json, markdown, goals       bool
}

// errGoals is the error of a run with --goals that missed more than it may.
var errGoals = errors.New("too many goals are missed")

// errSections is the error of a run in which a section could not be measured.
var errSections = errors.New("not measured to the end")

func parse(args []string, stderr io.Writer) (*settings, error) {
	var s settings
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&s.rounds, "rounds", 0, "how often everything is measured (default 5, with --quick 1)")
	f.StringVar(&s.only, "only", "", "sections to measure, with commas between them: "+strings.Join(names(), ", "))
	f.StringVar(&s.profiles, "cpuprofile", "", "`folder` for CPU profiles of the clients' first round")
	f.StringVar(&s.from, "from", "", "print a `file` that --json wrote, and measure nothing")
	f.BoolVar(&s.quick, "quick", false, "measure for a shorter time; the figures are worth less")
	f.BoolFunc("json", "print JSON instead of tables; --json=FILE prints tables, and writes a `file` after each section", func(v string) error {
		if s.json, s.file = v != "false", ""; v != "true" && v != "false" {
			s.file = v
		}
		return nil
	})
	f.BoolVar(&s.markdown, "markdown", false, "print the tables of docs/speed.md")
	f.StringVar(&s.before, "before", "", "a `revision` of this repository whose build every row of ours is measured with too, in turns; "+
		"without it "+reference+" stands beside the rows whose goal names it; \"none\" leaves that out")
	f.BoolVar(&s.goals, "goals", false, fmt.Sprintf("exit with 1 where goal 1 or more than %d of the nine are missed", figures.Allowed))
	switch err := f.Parse(args); {
	case err != nil:
		return nil, err //nolint:wrapcheck // the flag set has printed it
	case f.NArg() > 0:
		return nil, fmt.Errorf("%q is no flag", f.Arg(0))
	case s.rounds < 0 || s.rounds > 100:
		return nil, fmt.Errorf("--rounds is 1 to 100, not %d", s.rounds)
	case s.rounds == 0 && s.quick:
		s.rounds = 1
	case s.rounds == 0:
		s.rounds = 5
	}
	return &s, nil
}

func names() []string {
	var all []string
	for _, s := range sections() {
		all = append(all, s.Name)
	}
	return all
}

// command measures and prints. What it makes is gone when it returns.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if s.from != "" {
		report, err := readReport(s.from)
		if err != nil {
			return err
		}
		return tell(report, s, stdout)
	}
	report, err := measured(ctx, s, stderr)
	return conclude(report, err, s, stdout)
}

// conclude prints what was measured, whatever ended it with err. A section that was
// given up is an error, too.
func conclude(r *figures.Report, err error, s *settings, stdout io.Writer) error {
	if r == nil {
		return err
	}
	if failed := r.Failed(); len(failed) > 0 {
		err = errors.Join(fmt.Errorf("%w: %s", errSections, strings.Join(failed, ", ")), err)
	}
	return errors.Join(err, tell(r, s, stdout))
}

// tell prints a report. With --goals it is an error that too many are missed.
func tell(r *figures.Report, s *settings, stdout io.Writer) error {
	if err := write(r, s, stdout); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	if s.goals && r.Goals.Failed() {
		return fmt.Errorf("%w: %s", errGoals, r.Goals.Summary())
	}
	return nil
}

// readReport reads what --json wrote.
func readReport(path string) (*figures.Report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading figures: %w", err)
	}
	var report figures.Report
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("reading figures from %s: %w", path, err)
	}
	return &report, nil
}

// keeper returns what writes a report into the file that the command line names. One
// that is read at any moment is whole.
func (s *settings) keeper() func(*figures.Report) error {
	if s.file == "" {
		return func(*figures.Report) error { return nil }
	}
	return func(r *figures.Report) error {
		var text bytes.Buffer
		if err := r.JSON(&text); err != nil {
			return fmt.Errorf("writing figures: %w", err)
		}
		part := s.file + ".part"
		if err := errors.Join(os.WriteFile(part, text.Bytes(), 0o600), os.Rename(part, s.file)); err != nil {
			return fmt.Errorf("writing figures: %w", err)
		}
		return nil
	}
}

// measured measures what the command line asks for. Behind an error there may be a
// report of what was measured.
func measured(ctx context.Context, s *settings, progress io.Writer) (*figures.Report, error) {
	some, err := chosen(sections(), s.only)
	if err != nil {
		return nil, err
	}
	b, err := newBench(s, progress)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(b.dir)
	if err := b.compareWith(ctx, s.before, some); err != nil {
		return nil, err
	}
	return b.measure(ctx, some, s.rounds, s.keeper())
}
