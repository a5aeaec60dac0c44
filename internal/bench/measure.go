package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/bench/figures"
	"github.com/medlar-flow/medlar/internal/bench/load"
)

// pace says how long things are measured.
type pace struct {
	warm, window time.Duration
	starts       int           // cold starts of each program in a round
	settle       time.Duration // until a worker has given back what it needed once
}

// bench is a run of the command.
type bench struct {
	exe, dir string // this program, and a folder that is removed at the end
	profiles string
	pace     pace
	stub     string // the stub's address
	stubPID  int
	programs programs        // built when they are first needed
	builds   map[string]bool // folders whose programs are built
	source   string          // the folder of the module; empty for that of this program
	earlier  *bench          // the same with the build of an earlier revision; nil without one
	temporal *temporalServer // of both builds; started when it is first needed
	unable   map[string]bool // what the earlier build could not measure
	notes    io.Writer       // what is being done
}

func newBench(s *settings, notes io.Writer) (*bench, error) {
	b := &bench{
		pace:     pace{warm: 500 * time.Millisecond, window: time.Second, starts: 8, settle: 15 * time.Second},
		profiles: s.profiles, builds: map[string]bool{}, temporal: &temporalServer{}, unable: map[string]bool{}, notes: notes,
	}
	if s.quick {
		b.pace = pace{warm: 100 * time.Millisecond, window: 200 * time.Millisecond, starts: 2, settle: 600 * time.Millisecond}
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

// profile returns the file of a profile.
func (b *bench) profile(name string) string { return filepath.Join(b.profiles, name+".pprof") }

// measure measures the sections in turns, round by round. keep gets the report again
// and again, as soon as it says more. Behind an error there may be a report of what was
// measured.
func (b *bench) measure(ctx context.Context, some []*section, rounds int, keep func(*figures.Report) error) (*figures.Report, error) {
	endStub, err := b.startStub(ctx)
	if err != nil {
		return nil, err
	}
	if b.earlier != nil {
		b.earlier.stub, b.earlier.stubPID = b.stub, b.stubPID
	}
	defer b.temporal.end()
	report, err := b.sections(ctx, some, rounds, keep)
	return report, errors.Join(err, endStub())
}

// outcome is what there is of a section.
type outcome struct {
	figures.Rounds
	err error // it was given up
}

// sections measures sections. One that fails is given up, and the others are measured
// all the same; where ctx ends, what there is counts.
func (b *bench) sections(ctx context.Context, some []*section, rounds int, keep func(*figures.Report) error) (*figures.Report, error) {
	got := make([]outcome, len(some))
	if err := keep(reportOf(some, got, rounds)); err != nil {
		return nil, err
	}
	for round := range rounds {
		for i, s := range some {
			if got[i].err != nil {
				continue
			}
			fmt.Fprintf(b.notes, "round %d of %d: %s\n", round+1, rounds, s.Name)
			err := s.round(ctx, b, round, &got[i].Rounds)
			if err != nil {
				interruption(ctx)
			}
			if err != nil && ctx.Err() == nil {
				fmt.Fprintf(b.notes, "%s is given up: %v\n", s.Name, err)
				got[i].err = err
			}
			report := reportOf(some, got, rounds)
			if ctx.Err() != nil {
				report.Interrupted = fmt.Sprintf("round %d of %d, at %s", round+1, rounds, s.Name)
				return report, errors.Join(ctx.Err(), keep(report))
			}
			if err := keep(report); err != nil {
				return report, err
			}
		}
	}
	return reportOf(some, got, rounds), nil
}

// interruption waits a moment for the end of ctx: a terminal interrupts the children as
// well, and their end may be seen first.
func interruption(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(100 * time.Millisecond):
	}
}

// reportOf makes a report of what there is.
func reportOf(some []*section, got []outcome, rounds int) *figures.Report {
	report := &figures.Report{Machine: machine(), Rounds: rounds, Legend: legend()}
	for i, s := range some {
		full := s.filled(&got[i].Rounds)
		if err := got[i].err; err != nil {
			full.Fail(err)
		}
		report.Sections = append(report.Sections, full)
	}
	report.Goals = goalsOf(report.Sections)
	return report
}

// round measures a section once. Each round begins with another probe, so
// that none always runs first.
func (s *section) round(ctx context.Context, b *bench, round int, into *figures.Rounds) error {
	turns := s.turns(b)
	for i := range turns {
		got, err := turns[(i+round)%len(turns)](ctx, b, round)
		if err != nil {
			return err
		}
		for row, sample := range got {
			into.Add(round, row, sample)
		}
	}
	return nil
}

// filled returns the section with its figures.
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
		if strings.HasSuffix(row.Name, besideMark) && len(row.Figures) == 0 {
			continue // there was no earlier build
		}
		out.Rows = append(out.Rows, row)
	}
	for _, c := range s.comparisons {
		out.Compared = append(out.Compared, got.Compare(c))
	}
	return out
}

func machine() figures.Machine {
	return figures.Machine{Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(), CPU: load.ProcessorName()}
}
