package temporal_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
)

// witness notes what it is told.
type witness struct {
	mu    sync.Mutex
	ended []string
	tries []string
}

func (w *witness) note(list *[]string, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*list = append(*list, fmt.Sprintf(format, args...))
}

func (w *witness) Place(run report.Remote) connector.Trace {
	return connector.NewTrace([16]byte{byte(len(run.RunID))}, [8]byte{byte(run.Began.Unix())}, 1, run.Caller.Trace.State)
}

func (w *witness) Ended(run report.Remote, at time.Time, failure *report.RunError) {
	code := "done"
	if failure != nil {
		code = failure.Code
	}
	w.note(&w.ended, "%s of %s by %q of %s: %s, not before it began: %t", run.RunID, run.Flow, run.Trigger, run.Caller.Kind, code, !at.Before(run.Began))
}

func (w *witness) Attempt(place connector.Trace, runID string, a report.Attempt) report.AttemptWatch {
	return &try{w, fmt.Sprintf("%s of %s, %d, %s", a.Step, runID, a.Number, place.State)}
}

type try struct {
	w    *witness
	what string
}

func (a *try) Context(ctx context.Context) context.Context { return ctx }

func (a *try) End(failure *connector.Error) {
	if failure != nil {
		a.what += ", " + failure.Code + failure.Message
	}
	a.w.note(&a.w.tries, "%s", a.what)
}

// Who watches is told of each attempt, and once that a run ended, also where it is
// continued by other workflows, and parts of its loops have some of their own.
func TestObserved(t *testing.T) {
	const text = `flow: t
steps:
  - {id: a, call: test.flaky, with: {name: a}, retry: {attempts: 3, delay: 10ms, jitter: false}}
  - {forEach: "${1..6}", concurrency: 2, do: [{id: one, call: test.step, with: {name: "i${item}"}}]}
  - {if: "${ctx.bad}", then: [{fail: {code: Bad, message: it is}}]}
inputs: {bad: {type: boolean, default: false}}
`
	tries := []string{"/a of r, 1, a=b, Busy", "/a of r, 2, a=b, Busy", "/a of r, 3, a=b"}
	for i := range 6 {
		tries = append(tries, fmt.Sprintf("/2[%d]/one of r, 1, a=b", i))
	}
	for name, tt := range map[string]struct {
		limits temporal.Limits
		bad    bool
		end    string
	}{
		"one workflow": {temporal.Limits{}, false, "done"},
		"continued":    {temporal.Limits{Records: 1}, false, "done"},
		"parts":        {temporal.Limits{Items: 2}, false, "done"},
		"failed":       {temporal.Limits{Records: 1}, true, "Bad"},
	} {
		t.Run(name, func(t *testing.T) {
			reg, w := testRegistry(t), &witness{}
			caller := report.Caller{Kind: "http", Trace: connector.Trace{Parent: "p", State: "a=b"}}
			var traced sync.Map
			_, err := temporaltest.Run(t.Context(), loadFlow(t, text, reg), reg, map[string]any{"bad": tt.bad}, temporal.PrepareOptions{},
				[]temporal.Option{
					temporal.WithLimits(tt.limits), temporal.WithObserver(w), temporal.WithEnded(w.Ended),
					temporal.WithListener(func(e report.Event) { traced.Store(e.TraceID != report.TraceID{}, true) }),
				}, flows.WithRunID("r"), flows.WithTrigger("route", []byte{1}), flows.WithCaller(caller))
			if (err != nil) != tt.bad {
				t.Fatal(err)
			}
			if _, untraced := traced.Load(false); untraced {
				t.Error("an event has no place in the trace")
			}
			once := "r of t by \"route\" of http: " + tt.end + ", not before it began: true"
			if diff := cmp.Diff([]string{once, once}, w.ended); diff != "" { // the observer and the function
				t.Errorf("what was told of the end differs (-want +got):\n%s", diff)
			}
			slices.Sort(w.tries)
			if diff := cmp.Diff(slices.Sorted(slices.Values(tries)), w.tries); diff != "" {
				t.Errorf("the attempts differ (-want +got):\n%s", diff)
			}
		})
	}
}
