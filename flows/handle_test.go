package flows_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// begin starts a flow, which must not be refused.
func begin(ctx context.Context, t *testing.T, r *recorder, text string, inputs map[string]any) *flows.Handle {
	t.Helper()
	files := fstest.MapFS{"flow.yaml": {Data: []byte(text)}, "sub.yaml": {Data: []byte("flow: s\nsteps: [{wait: 10m}]")}}
	flow, err := flows.Load(files, "flow.yaml", r.registry(t))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	h, err := flow.Start(ctx, inputs, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ending is how a run ended, in one line.
func ending(result *flows.Result, err error) string {
	if err == nil {
		out, _ := result.Output.(string)
		return "done " + out
	}
	var failure *flows.RunError
	if !errors.As(err, &failure) {
		return err.Error()
	}
	text := failure.Code + " " + string(failure.Class)
	for name, list := range map[string][]string{"; undone": failure.Undone, "; not undone": failure.NotUndone} {
		if len(list) > 0 {
			text += name + " " + strings.Join(list, " ")
		}
	}
	return text
}

// What a handle does to a run: the time is the test's own, and every goroutine
// ends with the run.
func TestHandle(t *testing.T) {
	const made = "  - {id: made, call: test.change, with: {name: made}, undo: {call: test.change, with: {name: undone}}}\n"
	const tried = "flow: f\nsteps:\n" + made + `  - id: around
    try: [{id: inner, call: test.change, with: {name: inner}, undo: {call: test.change, with: {name: inverse}}}, BLOCK]
    catch: [{do: [{call: test.change, with: {name: caught}}]}]
    finally: [{call: test.change, with: {name: finally}}]
output: out
`
	const slowUndo = `flow: f
cleanupTimeout: 20m
steps:
  - {id: first, call: test.change, with: {name: first}, undo: {call: test.change, with: {name: undone}}}
  - {id: second, call: test.change, with: {name: second}, undo: [{call: test.UNDO, with: {for: 5m, name: undo}}, {call: test.change, with: {name: after}}]}
  - {call: test.sleep, with: {for: 20m, name: read}}
`
	after := func(d time.Duration, do func()) { time.Sleep(d); do() }
	tests := []struct {
		name  string
		flow  string
		do    func(h *flows.Handle)
		end   string
		calls string
		takes time.Duration
	}{
		{
			"nobody does anything", strings.Replace(tried, "BLOCK", "{wait: 10m}", 1), func(*flows.Handle) {},
			"done out", "change:made change:inner change:finally", 10 * time.Minute,
		},
		{
			"canceled", strings.Replace(tried, "BLOCK", "{call: test.sleep, with: {for: 10m, name: read}}", 1),
			func(h *flows.Handle) { after(time.Minute, h.Cancel) },
			"Canceled canceled; undone /around/try/inner /made", "change:made change:inner stopped:read change:inverse change:finally change:undone", time.Minute,
		},
		{
			"canceled twice", strings.Replace(tried, "BLOCK", "{wait: 10m}", 1),
			func(h *flows.Handle) { after(time.Minute, h.Cancel); h.Cancel() },
			"Canceled canceled; undone /around/try/inner /made", "change:made change:inner change:inverse change:finally change:undone", time.Minute,
		},
		{
			"interrupted in a call that reads", strings.Replace(tried, "BLOCK", "{call: test.sleep, with: {for: 10m, name: read}}", 1),
			func(h *flows.Handle) { after(time.Minute, h.Interrupt); h.Interrupt() },
			"Interrupted canceled; not undone /around/try/inner /made", "change:made change:inner stopped:read", time.Minute,
		},
		{
			"interrupted in a call that changes something", strings.Replace(tried, "BLOCK", "{id: slow, call: test.toil, with: {for: 10m, name: toil}, undo: {wait: 1ms}}", 1),
			func(h *flows.Handle) { after(time.Minute, h.Interrupt) },
			"Interrupted canceled; not undone /around/try/slow /around/try/inner /made", "change:made change:inner slept:toil", 10 * time.Minute,
		},
		{
			"interrupted, then canceled", strings.Replace(tried, "BLOCK", "{id: slow, call: test.toil, with: {for: 10m, name: toil}, undo: {wait: 1ms}}", 1),
			func(h *flows.Handle) { after(time.Minute, h.Interrupt); after(time.Minute, h.Cancel) },
			"Interrupted canceled; not undone /around/try/slow /around/try/inner /made", "change:made change:inner stopped:toil", 2 * time.Minute,
		},
		{
			"the last call changes something", "flow: f\nsteps:\n" + made + "  - {call: test.toil, with: {for: 10m, name: toil}}\noutput: out",
			func(h *flows.Handle) { after(time.Minute, h.Interrupt) },
			"done out", "change:made slept:toil", 10 * time.Minute,
		},
		{
			"a call that fails meanwhile", strings.Replace(tried, "BLOCK", "{try: [{call: test.toil, with: {for: 10m, name: toil}}, {fail: {code: No, message: m}}], finally: [{wait: 1m}]}", 1),
			func(h *flows.Handle) { after(10*time.Minute+30*time.Second, h.Interrupt) }, // in its finally
			"Interrupted canceled; not undone /around/try/inner /made", "change:made change:inner slept:toil", 10*time.Minute + 30*time.Second,
		},
		{
			"interrupted in an undo that reads, after cancel", strings.Replace(slowUndo, "UNDO", "sleep", 1),
			func(h *flows.Handle) { after(time.Minute, h.Cancel); after(time.Minute, h.Interrupt) },
			"Interrupted canceled; not undone /second /first", "change:first change:second stopped:read stopped:undo", 2 * time.Minute,
		},
		{
			"interrupted in an undo that changes something, after cancel", strings.Replace(slowUndo, "UNDO", "toil", 1),
			func(h *flows.Handle) { after(time.Minute, h.Cancel); after(time.Minute, h.Interrupt) },
			"Interrupted canceled; not undone /second /first", "change:first change:second stopped:read slept:undo", 6 * time.Minute,
		},
		{
			"both after the end", strings.Replace(tried, "BLOCK", "{wait: 1ms}", 1),
			func(h *flows.Handle) { after(time.Minute, h.Interrupt); h.Cancel() },
			"done out", "change:made change:inner change:finally", time.Minute,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &recorder{}
				start := time.Now()
				h := begin(t.Context(), t, r, tt.flow, nil)
				if h.ID() != "r" {
					t.Errorf("the run is %s", h.ID())
				}
				tt.do(h)
				result, err := h.Wait(t.Context())
				if got := ending(result, err); got != tt.end {
					t.Errorf("it ended with %s\nwant %s", got, tt.end)
				}
				if got := r.noted(); got != tt.calls {
					t.Errorf("calls %s\nwant  %s", got, tt.calls)
				}
				if took := time.Since(start); took.Truncate(time.Second) != tt.takes {
					t.Errorf("it took %s, want %s", took, tt.takes)
				}
				again, sameErr := h.Wait(t.Context())
				if again != result || sameErr != err { //nolint:errorlint // the very same
					t.Errorf("a second Wait gives %v and %v", again, sameErr)
				}
			})
		})
	}
}

