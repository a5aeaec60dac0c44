package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

const waitsFor = "flow: t\nsteps:\n  - {call: test.change, with: {name: a}}\n  - {id: ok, wait: {signal: go, timeout: %s, accepts: {n: {type: integer}}}}\noutput: \"${steps.ok.n}\"\n"

// In a store that keeps no signals a flow that waits for one does not begin, and none
// is given; other flows run.
func TestStoreWithoutSignals(t *testing.T) {
	store, c := newMemory(), &calls{}
	j := journal.OpenStore(store)
	defer closed(t, j)
	waits := load(t, c, fmt.Sprintf(waitsFor, "1m"))
	called := loadFiles(t, c, map[string]string{"flow.yaml": flowOf(call("a"), "{flow: sub.yaml}"), "sub.yaml": fmt.Sprintf(waitsFor, "1m")})
	for name, flow := range map[string]*flows.Flow{"the flow": waits, "one that it calls": called} {
		if _, err := j.Start(t.Context(), flow, nil, flows.WithRunID("r")); !errors.Is(err, journal.ErrNoSignals) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if runs, err := j.Runs(t.Context(), journal.Filter{}); err != nil || len(runs) > 0 || len(c.noted()) > 0 {
		t.Errorf("runs %v, %v, calls %v", runs, err, c.noted())
	}
	if _, err := j.Run(t.Context(), load(t, c, flowOf(call("a"))), nil, flows.WithRunID("r")); err != nil {
		t.Error(err)
	}
	// A run that another store began, and was copied without its signals.
	other := &signalled{memory: newMemory(), signals: map[journal.SignalID]*journal.StoredSignal{}}
	before := journal.OpenStore(other)
	h, err := before.Start(t.Context(), waits, nil, flows.WithRunID("copied"))
	if err != nil {
		t.Fatal(err)
	}
	closed(t, before)
	if _, err := h.Wait(t.Context()); err == nil {
		t.Fatal("it was not interrupted")
	}
	rest := journal.OpenStore(other.memory)
	defer closed(t, rest)
	if err := rest.Signal(t.Context(), "copied", c.registry(t), "go", "", nil); !errors.Is(err, journal.ErrNoSignals) {
		t.Errorf("given: %v", err)
	}
	if _, err := rest.Resume(t.Context(), "copied", c.registry(t)); !errors.Is(err, journal.ErrNoSignals) {
		t.Errorf("resumed: %v", err)
	}
	var unknown *report.SignalError
	if err := rest.Signal(t.Context(), "copied", c.registry(t), "gone", "", nil); !errors.As(err, &unknown) || unknown.Reason != report.SignalUnknown {
		t.Errorf("given what no run takes: %v", err)
	}
}

// signalled is a store that keeps signals, as journal.SignalStore says.
type signalled struct {
	*memory
	signals map[journal.SignalID]*journal.StoredSignal
	order   []journal.SignalID // as they were given
	taken   map[journal.SignalID]bool
}

func (s *signalled) Commit(ctx context.Context, changes []journal.Change) error {
	if err := s.memory.Commit(ctx, changes); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		switch c := c.(type) {
		case journal.GiveSignal:
			if run := s.runs[c.RunID]; run != nil && run.State == journal.Running && s.signals[c.SignalID] == nil {
				kept := c.StoredSignal
				s.signals[c.SignalID], s.order = &kept, append(s.order, c.SignalID)
			}
		case journal.TakeSignal:
			if s.taken == nil {
				s.taken = map[journal.SignalID]bool{}
			}
			s.taken[c.SignalID] = true
		case journal.OpenSignal:
			if kept := s.signals[c.SignalID]; kept != nil && kept.Closed {
				delete(s.signals, c.SignalID)
			}
		case journal.CloseSignal:
			if s.signals[c.SignalID] == nil {
				s.signals[c.SignalID] = &journal.StoredSignal{SignalID: c.SignalID, Closed: true}
			}
		}
	}
	return nil
}

func (s *signalled) Signal(_ context.Context, id journal.SignalID) (*journal.StoredSignal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signals[id], nil
}

func (s *signalled) SignalsSince(_ context.Context, number int64) ([]journal.SignalID, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := int64(len(s.order))
	if number < 0 {
		return nil, last, nil
	}
	return slices.Clone(s.order[number:]), last, nil
}

