package flowtest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsmodel"
)

// Every example has tests, they pass, use all their answers, and reach every
// step.
func TestExamplesAreTested(t *testing.T) {
	reg, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	testExamples(t, "../examples", reg)
}

// Examples of other services of AWS need these.
func TestExamplesOfAWSAreTested(t *testing.T) {
	reg, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	testExamples(t, "../examples/aws", reg.WithSource(awsmodel.Source()))
}

func testExamples(t *testing.T, folder string, reg *connector.Registry) {
	t.Helper()
	paths, err := filepath.Glob(folder + "/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	for _, path := range paths {
		name := filepath.Base(path)
		if strings.HasSuffix(name, "functions.yaml") || strings.HasSuffix(name, ".test.yaml") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			suite, err := flowtest.Load(os.DirFS(folder), strings.TrimSuffix(name, ".yaml")+".test.yaml", reg)
			if err != nil {
				t.Fatal(err)
			}
			report := suite.Run(t.Context())
			for _, o := range report.Outcomes {
				if !o.OK() {
					t.Error(o)
				}
			}
			if missing := report.Coverage.Missing(); len(missing) > 0 {
				t.Error(missing)
			}
			if suite.Warnings() != nil || report.Warnings != nil {
				t.Error(suite.Warnings(), report.Warnings)
			}
		})
	}
}

// A flow that polls and branches gives the same events on each run.
func TestEventsAreDeterministic(t *testing.T) {
	suite := load(t, `flow: busy
steps:
  - parallel:
      a:
        - forEach: "${1..6}"
          concurrency: 3
          do:
            - {id: x, call: shop.any, retry: {attempts: 5, on: [throttled], delay: 3s}}
      b:
        - repeat:
            - {id: y, call: shop.any}
          until: "${steps.y == 'done'}"
          every: 700ms
        - {id: z, call: shop.any, undo: {call: shop.any}}
  - fail: {code: Over, message: over}
`, `tests:
  - name: busy
    answers:
      - {step: x, attempts: {1: {error: {code: Busy, class: throttled}, after: 1s}, 2: {error: {code: Busy, class: throttled}}, 3: {result: 1, after: 1s}}}
      - {step: "/1/b/1[4]/y", result: done}
      - {step: y, result: waiting, after: 50ms}
      - {step: z/undo, result: 1}
      - {step: z, result: 1}
    expect: {error: {code: Over}}
`)
	run := func() (string, string) {
		var events strings.Builder
		o := only(t, suite, flowtest.WithListener(func(e report.Event) {
			fmt.Fprintf(&events, "%s %s %s %d %s\n", e.Time.Format(time.RFC3339Nano), e.Type, e.Step, e.Attempt, e.Delay)
		}))
		return events.String(), strings.Join(o.Failures, "\n")
	}
	want, failures := run()
	if strings.Count(want, "\n") < 40 {
		t.Fatalf("few events:\n%s", want)
	}
	if failures != "" {
		t.Error(failures)
	}
	for range 99 {
		if got, _ := run(); got != want {
			t.Fatalf("another run (-first +this):\n%s", cmp.Diff(want, got))
		}
	}
}

