package cli

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/explore"
	"github.com/medlar-flow/medlar/flows/flowtest"
)

// testFlags are the flags of `test`.
type testFlags struct {
	run     string
	root    string
	junit   string
	json    bool
	require bool
	timeout time.Duration
	explore exploreFlags
}

func (a *app) testCommand() *cobra.Command {
	f := &testFlags{}
	c := &cobra.Command{
		Use:   "test [PATH...]",
		Short: "Run the tests of flows, call nothing",
		Long: `Run the tests of flows. A test file, release.test.yaml beside release.yaml, says
what the operations answer and what the flow is to do with that. No operation
is called, no network is used, and waiting takes no time.

A PATH is a test file, a flow, a folder with everything below it but hidden
folders, testdata, node_modules and vendor, or a pattern; the default is this
folder. The exit code is 1 where a test failed, 2 where a test file or a flow is
wrong.

With --explore every failure that the world can produce is tried around each
green test: calls that fail, that are done though nobody knows, that are not
answered in time; cancellation, time limits, and a process that dies at each
step. What must hold always, and what tests say under always:, is held against
each run; where something does not hold, the exit code is 1, and the smallest
schedule is printed as a test.`,
		Example: a.examples(
			"NAME test",
			"NAME test release.yaml --run 'is undone'",
			"NAME test flows --require-coverage --junit report.xml",
			"NAME test release.yaml --explore --depth 2",
		),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.explore.check(c.Flags().Changed); err != nil {
				return err
			}
			return a.test(c.Context(), args, f)
		},
		ValidArgsFunction: completeFlows,
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.run, "run", "", "run the tests whose name matches this `regexp`")
	flags.BoolVar(&f.require, "require-coverage", false, "fail where no test reaches a step")
	flags.StringVar(&f.junit, "junit", "", "write a JUnit XML report to this `file`")
	flags.BoolVar(&f.json, "json", false, "print a JSON line for each test")
	durationFlag(flags, &f.timeout, "timeout", 30*time.Second, "end each test after this `duration` of real time")
	flags.StringVar(&f.root, "root", "", "`folder` that flows may read files from (default the folder of each test file)")
	f.explore.add(flags)
	return c
}

func (a *app) test(ctx context.Context, args []string, f *testFlags) error {
	only, err := f.check()
	if err != nil {
		return err
	}
	reg, err := a.registry()
	if err != nil {
		return err
	}
	paths, err := findTests(args)
	if err != nil {
		return err
	}
	run := &testRun{app: a, flags: f, only: only, registry: reg, coverage: map[string]*flowtest.Coverage{}, start: a.Now()}
	run.options = []flowtest.Option{flowtest.WithLimit(f.timeout), flowtest.WithClock(a.Now)}
	if only != nil {
		run.options = append(run.options, flowtest.WithOnly(only))
	}
	s, ended := a.interruptible(ctx, func(ctx context.Context) { err = run.all(ctx, paths) })
	switch {
	case s != nil:
		return silently(signalCode(s))
	case !ended || err != nil:
		return err
	}
	return run.finish()
}

// check finds flags that cannot be.
func (f *testFlags) check() (only *regexp.Regexp, err error) {
	if f.timeout <= 0 {
		return nil, wrong("give a time such as 10s", "--timeout cannot be %s", f.timeout)
	}
	if f.run == "" {
		return nil, nil
	}
	if f.require {
		return nil, wrong("leave one out", "--run and --require-coverage exclude each other: some tests alone cannot reach everything")
	}
	if only, err = regexp.Compile(f.run); err != nil {
		return nil, wrong("it is a regular expression in Go's syntax", "--run: %w", err)
	}
	return only, nil
}

// testRun is the command at work.
type testRun struct {
	app      *app
	flags    *testFlags
	only     *regexp.Regexp // the names of tests; nil for all
	registry *connector.Registry
	options  []flowtest.Option
	start    time.Time

	suites   []suiteResult
	order    []string                      // flows, as the user knows them
	coverage map[string]*flowtest.Coverage // by flow; nil where some tests of it did not run
}

