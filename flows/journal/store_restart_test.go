package journal_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// restartable is a store of one's own whose runs are restarted.
type restartable struct{ *signalled }

func newRestartable() *restartable {
	return &restartable{&signalled{memory: newMemory(), signals: map[journal.SignalID]*journal.StoredSignal{}}}
}

func (r *restartable) Commit(ctx context.Context, changes []journal.Change) error {
	for _, c := range changes {
		if c, ok := c.(journal.RestartRun); ok {
			r.mu.Lock()
			run := r.runs[c.RunID]
			if run == nil || run.State == journal.Running || run.Next != "" {
				r.mu.Unlock()
				return &journal.RestartedError{RunID: c.RunID}
			}
			run.Next = c.Next
			r.mu.Unlock()
		}
	}
	return r.signalled.Commit(ctx, changes)
}

// A signal that no wait has got goes along with a restart, on a store that has what its
// comments ask for and nothing more; one of another run does not.
func TestRestartTakesSignalsOnAStore(t *testing.T) {
	c, store := &calls{}, newRestartable()
	j := journal.OpenStore(store)
	defer closed(t, j)
	flow := load(t, c, `flow: t
steps:
  - {call: test.change, with: {name: a}}
  - {wait: {signal: first, timeout: 1h}}
  - {id: ok, wait: {signal: go, timeout: 1h, accepts: {n: {type: integer}}}}
output: "${steps.ok.n}"
`)
	give := func(run, signal string, values map[string]any) {
		t.Helper()
		if err := j.Signal(t.Context(), run, c.registry(t), signal, "", values); err != nil {
			t.Fatal(err)
		}
	}
	for n, id := range []string{"other", "r"} {
		h, err := j.Start(t.Context(), flow, nil, flows.WithRunID(id))
		if err != nil {
			t.Fatal(err)
		}
		give(id, "go", map[string]any{"n": n})
		h.Cancel()
		if _, err := h.Wait(t.Context()); err == nil {
			t.Fatal("it was not canceled")
		}
	}
	plan, err := j.PlanRestart(t.Context(), "r", c.registry(t), journal.Restart{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := plan.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := store.Signal(t.Context(), journal.SignalID{RunID: h.ID(), Name: "go"}); err != nil || kept == nil {
		t.Fatalf("the signal did not go along: %v, %v", kept, err)
	}
	give(h.ID(), "first", nil)
	result, err := h.Wait(t.Context())
	if err != nil || fmt.Sprint(result.Output) != "1" {
		t.Errorf("%+v, %v", result, err)
	}
}

// searchable is a store of one's own that finds runs; it does not know who runs them.
type searchable struct{ *memory }

func (s *searchable) Search(_ context.Context, f journal.Filter) ([]journal.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []journal.Run{}
	for i, id := range slices.Backward(s.order) {
		r := s.runs[id].Run
		r.Key = fmt.Sprintf("%04d", i)
		open := r.State == journal.Running && slices.Contains([]journal.State{journal.Running, journal.Waiting, journal.Interrupted}, f.State)
		if f.After != "" && r.Key >= f.After || f.State != "" && f.State != r.State && !open {
			continue
		}
		if list = append(list, r); len(list) == f.Limit {
			break
		}
	}
	return list, nil
}

// A page is as long as it may be, also where the store does not know which of the runs
// that have not ended go: the interrupted ones stand behind others.
func TestPagesOfAStoreThatSearches(t *testing.T) {
	c, store := &calls{}, &searchable{newMemory()}
	flow := load(t, c, "flow: t\nsteps: [{wait: 1h}]\n")
	begin := func(j *journal.Journal, prefix string) {
		for i := range 5 {
			if _, err := j.Start(t.Context(), flow, nil, flows.WithRunID(fmt.Sprint(prefix, i))); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := journal.OpenStore(store)
	begin(before, "interrupted")
	closed(t, before)
	j := journal.OpenStore(store)
	defer closed(t, j)
	begin(j, "goes")
	for _, limit := range []int{0, 1, 2, 3, 5, 7} {
		var got []string
		filter := journal.Filter{State: journal.Interrupted, Limit: limit}
		for {
			page, err := j.Runs(t.Context(), filter)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page {
				got = append(got, r.ID)
				filter.After = r.Key
			}
			if len(page) == 0 || limit == 0 {
				break
			}
		}
		want := []string{"interrupted4", "interrupted3", "interrupted2", "interrupted1", "interrupted0"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d a page (-want +got):\n%s", limit, diff)
		}
	}
}