func TestOutcome(t *testing.T) {
	suite := load(t, `flow: f
inputs: {n: {type: integer, default: 2}}
steps:
  - forEach: "${1..ctx.n}"
    do:
      - {id: c, call: shop.charge, with: {amount: 1.5, token: secret-token}, undo: {call: shop.refund, with: {receipt: "${result.receipt}"}}}
  - {id: last, call: shop.order, with: {id: 1}, timeout: 10s, retry: {attempts: 2, on: [timeout], delay: 1s, jitter: false}}
`, `tests:
  - name: it fails late
    startedAt: 2030-05-01T12:00:00+02:00
    answers:
      - {step: c, result: {receipt: r}, after: 1s}
      - {call: shop.refund, result: {}, after: 5s}
      - {call: shop.order, result: {}, after: 20s}
`)
	o := only(t, suite)
	if o.OK() || o.Test.Name() != "it fails late" || o.Test.Line() != 2 {
		t.Errorf("the outcome is %s", o)
	}
	if !errors.Is(o.Err, &connector.Error{Code: "Timeout", Class: connector.ClassTimeout}) || o.Err.Attempts != 2 {
		t.Errorf("the error is %v", o.Err)
	}
	if diff := cmp.Diff([]string{"/1[1]/c", "/1[0]/c"}, o.Undone); diff != "" {
		t.Errorf("undone (-want +got):\n%s", diff)
	}
	var calls []string
	for _, c := range o.Calls {
		calls = append(calls, fmt.Sprintf("%s %s#%d %s", c.At.UTC().Format(time.TimeOnly), c.Step, c.Attempt, c.Operation))
	}
	want := []string{
		"10:00:00 /1[0]/c#1 shop.charge", "10:00:01 /1[1]/c#1 shop.charge", "10:00:02 /last#1 shop.order", "10:00:13 /last#2 shop.order",
		"10:00:23 /1[1]/c/undo/1#1 shop.refund", "10:00:28 /1[0]/c/undo/1#1 shop.refund",
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if o.Virtual != 33*time.Second {
		t.Errorf("it took %s", o.Virtual)
	}
}

// A run that is canceled stops, and undoes what it did.
func TestCancelAfter(t *testing.T) {
	suite := load(t, `flow: f
cleanupTimeout: 10s
steps:
  - {id: c, call: shop.any, undo: {call: shop.any}}
  - try:
      - wait: 1h
    catch:
      - do: [{id: never, call: shop.any}]
    finally:
      - {id: always, call: shop.any}
`, `tests:
  - name: canceled
    cancelAfter: 1m
    answers:
      - {step: c, result: 1}
      - {step: /c/undo, result: 1}
      - {step: always, result: 1, after: 5s}
    expect:
      error: {code: Canceled, class: canceled}
      undone: [c]
      calls:
        - {step: c}
        - {step: always}
        - {step: /c/undo}
      duration: 1m5s
`)
	if o := only(t, suite); !o.OK() || o.Virtual != 65*time.Second {
		t.Errorf("%s", o)
	}
}

const endlessUntil = `flow: f
steps:
  - repeat:
      - {id: p, call: shop.any}
    until: "${steps.p == 'done'}"
    every: 1s
`

func TestEndlessFlow(t *testing.T) {
	suite := load(t, endlessUntil, "tests: [{name: a, answers: [{call: shop.any, result: no}]}]")
	start := time.Now()
	o := only(t, suite, flowtest.WithLimit(10*time.Millisecond))
	if o.OK() || !strings.Contains(o.Failures[0], "did not end within 10ms of real time") || time.Since(start) > 10*time.Second {
		t.Errorf("%s", o)
	}
	if o := only(t, suite); o.OK() || !strings.Contains(o.Failures[0], "more than 100,000 calls") {
		t.Errorf("%s", o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(5*time.Millisecond, cancel)
	if o := suite.Tests()[0].Run(ctx); o.OK() || !strings.Contains(o.Failures[0], "ended from outside") {
		t.Errorf("%s", o)
	}
}

func TestOnlySome(t *testing.T) {
	suite := load(t, "flow: f\nsteps: [{set: {a: 1}}]\n", "tests: [{name: one}, {name: two}, {name: twenty}]")
	report := suite.Run(t.Context(), flowtest.WithOnly(regexp.MustCompile("^tw")))
	if len(report.Outcomes) != 2 || report.Coverage != nil || !report.OK() {
		t.Errorf("%d ran, coverage %v", len(report.Outcomes), report.Coverage)
	}
	if got := flowtest.Summary(report, suite.Run(t.Context())); got != "5 tests, all ok" {
		t.Errorf("the summary is %s", got)
	}
}

// A suite may run many times at once.
func TestAtTheSameTime(t *testing.T) {
	suite := load(t, endlessUntil, `tests:
  - {name: a, answers: [{step: "/1[50]/p", result: done}, {call: shop.any, result: no}]}
  - {name: b, answers: [{call: shop.any, result: no, times: 70}, {call: shop.any, result: done}]}
`)
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			if report := suite.Run(t.Context()); !report.OK() || report.Outcomes[0].Virtual != 50*time.Second || len(report.Outcomes[1].Calls) != 71 {
				t.Errorf("%v", report.Outcomes)
			}
		})
	}
	running.Wait()
}