// Whatever a flow is doing when it is interrupted, it stops at once and undoes
// nothing; what is owed is named.
func TestInterruptStopsEverything(t *testing.T) {
	for name, block := range stoppable {
		test := func(t *testing.T) {
			r := &recorder{}
			h := begin(t.Context(), t, r, `flow: f
steps:
  - {id: made, call: test.change, with: {name: made}, undo: {call: test.change, with: {name: undone}}}
  - try: [`+block+`]
    catch: [{do: [{call: test.change, with: {name: caught}}]}]
    finally: [{call: test.change, with: {name: finally}}]
`, nil)
			start := time.Now()
			for !strings.HasPrefix(r.noted(), "change:made") {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(10 * time.Millisecond)
			h.Interrupt()
			if got, want := ending(h.Wait(t.Context())), "Interrupted canceled; not undone /made"; got != want {
				t.Errorf("it ended with %s, want %s", got, want)
			}
			if took := time.Since(start); took > slack {
				t.Errorf("it took %s to stop", took)
			}
			got := strings.NewReplacer("fail:x", "", "stopped:", "").Replace(r.noted())
			if strings.TrimSpace(got) != "change:made" {
				t.Errorf("calls: %s", got)
			}
		}
		t.Run(name, func(t *testing.T) {
			if name == "busyRepeat" { // it never waits, so no clock but the real one goes on
				test(t)
				return
			}
			synctest.Test(t, test)
		})
	}
}

// Branches stop, and what each of them owes is named in the order in which it
// would have been undone.
func TestInterruptedBranches(t *testing.T) {
	step := func(id string) string {
		return "{id: " + id + ", call: test.change, with: {name: " + id + "}, undo: {call: test.change, with: {name: undo}}}"
	}
	for name, tt := range map[string]struct{ block, owed string }{
		"parallel": {"{parallel: {a: [" + step("a") + ", {wait: 10m}], b: [" + step("b") + ", {wait: 9m}]}}", "/1/b/b /1/a/a"},
		"parallel that collects": {
			"{parallel: {a: [" + step("a") + ", {wait: 10m}], b: [" + step("b") + ", {wait: 9m}]}, onError: collect}", "/1/b/b /1/a/a",
		},
		"forEach": {"{id: each, forEach: [1, 2], concurrency: 2, do: [" + step("s") + ", {wait: 10m}]}", "/each[1]/s /each[0]/s"},
		"forEach that collects": {
			"{id: each, forEach: [1, 2], concurrency: 2, onError: collect, do: [" + step("s") + ", {wait: 10m}]}", "/each[1]/s /each[0]/s",
		},
		"in a try": {"{parallel: {a: [{try: [" + step("a") + ", {wait: 10m}], finally: [{wait: 1ms}]}], b: [" + step("b") + "]}}", "/1/b/b /1/a/1/try/a"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := begin(t.Context(), t, &recorder{}, "flow: f\nsteps: ["+tt.block+"]", nil)
				time.Sleep(time.Minute)
				h.Interrupt()
				if got, want := ending(h.Wait(t.Context())), "Interrupted canceled; not undone "+tt.owed; got != want {
					t.Errorf("it ended with %s, want %s", got, want)
				}
			})
		})
	}
}

