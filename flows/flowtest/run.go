package flowtest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/faults"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

// defaultStart is when a test begins that does not say so.
func defaultStart() time.Time { return time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC) }

// defaultLimit is how long a test may really take.
const defaultLimit = 30 * time.Second

// maxCalls bounds the calls of a test, all of which are kept.
const maxCalls = 100_000

// publicURL is the public address of tests, under which nobody answers.
const publicURL = "https://flow.test"

const endless = "does it wait for something that never happens?"

// Test is one test of a suite.
type Test struct {
	suite       *Suite
	name        string
	at          *node
	inputs      map[string]any
	event       *happening // that the flow starts by; nil for inputs alone
	env         map[string]string
	secrets     map[string]string
	variables   map[string]string // env, with the secrets that are read from there
	startedAt   time.Time
	cancelAfter time.Duration
	answers     []*answer
	signals     []*signal
	expect      expectation
	always      []*claim
	faults      []faults.Fault
	faultLines  []int    // where they stand in the file
	hides       []string // texts that nobody may read, beside the secrets
	order       uint64   // in which branches go on; 0 for the usual one
	own         int      // how many of answers stand in the test itself
	forgets     bool     // services keep no idempotency keys
	strict      bool     // what is only told else is a violation
}

// Name returns the test's name.
func (t *Test) Name() string { return t.name }

// Line returns the line in which the test begins.
func (t *Test) Line() int { return int(t.at.Line) }

// Outcome is what came of a test.
type Outcome struct {
	Test *Test // that it is the outcome of
	// Failures say what is not as expected, a text of one or more lines each;
	// the test is good where there are none.
	Failures []string
	// Output is what the flow gave, secrets as they are; Err is how it failed,
	// for people.
	Output any
	Err    *report.RunError // of a flow that failed; nil otherwise
	// Calls are the calls that the flow made, Undone the paths of the steps
	// that were undone, both in their order.
	Calls  []*Call
	Undone []string // the paths of the steps that were undone
	// Virtual is how long the run took on the test's clock, Real on that of
	// this machine.
	Virtual, Real time.Duration

	used    map[*answer]int
	given   map[*reply]bool
	answer  *report.Answer // of the run; nil where no request began it
	none    string         // why no run began; empty where one did
	reached map[string]bool
	shown   any   // the output for people
	hide    hider // takes the secrets of the run out of a value
	broken  bool  // the run could not go on, so what it left unused says nothing
}

// OK reports whether everything is as expected.
func (o *Outcome) OK() bool { return len(o.Failures) == 0 }

// Option changes how tests run.
type Option func(*config)

type config struct {
	only   *regexp.Regexp
	listen report.Listener
	limit  time.Duration
	now    func() time.Time
}

func newConfig(options []Option) *config {
	c := &config{limit: defaultLimit, now: time.Now}
	for _, option := range options {
		if option != nil {
			option(c)
		}
	}
	return c
}

// WithOnly runs the tests whose name matches. Without all tests there is no
// coverage to tell.
func WithOnly(names *regexp.Regexp) Option { return func(c *config) { c.only = names } }

// WithListener adds a listener for the events of all runs.
func WithListener(l report.Listener) Option { return func(c *config) { c.listen = l } }

// WithLimit bounds the real time of each test; the default is 30 seconds. It
// ends a flow that would go on for ever.
func WithLimit(limit time.Duration) Option { return func(c *config) { c.limit = limit } }

// WithClock replaces the clock that measures the real time.
func WithClock(now func() time.Time) Option { return func(c *config) { c.now = now } }

// Run runs the test.
func (t *Test) Run(ctx context.Context, options ...Option) *Outcome {
	return t.run(ctx, newConfig(options))
}

func (t *Test) run(ctx context.Context, c *config) *Outcome {
	start := c.now()
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	r := &testRun{
		test: t, listen: c.listen,
		answers: answers{list: t.allAnswers(), used: map[*answer]int{}, given: map[*reply]bool{}},
		outcome: &Outcome{Test: t, reached: map[string]bool{}},
		faults:  t.inFaults(ctx), expects: &t.expect,
	}
	r.outcome.used, r.outcome.given = r.answers.used, r.answers.given
	r.run(ctx)
	r.judge(ctx, c)
	r.outcome.Real = c.now().Sub(start)
	return r.outcome
}

