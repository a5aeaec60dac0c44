package flows_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/stack"
	"github.com/medlar-flow/medlar/schema"
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

// sure is a connector whose operation ends with its context, where its connection
// says so.
type sure struct {
	shared     bool // a run has left the connection
	endsInTime bool // what the connection says
	opened     atomic.Int64
	closed     atomic.Int64
	keys       []string
}

func (s *sure) Close() error { s.closed.Add(1); return nil }

func (s *sure) connector() *connector.Connector {
	op := connector.OpWith("sure.wait", "Wait.", func(ctx context.Context, call *connector.Call, in struct {
		For time.Duration `param:"for"`
	},
	) (any, error) {
		s.keys = append(s.keys, call.IdempotencyKey)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(in.For):
			return nil, nil
		}
	}, connector.WithEffect(connector.EffectReadOnly))
	op.EndsInTime = func(conn connector.Connection) bool { return conn.(*sure).endsInTime }
	op.IgnoresKey = func() bool { return s.shared }
	return &connector.Connector{
		Name: "sure", Connection: schema.MustNew(), Operations: []*connector.Operation{op},
		Open: func(context.Context, connector.OpenRequest) (connector.Connection, error) {
			s.opened.Add(1)
			return s, nil
		},
		Shared: func(connector.OpenRequest) (connector.Connection, bool) { return s, s.shared },
	}
}

// A call that surely ends with its context, and has its connection at hand, is made in
// the goroutine of its run. Opening one has a goroutine of its own.
func TestCallsThatEndInTime(t *testing.T) {
	tests := map[string]struct {
		sure   *sure
		header string
		step   string
		code   string // of the failure; empty for none
		begun  int64  // goroutines
		opened int64
	}{
		"surely":                   {&sure{shared: true, endsInTime: true}, "", "{call: sure.wait}", "", 0, 0},
		"twice":                    {&sure{shared: true, endsInTime: true}, "", "{forEach: [1, 2], do: [{call: sure.wait}]}", "", 0, 0},
		"with a limit":             {&sure{shared: true, endsInTime: true}, "", "{call: sure.wait, with: {for: 1h}, timeout: 1s}", "Timeout", 0, 0},
		"within a flow's limit":    {&sure{shared: true, endsInTime: true}, "timeout: 1s\n", "{call: sure.wait, with: {for: 1h}}", "Timeout", 0, 0},
		"beside a failure":         {&sure{shared: true, endsInTime: true}, "", "{parallel: {a: [{call: sure.wait, with: {for: 1h}}], b: [{wait: 1s}, {fail: {code: No, message: no}}]}, timeout: 1m}", "No", 0, 0},
		"the connection is opened": {&sure{endsInTime: true}, "", "{call: sure.wait}", "", 1, 1},
		"and then at hand":         {&sure{endsInTime: true}, "", "{forEach: [1, 2, 3], do: [{call: sure.wait}]}", "", 1, 1},
		"nobody is sure":           {&sure{shared: true}, "", "{forEach: [1, 2, 3], do: [{call: sure.wait}]}", "", 3, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := tt.sure
			registry, err := connector.NewRegistry(s.connector())
			if err != nil {
				t.Fatal(err)
			}
			text := "flow: f\n" + tt.header + "steps: [" + tt.step + "]\n"
			flow, err := loadWith(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				var begun atomic.Int64
				_, err := flow.Run(t.Context(), nil, flows.WithGoroutines(func(work func()) {
					begun.Add(1)
					go work()
				}))
				if failure := report.AsRunError(err); failure != nil && failure.Code != tt.code || failure == nil && tt.code != "" {
					t.Errorf("%v, want %q", err, tt.code)
				}
				if begun.Load() != tt.begun || s.opened.Load() != tt.opened || s.closed.Load() != 1 {
					t.Errorf("%d goroutines, %d opened, %d closed, want %d, %d, 1", begun.Load(), s.opened.Load(), s.closed.Load(), tt.begun, tt.opened)
				}
			})
			for _, key := range s.keys {
				if (key == "") != s.shared {
					t.Errorf("the key is %q", key)
				}
			}
		})
	}
}

// A journal knows calls by their keys, whatever their operations look at.
func TestKeysOfAJournalAreMade(t *testing.T) {
	s := &sure{shared: true, endsInTime: true}
	registry, err := connector.NewRegistry(s.connector())
	if err != nil {
		t.Fatal(err)
	}
	flow, err := loadWith(fstest.MapFS{"flow.yaml": {Data: []byte("flow: f\nsteps: [{call: sure.wait}]\n")}}, "flow.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, t.TempDir()+"/runs.db")
	defer j.Close() //nolint:errcheck // nothing is left to write
	if _, err := j.Run(t.Context(), flow, nil); err != nil {
		t.Fatal(err)
	}
	if len(s.keys) != 1 || s.keys[0] == "" {
		t.Errorf("the keys are %q", s.keys)
	}
}
