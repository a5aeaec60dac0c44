package flowtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// expectation is what a test says about the end of a run. The zero value
// expects a run that does not fail.
type expectation struct {
	output  *any // nil where nothing is said
	part    *any
	failure *wantedError
	calls   *[]wantedCall
	undone  *[]*stepRef
	// notUndone are the steps that were to be undone and could not be.
	notUndone *[]*stepRef
	outcome   string // one of outcomes; empty where nothing is said
	duration  *time.Duration
	// response is what the caller is told, answer what is kept of the end.
	response, answer *wantedResponse
}

type wantedError struct {
	members map[string]any
	step    *stepRef
}

type wantedCall struct {
	pattern

	at    *node
	times *int // how many calls of the run fit; nil: one, behind the wanted call before
}

// compare returns what is not as expected, a text of one or more lines each.
func (e *expectation) compare(o *Outcome, place func(step string) string) []string {
	var wrong []string
	add := func(text string) {
		if text != "" {
			wrong = append(wrong, text)
		}
	}
	add(e.compareEnd(o, place))
	if e.response != nil {
		add(e.response.compare(o.told(), o.hide))
	}
	if e.answer != nil {
		add(e.answer.compare(o.answer, o.hide))
	}
	if o.Err == nil && o.none == "" && e.failure == nil {
		if e.output != nil && !equal(*e.output, o.Output) {
			add("output (-want +got):\n" + o.hide.diff(*e.output, o.Output, o.shown))
		}
		if e.part != nil && !contains(*e.part, o.Output) {
			add("output (-want +got):\n" + o.hide.diff(*e.part, project(*e.part, o.Output), project(*e.part, o.shown)))
		}
	}
	if e.calls != nil {
		add(compareCalls(*e.calls, o.Calls, o.hide))
	}
	if e.undone != nil {
		add(compareUndone("undone", *e.undone, o.Undone))
	}
	if e.notUndone != nil {
		add(compareUndone("notUndone", *e.notUndone, o.notUndone()))
	}
	if e.duration != nil && o.Virtual > *e.duration {
		add(fmt.Sprintf("duration: the run takes %s, at most %s are expected", o.Virtual, *e.duration))
	}
	return wrong
}

// compareEnd holds success or failure against what is expected.
func (e *expectation) compareEnd(o *Outcome, place func(step string) string) string {
	switch {
	case o.none != "" && e.outcome != endNotBegun && (e.outcome != "" || e.failure != nil || e.output != nil || e.part != nil || e.response == nil):
		return "no run begins: " + o.none
	case o.none != "":
		return ""
	case e.outcome != "" && e.outcome != o.ending():
		text := fmt.Sprintf("the flow ends as %s, it is expected to end as %s", o.ending(), e.outcome)
		if o.Err != nil {
			return text + ":\n" + describeError(o.Err, place)
		}
		return text + "; its output is:\n  " + o.hide.inline(o.shown)
	case e.failure == nil && e.outcome != "":
		return ""
	case e.failure == nil && e.answers():
		return ""
	case e.failure == nil && o.Err != nil:
		return "the flow fails:\n" + describeError(o.Err, place)
	case e.failure != nil && o.Err == nil:
		return "the flow does not fail, this error is expected:\n  " + o.hide.inline(e.failure.members) + "\nits output is:\n  " + o.hide.inline(o.shown)
	case e.failure == nil:
		return ""
	}
	got := o.Err.Value()
	if step := e.failure.step; step != nil && step.fits(o.Err.Step) {
		got["step"] = step.text
	}
	if contains(e.failure.members, got) {
		return ""
	}
	return "error (-want +got):\n" + o.hide.diff(e.failure.members, project(e.failure.members, got), project(e.failure.members, got)) +
		"\nthe error is:\n" + describeError(o.Err, place)
}

// answers reports whether the test says how a failure is answered, so that the run
// may fail.
func (e *expectation) answers() bool {
	return e.response != nil && e.response.status != 0 || e.answer != nil && e.answer.status != 0
}

// told is what the caller of the run is told.
func (o *Outcome) told() *report.Answer {
	if o.none != "" || o.Test.event == nil {
		return o.answer
	}
	return o.Test.event.told(o.Test.runID(), o.answer, o.Virtual)
}

// ending says how the run ended, as outcome of expect names it.
func (o *Outcome) ending() string {
	if o.Err == nil {
		return runtime.EndDone
	}
	return runtime.EndState(o.Err)
}

// notUndone returns the paths of the steps that could not be undone.
func (o *Outcome) notUndone() []string {
	if o.Err == nil {
		return nil
	}
	return o.Err.NotUndone
}

