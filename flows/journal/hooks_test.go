package journal_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// told notes what the options of a run are told.
type told struct {
	mu    sync.Mutex
	words []string
}

func (w *told) say(word string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.words = append(w.words, word)
}

func (w *told) options() []flows.RunOption {
	return []flows.RunOption{
		flows.WithRunID("r"), flows.WithEnded(func() { w.say("ended") }), flows.WithRested(func() { w.say("rested") }),
		flows.WithGoroutines(func(work func()) { w.say("goroutine"); go work() }),
	}
}

func (w *told) got() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.words, " ")
}

// Who begins a run is told of its rest and its end, each once, and gives the goroutine
// that carries it.
func TestRunsTellTheirEnd(t *testing.T) {
	const waits = "flow: t\nsteps: [{wait: 2m}, {wait: 2m}]"
	tests := []struct {
		name, flow, want string
		inputs           map[string]any
		do               func(h *journal.Handle)
	}{
		{name: "done", flow: "flow: t\nsteps: [{set: {a: 1}}]", want: "goroutine ended"},
		{name: "failed", flow: "flow: t\nsteps: [{fail: {code: No, message: no}}]", want: "goroutine ended"},
		{name: "put down twice", flow: waits, want: "goroutine rested ended"},
		{name: "put down, then interrupted", flow: waits, want: "goroutine rested ended", do: (*journal.Handle).Interrupt},
		{name: "put down, then canceled", flow: waits, want: "goroutine rested ended", do: (*journal.Handle).Cancel},
		{name: "not begun", flow: "flow: t\ninputs: {n: {type: integer, required: true}}\nsteps: [{set: {a: 1}}]", want: "goroutine"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := newPath(t)
			synctest.Test(t, func(t *testing.T) {
				j, err := journal.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer closed(t, j)
				w := &told{}
				h, err := j.Start(t.Context(), load(t, &calls{}, test.flow), test.inputs, w.options()...)
				if err == nil {
					time.Sleep(30 * time.Second)
					if test.do != nil {
						test.do(h)
					}
					_, _ = h.Wait(context.Background()) // what it ended with is told elsewhere
				}
				synctest.Wait()
				if got := w.got(); got != test.want {
					t.Errorf("told: %s, want %s", got, test.want)
				}
			})
		})
	}
}

// So is who goes on with an interrupted run.
func TestResumedRunsTellTheirEnd(t *testing.T) {
	j := open(t, newPath(t))
	_, h := handled(t, j)
	h.Interrupt()
	_, _ = h.Wait(t.Context())
	w := &told{}
	h, err := j.StartResume(t.Context(), "r", (&calls{}).registry(t), w.options()[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	eventually(t, "nobody was told", func() bool {
		words := strings.Fields(w.got())
		return slices.Contains(words, "ended") && slices.Contains(words, "goroutine")
	})
}