// The end of the context of Start cancels the run, that of Wait ends the
// waiting alone.
func TestHandleContexts(t *testing.T) {
	const text = "flow: f\nsteps: [{id: made, call: test.change, undo: {call: test.change}}, {wait: 10m}]\noutput: out"
	t.Run("of Wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := begin(t.Context(), t, &recorder{}, text, nil)
			reason := errors.New("enough")
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, reason)
			defer cancel()
			_, err := h.Wait(ctx)
			var left *report.WaitError
			if !errors.As(err, &left) || left.RunID != "r" || !errors.Is(err, reason) {
				t.Errorf("the error is %v", err)
			}
			if got := ending(h.Wait(t.Context())); got != "done out" {
				t.Errorf("it ended with %s", got)
			}
			if result, err := h.Wait(ctx); err != nil || result.Output != "out" {
				t.Errorf("after the end, Wait gives %v and %v", result, err)
			}
		})
	})
	t.Run("of Start", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			h := begin(ctx, t, &recorder{}, text, nil)
			time.Sleep(time.Minute)
			cancel()
			if got, want := ending(h.Wait(t.Context())), "Canceled canceled; undone /made"; got != want {
				t.Errorf("it ended with %s, want %s", got, want)
			}
		})
	})
	t.Run("of several", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := begin(t.Context(), t, &recorder{}, text, nil)
			ends := make([]string, 20)
			var waiting sync.WaitGroup
			for i := range ends {
				waiting.Go(func() { ends[i] = ending(h.Wait(t.Context())) })
			}
			waiting.Wait()
			for _, end := range ends {
				if end != "done out" {
					t.Errorf("it ended with %s", end)
				}
			}
		})
	})
}

// Wrong inputs are known before anything runs.
func TestStartChecksInputs(t *testing.T) {
	r := &recorder{}
	flow := load(t, r, "flow: f\ninputs: {n: {type: integer, required: true}}\nsecrets: {token: {}}\nsteps: [{call: test.change}]")
	none := flows.WithEnv(func(string) (string, bool) { return "", false })
	for name, inputs := range map[string]map[string]any{"missing": nil, "of another type": {"n": "x"}, "unknown": {"n": 1, "m": 2}, "no secret": {"n": 1}} {
		h, err := flow.Start(t.Context(), inputs, none)
		var wrong *flows.InputError
		if h != nil || !errors.As(err, &wrong) {
			t.Errorf("%s: got %v and %v", name, h, err)
		}
	}
	if got := r.noted(); got != "" {
		t.Errorf("calls: %s", got)
	}
}

// An interrupted run tells its listeners the failure that Wait gives.
func TestInterruptIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		var last report.Event
		flow := load(t, r, "flow: f\nsteps: [{id: made, call: test.change, undo: {call: test.change}}, {call: test.toil, with: {for: 10m}}, {fail: {code: No, message: m}}]")
		h, err := flow.Start(t.Context(), nil, flows.WithListener(func(e report.Event) { last = e }))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		h.Interrupt()
		_, err = h.Wait(t.Context())
		if !errors.Is(err, &connector.Error{Code: "Interrupted", Class: connector.ClassCanceled}) {
			t.Errorf("the error is %v", err)
		}
		if last.Type != report.FlowFailed || last.Err == nil || last.Err.Code != "Interrupted" {
			t.Errorf("the last event is %+v", last)
		} else if diff := cmp.Diff([]string{"/made"}, last.Err.NotUndone); diff != "" {
			t.Errorf("not undone (-want +got):\n%s", diff)
		}
	})
}
