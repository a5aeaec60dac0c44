// Bench measures what medlar costs, against the AWS SDK's client and against
// net/http, on loopback and without an account:
//
//	go run ./internal/bench                    # all of it, about six minutes
//	go run ./internal/bench --quick --only invoke,steps
//
// It starts a stub of AWS Lambda and each client as processes of their own,
// measures them in turns for several rounds, and prints medians, ratios, and
// the goals that they are held against. It measures nothing that it is not
// told to, changes nothing, and leaves nothing behind.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

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
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	default:
		return 0
	}
}

// settings are what the command line says.
type settings struct {
	rounds                       int
	only, profiles               string
	quick, json, markdown, goals bool
}

// errGoals is the error of a run with --goals that missed some.
var errGoals = errors.New("goals were missed")

func parse(args []string, stderr io.Writer) (*settings, error) {
	var s settings
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&s.rounds, "rounds", 0, "how often everything is measured (default 5, with --quick 1)")
	f.StringVar(&s.only, "only", "", "sections to measure, with commas between them: "+strings.Join(names(), ", "))
	f.StringVar(&s.profiles, "cpuprofile", "", "`folder` for CPU profiles of the clients' first round")
	f.BoolVar(&s.quick, "quick", false, "measure for a shorter time; the figures are worth less")
	f.BoolVar(&s.json, "json", false, "print JSON instead of tables")
	f.BoolVar(&s.markdown, "markdown", false, "print the tables that the README shows")
	f.BoolVar(&s.goals, "goals", false, "exit with 1 where a goal is missed")
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
	some, err := chosen(sections(), s.only)
	if err != nil {
		return err
	}
	b, err := newBench(s)
	if err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	report, err := b.measure(ctx, some, s.rounds, stderr)
	if err != nil {
		return err
	}
	if err := write(report, s, stdout); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	if missed := report.Missed(); s.goals && len(missed) > 0 {
		return fmt.Errorf("%w:\n  %s", errGoals, strings.Join(missed, "\n  "))
	}
	return nil
}

// pace says how long things are measured.
type pace struct {
	warm, window time.Duration
	starts       int // cold starts of each program in a round
}

// bench is a run of the command.
type bench struct {
	exe, dir string // this program, and a folder that is removed at the end
	profiles string
	pace     pace
	stub     string // the stub's address
	stubPID  int
	programs programs // built when they are first needed
}

func newBench(s *settings) (*bench, error) {
	b := &bench{pace: pace{warm: 500 * time.Millisecond, window: time.Second, starts: 8}, profiles: s.profiles}
	if s.quick {
		b.pace = pace{warm: 100 * time.Millisecond, window: 200 * time.Millisecond, starts: 2}
	}
	var err error
	if b.exe, err = os.Executable(); err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	if b.profiles != "" {
		if b.profiles, err = filepath.Abs(b.profiles); err == nil {
			err = os.MkdirAll(b.profiles, 0o750) //nolint:gosec // where the user wants it
		}
		if err != nil {
			return nil, fmt.Errorf("making the folder for profiles: %w", err)
		}
	}
	if b.dir, err = os.MkdirTemp("", "medlar-bench"); err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	return b, nil
}

// profile gives the file of a profile; empty where none is wanted.
func (b *bench) profile(name string) string {
	if b.profiles == "" {
		return ""
	}
	return filepath.Join(b.profiles, name+".pprof")
}

// measure measures the sections in turns, round by round.
func (b *bench) measure(ctx context.Context, some []*section, rounds int, progress io.Writer) (*figures.Report, error) {
	endStub, err := b.startStub(ctx)
	if err != nil {
		return nil, err
	}
	got := make([]figures.Rounds, len(some))
	for round := range rounds {
		for i, s := range some {
			fmt.Fprintf(progress, "round %d of %d: %s\n", round+1, rounds, s.Name)
			if err := s.round(ctx, b, round, &got[i]); err != nil {
				return nil, errors.Join(fmt.Errorf("%s: %w", s.Name, err), endStub())
			}
		}
	}
	report := &figures.Report{Machine: machine(), Rounds: rounds, Legend: legend()}
	for i, s := range some {
		report.Sections = append(report.Sections, s.filled(&got[i]))
	}
	return report, endStub()
}

// round measures a section once. Each round begins with another probe, so
// that none always runs first.
func (s *section) round(ctx context.Context, b *bench, round int, into *figures.Rounds) error {
	for i := range s.probes {
		got, err := s.probes[(i+round)%len(s.probes)](ctx, b, round)
		if err != nil {
			return err
		}
		for row, sample := range got {
			into.Add(round, row, sample)
		}
	}
	return nil
}

// filled gives the section with its figures.
func (s *section) filled(got *figures.Rounds) figures.Section {
	out := s.Section
	out.Rows = nil
	for _, row := range s.Rows {
		row.Figures = map[string]figures.Stat{}
		for _, c := range s.Columns {
			if stat := got.Stat(row.Name, c.Metric); stat.Rounds > 0 {
				row.Figures[c.Metric] = stat
			}
		}
		out.Rows = append(out.Rows, row)
	}
	for _, c := range s.comparisons {
		out.Compared = append(out.Compared, got.Compare(c))
	}
	return out
}

func machine() figures.Machine {
	return figures.Machine{Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(), CPU: processorName()}
}