func describeError(e *report.RunError, place func(step string) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %s", e)
	if e.Class != "" {
		fmt.Fprintf(&b, " (%s)", e.Class)
	}
	if at := place(e.Step); at != "" {
		fmt.Fprintf(&b, "\n  at %s", at)
	}
	if len(e.Params) > 0 {
		fmt.Fprintf(&b, "\n  parameters %s", inline(e.Params))
	}
	if e.Outcome == connector.OutcomeUnknown {
		b.WriteString("\n  outcome unknown: it may have happened")
	}
	if len(e.Details) > 0 {
		fmt.Fprintf(&b, "\n  details %s", inline(value.Brief(e.Details)))
	}
	if cause, ok := e.Caused(); ok {
		fmt.Fprintf(&b, "\n  cause %s", cause)
	} else if e.Cause != nil {
		fmt.Fprintf(&b, "\n  cause %s", inline(e.Cause))
	}
	for _, undo := range e.UndoErrors {
		fmt.Fprintf(&b, "\n  undo failed: %s", undo)
	}
	for _, path := range e.NotUndone {
		fmt.Fprintf(&b, "\n  not undone: %s", path)
	}
	return b.String()
}

// compareCalls looks for the wanted calls, each behind the one before. Those that are
// counted stand where the last of them does, which may be the call before: all probes,
// behind a certain one of them.
func compareCalls(want []wantedCall, got []*Call, hide hider) string {
	if len(want) == 0 && len(got) > 0 {
		return "calls: none is expected, the run makes:\n" + listCalls(got, hide)
	}
	next := 0
	for _, w := range want {
		var wrong string
		if w.times != nil {
			next, wrong = w.counted(got, next, hide)
		} else {
			next, wrong = w.behind(got, next, hide)
		}
		if wrong != "" {
			return wrong
		}
	}
	return ""
}

// behind looks for a call from next on, and returns the place behind it, or what is wrong.
func (w *wantedCall) behind(got []*Call, next int, hide hider) (int, string) {
	for i := next; i < len(got); i++ {
		if w.fits(got[i]) {
			return i + 1, ""
		}
	}
	return next, missingCall(&w.pattern, got, next, hide)
}

// counted looks for as many calls as are wanted, and returns the place behind the last
// of them, or what is wrong.
func (w *wantedCall) counted(got []*Call, next int, hide hider) (int, string) {
	n, last := 0, -1
	for i, c := range got {
		if w.fits(c) {
			n, last = n+1, i
		}
	}
	switch {
	case n != *w.times:
		return next, fmt.Sprintf("calls: %s is expected %s, the run makes %d of these:\n%s", w.text(hide), timesText(*w.times), n, listCalls(got, hide))
	case n == 0:
		return next, ""
	case last < next-1:
		return next, fmt.Sprintf("calls: %s is expected %s, the last time behind call %d; that is call %d, the run makes:\n%s",
			w.text(hide), timesText(*w.times), next, last+1, listCalls(got, hide))
	}
	return last + 1, ""
}

func timesText(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// missingCall shows the call that comes nearest, or all of them.
func missingCall(p *pattern, got []*Call, next int, hide hider) string {
	where := ""
	if next > 0 {
		where = fmt.Sprintf(" behind call %d", next)
	}
	text := fmt.Sprintf("calls: %s is expected%s", p.text(hide), where)
	for i, c := range got[next:] {
		if p.isAbout(c) {
			return fmt.Sprintf("%s; call %d, at %s, has other parameters (-want +got):\n%s\nthe run makes:\n%s",
				text, next+i+1, c.Step, hide.diff(p.with, project(p.with, c.Params), project(p.with, c.visible())), listCalls(got, hide))
		}
	}
	if len(got) == 0 {
		return text + ", the run makes none"
	}
	return text + ", the run makes:\n" + listCalls(got, hide)
}

// listCalls returns a line for each call, those in the middle left out where
// there are many.
func listCalls(calls []*Call, hide hider) string {
	const most = 12
	var lines []string
	for i, c := range calls {
		if len(calls) > most && i >= most/2 && i < len(calls)-most/2 {
			if i == most/2 {
				lines = append(lines, fmt.Sprintf("  … %d more", len(calls)-most))
			}
			continue
		}
		step := c.Step
		if c.Attempt > 1 {
			step += fmt.Sprintf("#%d", c.Attempt)
		}
		lines = append(lines, fmt.Sprintf("  %d. %s at %s with %s", i+1, c.Operation, step, hide.inline(c.visible())))
	}
	return strings.Join(lines, "\n")
}

func compareUndone(what string, want []*stepRef, got []string) string {
	same := len(want) == len(got)
	texts, shown := make([]any, len(want)), make([]any, len(got))
	for i, path := range got {
		shown[i] = path
		if i < len(want) && want[i].fits(path) {
			shown[i] = want[i].text
		} else {
			same = false
		}
	}
	for i, ref := range want {
		texts[i] = ref.text
	}
	if same {
		return ""
	}
	return what + " (-want +got):\n" + diff(texts, shown)
}

// placeOf says where a step stands: "release.yaml:12:5".
func (s *Suite) placeOf(path string) string {
	if path == "" {
		return ""
	}
	st := s.steps.byPath[s.steps.Static(path)]
	if st == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", s.shown(st.File), st.Line, st.Col)
}
