package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/medlar-flow/medlar/flows/explore"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/flows/report"
)

// exploreFlags are the flags of `test --explore`.
type exploreFlags struct {
	on     bool
	depth  int
	seed   uint64
	budget time.Duration
	strict bool
}

func (f *exploreFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.on, "explore", false, "try every failure of each call around each green test, see docs/explore.md")
	flags.IntVar(&f.depth, "depth", 1, "how many `faults` meet in one run; what is beyond 1 is tried within the budget")
	flags.Uint64Var(&f.seed, "seed", 0, "`number` that chooses the orders of branches")
	durationFlag(flags, &f.budget, "budget", 10*time.Second, "real `time` for each test to try what is beyond depth 1")
	flags.BoolVar(&f.strict, "strict", false, "with --explore: a change that stays behind or is made twice, and a wait without an end, is a violation")
}

// maxDepth is how many faults may meet: what is deeper nobody waits for.
const maxDepth = 4

func (f *exploreFlags) check(given func(name string) bool) error {
	if !f.on {
		for _, name := range []string{"depth", "seed", "budget", "strict"} {
			if given(name) {
				return wrong("add --explore", "--%s is for --explore", name)
			}
		}
		return nil
	}
	switch {
	case f.depth < 1 || f.depth > maxDepth:
		return wrong(fmt.Sprintf("give a number from 1 to %d", maxDepth), "--depth cannot be %d", f.depth)
	case f.budget <= 0:
		return wrong("give a time such as 10s", "--budget cannot be %s", f.budget)
	}
	return nil
}

// explore tries what can go wrong around the tests of a file, and prints it.
func (r *testRun) explore(ctx context.Context, s *suiteResult, suite *flowtest.Suite) error {
	f := &r.flags.explore
	options := explore.Options{Depth: f.depth, Seed: f.seed, Budget: f.budget, Strict: f.strict, ExitCode: exitCode, Now: r.app.Now}
	if r.only != nil {
		options.Only = r.only.MatchString
	}
	var broken error
	options.Begin = func(t *flowtest.Test, schedules int) {
		if !r.flags.json && broken == nil {
			broken = r.print(printable(fmt.Sprintf("      %s:%d: %s: %s with one fault each\n", suite.Label(), t.Line(), t.Name(), plural(schedules, "schedule"))))
		}
	}
	s.explored = explore.Suite(ctx, suite, options)
	if broken != nil {
		return broken
	}
	if r.flags.json {
		return r.jsonExplored(s)
	}
	var b bytes.Buffer
	if err := s.explored.Print(&b); err != nil {
		return failedBecause("printing tests: %w", err)
	}
	return r.print(printable(b.String()))
}

// exitCode is that of `run` for a run that ended so, canceled by Ctrl-C.
func exitCode(e *report.RunError, canceled bool) int {
	if canceled {
		return codeOf(e, os.Interrupt)
	}
	return codeOf(e, nil)
}

// exploredSummary is the line about all that was explored.
func (r *testRun) exploredSummary() string {
	ran, found, open := 0, 0, 0
	var real time.Duration
	for _, s := range r.suites {
		if s.explored == nil {
			continue
		}
		for _, t := range s.explored.Tests {
			ran, found, open, real = ran+t.Ran, found+len(t.Findings), open+t.NotCovered, real+t.Real
		}
	}
	text := plural(ran, "schedule") + " explored"
	if rate := perSecond(ran, real); rate > 0 {
		text += fmt.Sprintf(" (%d a second)", rate)
	}
	text += ", "
	if found == 0 {
		text += "nothing found"
	} else {
		text += fmt.Sprintf("%d found", found)
	}
	if open > 0 {
		text += fmt.Sprintf(", %d not covered", open)
	}
	return text
}

// perSecond returns how many there were a second; 0 where that says nothing.
func perSecond(n int, real time.Duration) int {
	if real <= 0 {
		return 0
	}
	return int(float64(n) / real.Seconds())
}

// The lines of --json about what was explored.
type (
	exploredLine struct {
		Type       string        `json:"type"` // "explored"
		File       string        `json:"file"`
		Line       int           `json:"line"`
		Name       string        `json:"name"`
		Skipped    string        `json:"skipped,omitempty"`
		Planned    int           `json:"planned"`
		Ran        int           `json:"ran"`
		Deeper     int           `json:"deeper"`
		Left       int           `json:"left"`
		NotCovered int           `json:"notCovered"`
		Stopped    bool          `json:"stopped,omitempty"`
		Real       float64       `json:"seconds"`
		Rate       int           `json:"perSecond"`
		Rows       []exploredRow `json:"rows,omitempty"`
		Found      []foundLine   `json:"found,omitempty"`
	}
	exploredRow struct {
		Step   string   `json:"step"`
		Faults []string `json:"faults"`
		Did    string   `json:"did"`
	}
	foundLine struct {
		Rule     string   `json:"rule"`
		Step     string   `json:"step,omitempty"`
		Text     string   `json:"text"`
		Schedule []string `json:"schedule"`
		Timeline []string `json:"timeline"`
		Test     string   `json:"test,omitempty"`
	}
)

func (r *testRun) jsonExplored(s *suiteResult) error {
	for _, t := range s.explored.Tests {
		line := exploredLine{
			Type: "explored", File: s.path, Line: t.Test.Line(), Name: t.Test.Name(), Skipped: t.Skipped, Planned: t.Planned, Ran: t.Ran,
			Deeper: t.Deeper, Left: t.Left, NotCovered: t.NotCovered, Stopped: t.Stopped, Real: t.Real.Seconds(),
			Rate: perSecond(t.Ran, t.Real),
		}
		for _, row := range t.Rows {
			line.Rows = append(line.Rows, exploredRow(row))
		}
		for _, f := range t.Findings {
			line.Found = append(line.Found, foundLine{f.Rule, f.Step, f.Text, f.Schedule, f.Timeline, f.Test})
		}
		if err := r.jsonLine(line); err != nil {
			return err
		}
	}
	return nil
}

// junitExplored returns a test case for each test that was explored.
func (s *suiteResult) junitExplored() []junitCase {
	if s.explored == nil {
		return nil
	}
	var cases []junitCase
	for _, t := range s.explored.Tests {
		c := junitCase{
			Name: t.Test.Name() + " (explored)", Class: s.explored.Suite.Flow().Name(), File: s.path, Line: t.Test.Line(), Time: seconds(t.Real),
		}
		if t.Skipped != "" {
			c.Skipped = &junitMessage{Message: t.Skipped}
		} else {
			c.Output = printable(t.Table())
		}
		text := ""
		for _, f := range t.Findings {
			text += f.String()
		}
		if text != "" {
			c.Failure = message(printable(text))
		}
		cases = append(cases, c)
	}
	return cases
}