// Two methods more are all that a store needs for signals: before, during and after the
// wait, by the journal that runs the run and by another one, over an interruption.
func TestSignalStore(t *testing.T) {
	store := &signalled{memory: newMemory(), signals: map[journal.SignalID]*journal.StoredSignal{}}
	c := &calls{}
	reg := c.registry(t)
	j := journal.OpenStore(store)
	start := func(id, timeout string) *journal.Handle {
		t.Helper()
		h, err := j.Start(t.Context(), load(t, c, fmt.Sprintf(waitsFor, timeout)), nil, flows.WithRunID(id))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	reason := func(err error) report.SignalReason {
		var refused *report.SignalError
		if errors.As(err, &refused) {
			return refused.Reason
		}
		return report.SignalReason(fmt.Sprint(err))
	}
	give := func(j *journal.Journal, id string, n int64) report.SignalReason {
		return reason(j.Signal(t.Context(), id, reg, "go", "", map[string]any{"n": n}))
	}
	const taken = report.SignalReason("<nil>")
	h := start("interrupted", "1h")
	h.Interrupt()
	if _, err := h.Wait(t.Context()); err == nil {
		t.Fatal("it was not interrupted")
	}
	other := journal.OpenStore(store) // another place of the same process
	for i, want := range []report.SignalReason{taken, taken, report.SignalConflict} {
		if got := give(other, "interrupted", int64(7+i/2)); got != want {
			t.Errorf("given %d times: %s, want %s", i+1, got, want)
		}
	}
	result, err := j.Resume(t.Context(), "interrupted", reg)
	if got := outcome(t, result, err); got != "done 7" {
		t.Error(got)
	}
	if got := give(other, "interrupted", 9); got != report.SignalEnded {
		t.Errorf("after the end: %s", got)
	}
	h = start("waits", "1h")
	if got := give(other, "waits", 3); got != taken {
		t.Error(got)
	}
	if result, err := h.Wait(t.Context()); err != nil || result.Output != int64(3) {
		t.Errorf("%v %v", result, err)
	}
	if result, err := start("late", "1ms").Wait(t.Context()); err == nil || report.AsRunError(err).Code != "SignalTimeout" {
		t.Errorf("%v %v", result, err)
	}
	if !store.taken[journal.SignalID{RunID: "waits", Name: "go"}] || store.taken[journal.SignalID{RunID: "late", Name: "go"}] {
		t.Errorf("taken: %v", store.taken)
	}
	closed(t, other)
	closed(t, j)
}

// A store that is not shared belongs to one process: what the journal itself does not
// run nobody runs, and it can be resumed. Runs are found in its list by all conditions,
// and in pages. A restart that the store does not note calls nothing.
func TestStoreWithoutParts(t *testing.T) {
	store, c := newMemory(), &calls{fail: failing("b")}
	j := journal.OpenStore(store)
	flow := load(t, c, "flow: t\ninputs: {who: {type: string, default: ada}}\nlabels: {who: \"${ctx.who}\"}\nsteps: [{call: test.change, with: {name: a}}, {wait: 50ms}, {id: b, call: test.change, with: {name: \"${ctx.who == 'ada' ? 'b' : 'c'}\"}}]\n")
	h, err := j.Start(t.Context(), flow, nil, flows.WithRunID("first"))
	if err != nil {
		t.Fatal(err)
	}
	h.Interrupt()
	if _, err := h.Wait(t.Context()); err == nil {
		t.Fatal("it was not interrupted")
	}
	if runs, err := j.Runs(t.Context(), journal.Filter{State: journal.Interrupted}); err != nil || len(runs) != 1 {
		t.Errorf("%v %v", runs, err)
	}
	closed(t, j)
	j = journal.OpenStore(store)
	defer closed(t, j)
	if _, err := j.Resume(t.Context(), "first", c.registry(t)); err == nil || report.AsRunError(err).Code != "Broken" {
		t.Errorf("%v", err)
	}
	for i := range 5 {
		if _, err := j.Run(t.Context(), flow, map[string]any{"who": "eve"}, flows.WithRunID(fmt.Sprint("eve", i))); err != nil {
			t.Fatal(err)
		}
	}
	for want, filter := range map[string]journal.Filter{
		"first":                          {State: journal.Failed},
		"eve4 eve3 eve2 eve1 eve0":       {Labels: map[string]string{"who": "eve"}},
		"eve4 eve3":                      {Labels: map[string]string{"who": "eve"}, Limit: 2},
		"":                               {Labels: map[string]string{"who": "Eve"}},
		"first ":                         {Code: "Broken", Step: "b", Text: "BROKE"},
		" ":                              {Code: "Broken", Step: "c"},
		"  ":                             {Since: time.Now().Add(time.Hour)},
		"eve4 eve3 eve2 eve1 eve0 first": {Flow: "t"},
	} {
		if got := strings.Join(ids(t, j, filter), " "); got != strings.TrimSpace(want) {
			t.Errorf("%+v: %s, want %s", filter, got, want)
		}
	}
	var paged []string
	for filter := (journal.Filter{Limit: 2}); ; {
		page, err := j.Runs(t.Context(), filter)
		if err != nil || len(page) == 0 {
			break
		}
		for _, r := range page {
			paged = append(paged, r.ID)
		}
		filter.After = page[len(page)-1].Key
	}
	if got := strings.Join(paged, " "); got != "eve4 eve3 eve2 eve1 eve0 first" {
		t.Errorf("in pages: %s", got)
	}
	before := len(c.noted())
	if _, err := j.Restart(t.Context(), "first", c.registry(t), journal.Restart{}); !errors.Is(err, journal.ErrNoRestarts) || len(c.noted()) > before {
		t.Errorf("restarted: %v, calls %v", err, c.noted()[before:])
	}
}

func ids(t *testing.T, j *journal.Journal, filter journal.Filter) (list []string) {
	t.Helper()
	runs, err := j.Runs(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		list = append(list, r.ID)
	}
	return list
}
