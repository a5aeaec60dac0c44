package journal_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// The mark of a run changes with what there is to see of it, and stays otherwise.
func TestMark(t *testing.T) {
	path := newPath(t)
	c := &calls{}
	j := open(t, path)
	defer closed(t, j)
	other, err := journal.Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, other)
	var unknown *journal.UnknownRunError
	if _, err := other.Mark(t.Context(), "r"); !errors.As(err, &unknown) {
		t.Errorf("the mark of no run: %v", err)
	}
	mark := func(j *journal.Journal) string {
		t.Helper()
		m, err := j.Mark(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	in, out := make(chan struct{}), make(chan struct{})
	c.block = func(context.Context) {
		in <- struct{}{}
		<-out
	}
	flow := load(t, c, "flow: t\nsteps:\n  - {call: test.block, with: {name: a}}\n  - {call: test.block, with: {name: b}}\n")
	h, err := j.Start(t.Context(), flow, nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for range 2 {
		<-in
		if m := mark(other); m != mark(other) || m != mark(j) {
			t.Errorf("the mark changes though nothing happens: %s", m)
		}
		seen = append(seen, mark(other))
		if len(seen) == 2 {
			if err := other.Cancel(t.Context(), "r"); err != nil {
				t.Fatal(err)
			}
			seen = append(seen, mark(other))
		}
		out <- struct{}{}
	}
	_, _ = h.Wait(t.Context())
	seen = append(seen, mark(other))
	if slices.Sort(seen); len(slices.Compact(seen)) != 4 {
		t.Errorf("the marks are %q", seen)
	}
}

// A store that cannot say which record is the latest is read.
func TestMarkOfAnotherStore(t *testing.T) {
	c := &calls{}
	j := journal.OpenStore(newMemory())
	defer closed(t, j)
	if _, err := j.Run(t.Context(), load(t, c, "flow: t\nsteps:\n  - {call: test.change, with: {name: a}}\n"), nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	if got, err := j.Mark(t.Context(), "r"); err != nil || !strings.HasPrefix(got, "done.") || strings.HasPrefix(got, "done.0.") {
		t.Errorf("%s, %v", got, err)
	}
}

// A plan names what it keeps, and the program of a run can be read.
func TestPlanNamesWhatIsKept(t *testing.T) {
	c := &calls{}
	j := open(t, newPath(t))
	defer closed(t, j)
	tt := restarting{fails: "c", flow: "flow: t\nsteps:\n" +
		"  - {id: a, call: test.change, with: {name: a}}\n" +
		"  - {forEach: \"${1..3}\", as: i, do: [{id: b, call: test.change, with: {name: b}}]}\n" +
		"  - {id: c, call: test.change, with: {name: c}}\n"}
	tt.run(t, j, c)
	for from, want := range map[string][]string{
		"":   {"/a", "/2[0]/b", "/2[1]/b", "/2[2]/b"},
		"/a": nil,
	} {
		plan, err := j.PlanRestart(t.Context(), "r", c.registry(t), journal.Restart{From: from})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(plan.Kept, want) {
			t.Errorf("from %q: %q, want %q", from, plan.Kept, want)
		}
	}
	d, err := j.Show(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	if text := string(d.Text("flow.yaml")); text != tt.flow || d.Text("other.yaml") != nil {
		t.Errorf("the program is %q", text)
	}
}