// testRun is a test that runs.
type testRun struct {
	test    *Test
	answers answers
	outcome *Outcome
	listen  report.Listener
	missing string // what to do about the call that has no answer
	// late are the signals whose time has not come; signalled says what was not
	// as expected with the others.
	late      map[*signal]bool
	signalled []string
	faults    *faults.World // nil where nothing but the answers can go wrong
	expects   *expectation  // nil where nothing is expected
	panicked  string        // what the run panicked with
	waits     string        // the step that waits for ever
	canceled  bool          // cancelAfter came while the run, or one before its process died, was under way
}

// run runs the test, again for each time that its process dies.
func (r *testRun) run(ctx context.Context) {
	if t := r.test; !t.begins() {
		r.outcome.none, r.outcome.answer = t.event.why, t.event.refused
		return
	}
	for {
		r.live(ctx)
		if r.faults == nil || !r.faults.Resume() {
			return
		}
		r.outcome.Undone, r.outcome.Err, r.signalled, r.waits = nil, nil, nil, ""
	}
}

// live runs the test until it ends, or its process dies.
func (r *testRun) live(ctx context.Context) {
	t := r.test
	w := &world{ctx: ctx, seed: t.name, answer: r.answer, listen: r.event, scheduler: scheduler{now: t.startedAt}, awaits: map[*waiter]awaited{}, run: r}
	if r.faults != nil {
		w.inOrder(r.faults.Plan().Order)
		defer r.recovered()
	}
	rt := newRuntime(w)
	r.schedule(w)
	if t.cancelAfter > 0 {
		body := rt.soft
		w.at(w.now.Add(t.cancelAfter), func() {
			r.canceled = true
			w.stop(body, runtime.ByUser)
		})
	}
	result, err := t.suite.flow.Run(ctx, t.inputs, append(append(t.options(rt), runtime.WithNet(func(hide func(any) any) { r.outcome.hide = hide })),
		t.event.started(func(a *report.Answer) { r.outcome.answer = a }, func() time.Time { return w.now })...)...)
	r.outcome.Virtual = w.now.Sub(t.startedAt)
	r.tooLate(w, err)
	if err != nil {
		r.outcome.Err = report.AsRunError(err)
		return
	}
	r.outcome.Output, r.outcome.shown = result.Output, result.Shown
}

// recovered keeps what the run panics with.
func (r *testRun) recovered() {
	if p := recover(); p != nil {
		r.panicked = fmt.Sprint(p)
	}
}

func (t *Test) runID() string { return "test-" + strings.ReplaceAll(t.name, " ", "-") }

func (t *Test) options(rt runtime.Runtime) []flows.RunOption {
	lookup := func(name string) (string, bool) { v, ok := t.variables[name]; return v, ok }
	secret := func(_ context.Context, name string) (string, bool, error) {
		v, ok := t.secrets[name]
		return v, ok, nil
	}
	return []flows.RunOption{
		runtime.WithRuntime(rt), flows.WithRunID(t.runID()),
		flows.WithEnv(lookup), flows.WithSecrets(secret), runtime.WithLinks(runtime.Links{Base: publicURL, Seed: []byte(publicURL)}),
	}
}

// event keeps what the coverage and the expectations ask for.
func (r *testRun) event(e report.Event) {
	if r.faults != nil {
		if r.faults.Dead() {
			return
		}
		r.faults.Event(e)
	}
	switch e.Type {
	case report.StepStarted:
		r.outcome.reached[r.test.suite.steps.Static(e.Step)] = true
	case report.UndoFinished:
		r.outcome.Undone = append(r.outcome.Undone, e.Step)
	default:
	}
	if r.listen != nil {
		r.listen(e)
	}
}

func (r *testRun) answer(c *Call, a runtime.Attempt) (*reply, bool) {
	if r.full() {
		return nil, false
	}
	r.outcome.Calls = append(r.outcome.Calls, c)
	answer := r.answers.find(c)
	switch {
	case answer != nil:
		return answer, true
	case givesNothing(a):
		return &reply{result: map[string]any{}}, true
	}
	r.missing = r.explainMissing(c, a)
	return nil, false
}