// Tests in two files reach together what neither reaches alone.
func TestCoverageOfTwoFiles(t *testing.T) {
	flow := `flow: f
inputs: {a: {type: boolean, required: true}}
steps:
  - if: "${ctx.a}"
    then: [{set: {x: 1}}]
    else: [{set: {x: 2}}]
`
	var all *flowtest.Coverage
	for _, a := range []string{"true", "false"} {
		report := load(t, flow, "tests: [{name: a, inputs: {a: "+a+"}}]").Run(t.Context())
		if len(report.Coverage.Missing()) != 1 {
			t.Errorf("missing: %v", report.Coverage.Missing())
		}
		if all == nil {
			all = report.Coverage
			continue
		}
		all.Add(report.Coverage)
	}
	if steps, reached := all.Steps(); len(all.Missing()) != 0 || steps != 3 || reached != 3 {
		t.Errorf("missing: %v; %d of %d", all.Missing(), reached, steps)
	}
}

// A test of a flow that calls another one names the inner steps by their paths.
func TestFlowThatCallsAFlow(t *testing.T) {
	fsys := fstest.MapFS{
		"outer.yaml": {Data: []byte("flow: outer\nsteps:\n  - {id: sub, flow: parts/inner.yaml, with: {n: 3}}\noutput: \"${steps.sub}\"\n")},
		"parts/inner.yaml": {Data: []byte(`flow: inner
inputs: {n: {type: integer, required: true}}
steps:
  - {id: c, call: shop.order, with: {id: "${ctx.n}"}}
output: "${steps.c.total}"
`)},
		"outer.test.yaml": {Data: []byte(`tests:
  - name: a
    answers: [{step: /sub/c, call: shop.order, result: {total: 7}}]
    expect: {output: 7, calls: [{call: shop.order, with: {id: 3}}]}
`)},
	}
	suite, err := flowtest.Load(fsys, "outer.test.yaml", registry(t))
	if err != nil {
		t.Fatal(err)
	}
	if o := only(t, suite); !o.OK() {
		t.Errorf("%s", o)
	}
}

func FuzzLoad(f *testing.F) {
	paths, _ := filepath.Glob("../examples/*.test.yaml")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("tests:\n- name: a\n  answers: [{call: shop.order, attempts: {1: {result: {total: 1}}}}]\n  expect: {error: {step: /x}, calls: [], undone: [a], duration: 1s}\n"))
	f.Add([]byte("a: &a [*a, *a]\ntests: *a\n"))
	reg, err := connector.NewRegistry(append(operations.All(), shop())...)
	if err != nil {
		f.Fatal(err)
	}
	flow, err := os.ReadFile("../examples/canary-release.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fsys := fstest.MapFS{"f.yaml": {Data: flow}, "f.test.yaml": {Data: text}}
		suite, err := flowtest.Load(fsys, "f.test.yaml", reg)
		if err != nil {
			if err.Error() == "" {
				t.Error("a mistake without words")
			}
			return
		}
		report := suite.Run(t.Context(), flowtest.WithLimit(time.Second))
		if err := report.Print(&strings.Builder{}); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkRun runs a test with 20 calls, four at a time.
func BenchmarkRun(b *testing.B) {
	reg, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		b.Fatal(err)
	}
	suite, err := flowtest.Load(os.DirFS("../examples"), "canary-release.test.yaml", reg)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if o := suite.Tests()[0].Run(b.Context()); !o.OK() {
			b.Fatal(o)
		}
	}
}

// The tests that the page shows are good.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("../../docs/test-files.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```yaml\n(answers:.*?)```").FindSubmatch(readme)
	flow, err := os.ReadFile("../examples/canary-release.yaml")
	if err != nil || shown == nil {
		t.Fatalf("docs/test-files.md shows no tests (%v)", err)
	}
	reg, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{"f.yaml": {Data: flow}, "f.test.yaml": {Data: shown[1]}}
	suite, err := flowtest.Load(fsys, "f.test.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	if o := only(t, suite); !o.OK() || suite.Warnings() != nil {
		t.Errorf("%s%v", o, suite.Warnings())
	}
}