// suiteResult is a test file with what came of it: a report, or what is wrong
// with it.
type suiteResult struct {
	path     string
	report   *flowtest.Report
	wrong    *flowtest.FileError
	explored *explore.Report // nil where nobody asked for it
}

func (r *testRun) all(ctx context.Context, paths []string) error {
	for _, path := range paths {
		if ctx.Err() != nil {
			return nil
		}
		if err := r.file(ctx, path); err != nil {
			return err
		}
	}
	return nil
}

func (r *testRun) file(ctx context.Context, path string) error {
	file, err := openFlow(path, r.flags.root)
	if err != nil {
		return err
	}
	defer file.close() //nolint:errcheck // it was only read
	result := suiteResult{path: path}
	suite, err := flowtest.Load(file.fsys, file.name, r.registry, flowtest.WithNames(file.shown))
	if err != nil {
		if result.wrong, err = asFileError(err); err != nil {
			return err
		}
		r.suites = append(r.suites, result)
		return r.printWrong(file, result)
	}
	result.report = suite.Run(ctx, r.options...)
	if r.flags.explore.on {
		result.report.Warnings = nil // what no test asks for, a failure can
	}
	r.cover(file.shown(suite.FlowFile()), result.report.Coverage)
	if err := r.printReport(result); err != nil {
		return err
	}
	if r.flags.explore.on && ctx.Err() == nil {
		err = r.explore(ctx, &result, suite)
	}
	r.suites = append(r.suites, result)
	return err
}

func (r *testRun) cover(flow string, c *flowtest.Coverage) {
	before, known := r.coverage[flow]
	switch {
	case !known:
		r.order = append(r.order, flow)
		r.coverage[flow] = c
	case before == nil || c == nil:
		r.coverage[flow] = nil
	default:
		before.Add(c)
	}
}

// missing returns what no test reaches.
func (r *testRun) missing() flows.Diagnostics {
	var list flows.Diagnostics
	for _, flow := range r.order {
		if c := r.coverage[flow]; c != nil {
			list = append(list, c.Missing()...)
		}
	}
	return list
}

// finish prints what concerns all files, and chooses the exit code.
func (r *testRun) finish() error {
	missing := r.missing()
	if err := r.printEnd(missing); err != nil {
		return err
	}
	if r.flags.junit != "" {
		if err := r.writeJUnit(); err != nil {
			return err
		}
	}
	code := exitDone
	for _, s := range r.suites {
		if s.report != nil && !s.report.OK() || s.explored != nil && !s.explored.OK() {
			code = exitFailed
		}
	}
	if r.flags.require && len(missing) > 0 {
		code = exitFailed
	}
	for _, s := range r.suites {
		if s.wrong != nil {
			code = exitWrong
		}
	}
	switch {
	case code != exitDone:
		return silently(code)
	case r.flags.run != "" && r.count() == 0:
		return wrong("the names stand behind name: in the test files", "no test has a name that matches --run %q", r.flags.run)
	}
	return nil
}

func (r *testRun) count() int {
	n := 0
	for _, s := range r.suites {
		if s.report != nil {
			n += len(s.report.Outcomes)
		}
	}
	return n
}

func (r *testRun) writeJUnit() error {
	text, err := junit(r.suites)
	if err == nil {
		err = os.WriteFile(r.flags.junit, text, 0o644) //nolint:gosec // a report for others to read
	}
	if err != nil {
		return failedBecause("writing the JUnit report: %w", err)
	}
	return nil
}

// summary is the last line.
func (r *testRun) summary() string {
	var reports []*flowtest.Report
	wrong := 0
	for _, s := range r.suites {
		if s.wrong != nil {
			wrong++
			continue
		}
		reports = append(reports, s.report)
	}
	text := flowtest.Summary(reports...)
	if wrong > 0 {
		text += ", " + plural(wrong, "file") + " wrong"
	}
	if r.flags.explore.on {
		text += "; " + r.exploredSummary()
	}
	return fmt.Sprintf("%s (%s)", text, r.app.Now().Sub(r.start).Round(time.Millisecond))
}