// full reports whether no further call is kept, and that there were so many.
func (r *testRun) full() bool {
	if len(r.outcome.Calls) < maxCalls {
		return false
	}
	r.missing = "the flow makes more than 100,000 calls: " + endless
	return true
}

// givesNothing is true for an operation that needs no answer, such as
// log.info: it reads nothing from anywhere, changes nothing and gives nothing.
func givesNothing(a runtime.Attempt) bool {
	result := a.Operation.Result()
	return a.Owner != nil && a.Owner.Connection == nil && a.Operation.Effect == connector.EffectReadOnly &&
		result.Type == schema.Object && result.Members != nil && len(result.Members.Fields()) == 0
}

// explainMissing shows the answer to add, and what was there that nearly fits.
func (r *testRun) explainMissing(c *Call, a runtime.Attempt) string {
	var b strings.Builder
	attempt := ""
	if c.Attempt > 1 {
		attempt = fmt.Sprintf(" (attempt %d)", c.Attempt)
	}
	fmt.Fprintf(&b, "the step %s calls %s%s, and no answer fits; add one:\n", c.Step, c.Operation, attempt)
	fmt.Fprintf(&b, "  - call: %s\n", c.Operation)
	if len(c.Params) > 0 {
		fmt.Fprintf(&b, "    with: %s\n", r.outcome.hide.inline(c.visible()))
	}
	b.WriteString("    result: {}")
	if members := a.Operation.Result().Members; members != nil {
		fmt.Fprintf(&b, " # of %s", strings.Join(members.Names(), ", "))
	}
	for _, candidate := range r.answers.list {
		if candidate.isAbout(c) {
			b.WriteString("\n" + r.whyNot(candidate, c))
			break
		}
	}
	return b.String()
}

func (r *testRun) whyNot(a *answer, c *Call) string {
	place := fmt.Sprintf("the answer in line %d ", a.at.Line)
	switch {
	case !contains(a.with, c.Params):
		return place + "is for other parameters (-want +got):\n" + r.outcome.hide.diff(a.with, project(a.with, c.Params), project(a.with, c.visible()))
	case a.times > 0 && r.answers.used[a] >= a.times:
		return place + "was used " + timesText(a.times) + ", as it says"
	default:
		return fmt.Sprintf("%shas none for attempt %d", place, c.Attempt)
	}
}

// judge holds the run against what is expected.
func (r *testRun) judge(ctx context.Context, c *config) {
	o := r.outcome
	var inputs *report.InputError
	switch {
	case r.missing != "":
		o.broken, o.Failures = true, []string{r.missing}
	case ctx.Err() != nil:
		text := "the test was ended from outside"
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			text = fmt.Sprintf("the flow did not end within %s of real time, %s on the test's clock: %s", c.limit, o.Virtual, endless)
		}
		o.broken, o.Failures = true, []string{text}
	case o.Err != nil && errors.As(o.Err, &inputs):
		o.broken, o.Failures = true, []string{inputs.Error()}
	default:
		o.Failures = append(r.test.expect.compare(o, r.test.suite.placeOf), r.signalled...)
		if text := r.uncanceled(); text != "" {
			o.Failures = append(o.Failures, text)
		}
		if r.faults != nil {
			for _, v := range (probe{r.test}).Judge(r.end(ctx), false) {
				o.Failures = append(o.Failures, v.String())
			}
			if text := r.idle(); text != "" {
				o.Failures = append(o.Failures, text)
			}
		}
	}
	o.Failures = o.hide.texts(o.Failures)
}

// uncanceled says that the run was over when it was to be canceled, so that the test
// is about no cancel at all; empty where it was canceled, or was not to be.
func (r *testRun) uncanceled() string {
	after := r.test.cancelAfter
	switch {
	case after == 0 || r.canceled:
		return ""
	case r.outcome.none != "":
		return fmt.Sprintf("cancelAfter: %s cancels nothing, as no run began; leave it out", after)
	default:
		return fmt.Sprintf("cancelAfter: %s comes after the end of the run, which took %s: nothing was canceled; give a shorter time, or leave it out", after, r.outcome.Virtual)
	}
}
