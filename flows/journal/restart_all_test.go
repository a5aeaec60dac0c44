package journal_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

const restartAllFlow = `
flow: many
steps:
  - {id: a, call: test.change, with: {name: a}}
  - {id: b, call: test.change, with: {name: b}}
`

// endMany runs runs until they fail.
func endMany(t *testing.T, j *journal.Journal, c *calls, n int) {
	t.Helper()
	c.fail = failing("b")
	flow := load(t, c, restartAllFlow)
	for i := range n {
		if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID(fmt.Sprint("r", i))); err == nil {
			t.Fatal("it did not fail")
		}
	}
	c.fail = nil
}

func TestRestartAll(t *testing.T) {
	var c calls
	j := open(t, newPath(t))
	const many = 7
	endMany(t, j, &c, many)
	before := len(c.noted())

	// A dry run calls and writes nothing.
	var planned []string
	all := journal.RestartAll{Which: journal.Filter{Flow: "many"}, AtOnce: 3, DryRun: true, Each: func(o journal.RestartOutcome) {
		planned = append(planned, o.Run.ID+" as "+o.Plan.RunID+" from "+o.Plan.From)
	}}
	if err := j.RestartAll(t.Context(), c.registry(t), all); err != nil {
		t.Fatal(err)
	}
	slices.Sort(planned)
	if len(planned) != many || planned[0] != "r0 as r0.2 from /b" {
		t.Errorf("planned %v", planned)
	}
	if made := c.noted()[before:]; len(made) > 0 {
		t.Errorf("a dry run made %v", made)
	}

	// One of them cannot begin, one is restarted meanwhile: the others do not mind.
	if _, err := j.Restart(t.Context(), "r3", c.registry(t), journal.Restart{}); err != nil {
		t.Fatal(err)
	}
	var busy, most atomic.Int64
	c.hold = func(context.Context, string) {
		most.Store(max(most.Load(), busy.Add(1)))
		runtime.Gosched()
		busy.Add(-1)
	}
	got := map[string]string{}
	all.DryRun = false
	all.Options = func(_ context.Context, d *journal.Details) ([]flows.RunOption, func(), error) {
		if d.ID == "r5" {
			return nil, nil, errors.New("its secrets are not there")
		}
		return nil, nil, nil
	}
	all.Each = func(o journal.RestartOutcome) {
		got[o.Run.ID] = "refused: " + fmt.Sprint(o.Refused)
		if o.Refused == nil {
			got[o.Run.ID] = o.Plan.RunID + " " + fmt.Sprint(o.Err)
		}
	}
	if err := j.RestartAll(t.Context(), c.registry(t), all); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"r0": "r0.2 <nil>", "r1": "r1.2 <nil>", "r2": "r2.2 <nil>", "r4": "r4.2 <nil>", "r6": "r6.2 <nil>", "r5": "refused: its secrets are not there",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if most.Load() > 3 {
		t.Errorf("%d at once, 3 are allowed", most.Load())
	}
	list, err := j.Restartable(t.Context(), journal.Filter{Code: "Broken"})
	if err != nil || len(list) != 1 || list[0].ID != "r5" {
		t.Errorf("left %v, %v", list, err)
	}
	if _, err := j.Restartable(t.Context(), journal.Filter{State: journal.Done}); err == nil {
		t.Error("runs that are done can be restarted")
	}
}

// TestRestartAllEnds holds that the end of the context begins no further run, and
// leaves those alone that have begun.
func TestRestartAllEnds(t *testing.T) {
	var c calls
	j := open(t, newPath(t))
	endMany(t, j, &c, 4)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var begun atomic.Int64
	held := make(chan struct{})
	c.hold = func(context.Context, string) { <-held }
	var done []string
	var mu sync.Mutex
	err := j.RestartAll(ctx, c.registry(t), journal.RestartAll{
		Which: journal.Filter{Flow: "many"}, AtOnce: 1,
		Begun: func(*journal.RestartPlan, *journal.Handle) {
			begun.Add(1)
			cancel()
			close(held)
		},
		Each: func(o journal.RestartOutcome) {
			mu.Lock()
			defer mu.Unlock()
			if o.Refused == nil && o.Err == nil {
				done = append(done, o.Run.ID)
			}
		},
	})
	if err != nil || begun.Load() != 1 || !slices.Equal(done, []string{"r0"}) {
		t.Errorf("begun %d, done %v, %v", begun.Load(), done, err)
	}
}
