package journal_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

const tickFlow = `flow: t
steps: [{call: test.change, with: {name: a}}]
output: 1
`

// TestTicks: of two processes one moves a schedule on, and a run begins with that
// or not at all.
func TestTicks(t *testing.T) {
	path := newPath(t)
	first, second := open(t, path), open(t, path)
	at := time.Date(2026, 3, 1, 2, 30, 0, 0, time.UTC)
	none, err := first.Ticks(t.Context(), "t", "nightly")
	if err != nil || none.Times != "" || !first.KeepsTicks() {
		t.Fatalf("a new journal has %+v, %v", none, err)
	}
	want := &journal.Ticks{Flow: "t", Trigger: "nightly", Times: "30 2 * * * UTC", Seen: at, Due: []time.Time{at.Add(-time.Hour), at}, Runs: []string{"x"}}
	moved, err := first.MoveTicks(t.Context(), none, want)
	if err != nil {
		t.Fatal(err)
	}
	var late *journal.MovedError
	if _, err := second.MoveTicks(t.Context(), none, want); !errors.As(err, &late) || late.Trigger != "nightly" {
		t.Errorf("who comes second is told %v", err)
	}
	got, err := second.Ticks(t.Context(), "t", "nightly")
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(journal.Ticks{})); diff != "" || err != nil {
		t.Errorf("kept (-want +got), %v\n%s", err, diff)
	}

	c := &calls{}
	flow := load(t, c, tickFlow)
	next := *got
	next.Due = got.Due[1:]
	h, after, err := first.StartTick(t.Context(), moved, &next, flow, nil, flows.WithRunID("one"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := second.StartTick(t.Context(), got, &next, flow, nil, flows.WithRunID("two")); !errors.As(err, &late) {
		t.Errorf("the same tick under another name gives %v", err)
	}
	var unknown *journal.UnknownRunError
	if _, err := second.Beginning(t.Context(), "two"); !errors.As(err, &unknown) {
		t.Errorf("a run whose tick was taken is there: %v", err)
	}
	last := next
	last.Due = nil
	var exists *journal.ExistsError
	if _, _, err := second.StartTick(t.Context(), after, &last, flow, nil, flows.WithRunID("one")); !errors.As(err, &exists) {
		t.Errorf("a name that is taken gives %v", err)
	}
	if kept, err := second.Ticks(t.Context(), "t", "nightly"); err != nil || len(kept.Due) != 1 {
		t.Errorf("a run that did not begin moved its schedule: %+v, %v", kept, err)
	}
	if _, err := h.Wait(t.Context()); err != nil || len(c.noted()) != 1 {
		t.Errorf("%v, calls %v", err, c.noted())
	}
}

// TestTicksAreForgotten: those of triggers that a flow has not any more.
func TestTicksAreForgotten(t *testing.T) {
	j := open(t, newPath(t))
	kept := func(flow, trigger string) bool {
		got, err := j.Ticks(t.Context(), flow, trigger)
		if err != nil {
			t.Fatal(err)
		}
		return got.Times != ""
	}
	for _, one := range [][2]string{{"t", "a"}, {"t", "b"}, {"u", "a"}} {
		from := &journal.Ticks{Flow: one[0], Trigger: one[1]}
		to := *from
		to.Times = "x"
		if _, err := j.MoveTicks(t.Context(), from, &to); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.ForgetTicks(t.Context(), "t", []string{"b"}); err != nil {
		t.Fatal(err)
	}
	if kept("t", "a") || !kept("t", "b") || !kept("u", "a") {
		t.Error("others are forgotten than those that are gone")
	}
}

// TestDamagedTicks: what is damaged is told, and can be written over.
func TestDamagedTicks(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	to := &journal.Ticks{Flow: "t", Trigger: "a", Times: "x", Seen: time.Now()}
	if _, err := j.MoveTicks(t.Context(), &journal.Ticks{Flow: "t", Trigger: "a"}, to); err != nil {
		t.Fatal(err)
	}
	change(t, path, `UPDATE ticks SET data = X'00' || data`)
	got, err := j.Ticks(t.Context(), "t", "a")
	var damaged *journal.DamagedTicksError
	if !errors.As(err, &damaged) || got == nil || got.Times != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := j.MoveTicks(t.Context(), got, to); err != nil {
		t.Error(err)
	}
}

// TestTicksNeedAStore: a store of one's own may keep none.
func TestTicksNeedAStore(t *testing.T) {
	j := journal.OpenStore(newMemory())
	defer closed(t, j)
	if _, err := j.Ticks(t.Context(), "t", "a"); !errors.Is(err, errors.ErrUnsupported) || j.KeepsTicks() {
		t.Errorf("it keeps ticks: %v", err)
	}
}
