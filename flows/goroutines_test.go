package flows_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/stack"
)

// A run of Start has its goroutines from whoever begins it: one carries it, and one
// each call that could have to be left behind. Its end is told once Wait returns.
func TestWithGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		const text = "flow: f\nsteps:\n  - {call: test.sleep, with: {for: 1s, name: one}}\n  - {call: test.sleep, with: {for: 1s, name: two}}\noutput: out\n"
		flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", r.registry(t))
		if err != nil {
			t.Fatal(err)
		}
		var pool stack.Pool
		var begun, working atomic.Int64
		start := func(work func()) {
			begun.Add(1)
			pool.Go(func() {
				working.Add(1)
				work()
				working.Add(-1)
			})
		}
		for _, tt := range []struct {
			name string
			stop func(h *flows.Handle)
			want string
		}{
			{"done", func(*flows.Handle) {}, "done out"},
			{"canceled", (*flows.Handle).Cancel, "Canceled canceled"},
			{"interrupted", (*flows.Handle).Interrupt, "Interrupted canceled"},
		} {
			begun.Store(0)
			ended := make(chan *flows.Result, 2)
			var h *flows.Handle
			known := make(chan struct{})
			h, err = flow.Start(t.Context(), nil, flows.WithGoroutines(start), flows.WithEnded(func() {
				<-known
				over, stop := context.WithCancel(t.Context())
				stop()
				result, err := h.Wait(over) // it waits no more
				if got := ending(result, err); got != tt.want {
					t.Errorf("%s: told of %q, not %q", tt.name, got, tt.want)
				}
				ended <- result
			}))
			if err != nil {
				t.Fatal(err)
			}
			close(known)
			time.Sleep(500 * time.Millisecond)
			if n := working.Load(); n != 2 {
				t.Errorf("%s: %d goroutines are in use, not 2", tt.name, n)
			}
			tt.stop(h)
			if got := ending(h.Wait(t.Context())); got != tt.want {
				t.Errorf("%s: %q, not %q", tt.name, got, tt.want)
			}
			synctest.Wait()
			if n := working.Load(); n != 0 || len(ended) != 1 {
				t.Errorf("%s: %d goroutines are in use, the end was told %d times", tt.name, n, len(ended))
			}
			if n := begun.Load(); tt.want == "done out" && n != 3 || n < 2 {
				t.Errorf("%s: %d goroutines were begun", tt.name, n)
			}
		}
		time.Sleep(time.Second) // those of the pool end
	})
}

// The end of a run that was not begun is not told.
func TestWithEndedOfNoRun(t *testing.T) {
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte("flow: f\ninputs: {n: {type: integer, required: true}}\nsteps: [{set: {a: 1}}]\n")}}, "flow.yaml", (&recorder{}).registry(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = flow.Start(t.Context(), nil, flows.WithEnded(func() { t.Error("told") }), flows.WithGoroutines(func(func()) { t.Error("a goroutine") }))
	if err == nil {
		t.Error("the run began without its input")
	}
}
