package flows_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
)

const circuitFlow = `
flow: t
inputs: {host: {type: string, default: a}, key: {type: string, default: k}}
connections:
  test: {host: "${ctx.host}", key: "${ctx.key}", circuitBreaker: {failures: 3, open: 1m}}
steps:
  - {call: test.fail, with: {name: a, times: 4, code: Down, class: unavailable}}
`

// codes runs flows one after the other, and returns the codes of their failures.
func codes(t *testing.T, inputs map[string]any, list ...*flows.Flow) string {
	t.Helper()
	got := make([]string, len(list))
	for i, f := range list {
		_, err := f.Run(t.Context(), inputs)
		var failed *report.RunError
		switch {
		case errors.As(err, &failed):
			got[i] = failed.Code
		case err == nil:
			got[i] = "ok"
		default:
			t.Fatal(err)
		}
	}
	return strings.Join(got, " ")
}

// After so many failures in a row no call is made for a while, by whichever run of the
// process; then one tries, and its result decides.
func TestCircuitBreaker(t *testing.T) {
	r := &recorder{}
	a, b := loadTwice(t, r, circuitFlow)
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			after time.Duration
			want  string
		}{
			{0, "Down Down Down CircuitOpen CircuitOpen"},
			{59 * time.Second, "CircuitOpen CircuitOpen CircuitOpen CircuitOpen CircuitOpen"},
			{2 * time.Second, "Down CircuitOpen CircuitOpen CircuitOpen CircuitOpen"},
			{61 * time.Second, "ok ok ok ok ok"},
		} {
			time.Sleep(c.after)
			if got := codes(t, nil, a, b, b, a, b); got != c.want {
				t.Errorf("after %v more: %s, want %s", c.after, got, c.want)
			}
		}
	})
	if n := strings.Count(r.noted(), "fail:"); n != 9 {
		t.Errorf("%d calls", n)
	}
}

// What a failure of a circuit breaker says.
func TestCircuitBreakerSays(t *testing.T) {
	a := load(t, &recorder{}, circuitFlow)
	synctest.Test(t, func(t *testing.T) {
		codes(t, nil, a, a, a)
		time.Sleep(20 * time.Second)
		_, err := a.Run(t.Context(), nil)
		var failed *report.RunError
		if !errors.As(err, &failed) {
			t.Fatal(err)
		}
		if failed.Class != connector.ClassUnavailable || failed.Outcome != connector.OutcomeFailed || failed.RetryAfter != 40*time.Second {
			t.Errorf("class %s, outcome %v, retry after %v", failed.Class, failed.Outcome, failed.RetryAfter)
		}
		const want = "the circuit breaker of the connection is open: 3 calls in a row got no answer that helps; the next one may be made in 40s"
		if failed.Message != want {
			t.Errorf("it says %q", failed.Message)
		}
	})
}

// Addresses have circuits of their own, whatever the credentials.
func TestCircuitBreakerOfAddresses(t *testing.T) {
	r := &recorder{}
	f := load(t, r, strings.Replace(circuitFlow, "times: 4", "times: 100", 1))
	var got []string
	for _, in := range []map[string]any{{"host": "a", "key": "1"}, {"host": "a", "key": "2"}, {"host": "b", "key": "2"}, {"host": "a", "key": "3"}, {"host": "a", "key": "4"}, {"host": "b", "key": "4"}} {
		got = append(got, fmt.Sprint(in["host"], " ", codes(t, in, f)))
	}
	if all := strings.Join(got, ", "); all != "a Down, a Down, b Down, a Down, a CircuitOpen, b Down" {
		t.Error(all)
	}
}

// What counts as a failure of the service, and what becomes of a step that is refused.
func TestCircuitBreakerCounts(t *testing.T) {
	const open = "circuitBreaker: {failures: 2, open: 1m}"
	for name, c := range map[string]struct {
		steps, want, calls string
		took               time.Duration
	}{
		"answers that are no success": {`{forEach: [1, 2, 3, 4], onError: collect, do: [{call: test.fail, with: {name: a, times: 9, code: Gone, class: notFound}}]}`, "ok", "fail:a fail:a fail:a fail:a", 0},
		"one answer between failures": {`{forEach: [unavailable, denied, unavailable, throttled, unavailable], onError: collect, do: [{call: test.fail, with: {name: a, times: 9, code: X, class: "${item}"}}]}`, "ok", "fail:a fail:a fail:a fail:a fail:a", 0},
		"nobody was asked between":    {`{forEach: [unavailable, invalid, internal, unavailable, unavailable], onError: collect, do: [{call: test.fail, with: {name: a, times: 9, code: X, class: "${item}"}}]}`, "ok", "fail:a fail:a fail:a fail:a", 0},
		"time limits":                 {`{forEach: [1, 2, 3, 4], onError: collect, do: [{call: test.sleep, with: {name: a, for: 1h}, timeout: 1s}]}`, "ok", "stopped:a stopped:a", 2 * time.Second},
		"a retry waits for it":        {`{call: test.fail, with: {name: a, times: 2, code: X, class: unavailable}, retry: {attempts: 4, delay: 1s, factor: 1, jitter: false}}`, "ok", "fail:a fail:a fail:a", 61 * time.Second},
		"a retry of other failures":   {`{call: test.fail, with: {name: a, times: 2, code: X, class: unavailable}, retry: {attempts: 4, delay: 1s, factor: 1, jitter: false, on: [X]}}`, "CircuitOpen", "fail:a fail:a", 2 * time.Second},
		"time limits of a block":      {`{forEach: [1, 2, 3], onError: collect, do: [{try: [{call: test.sleep, with: {name: a, for: 1h}}], timeout: 1s, finally: []}]}`, "ok", "stopped:a stopped:a stopped:a", 3 * time.Second},
		"it is caught":                {`{try: [{forEach: [1, 2, 3], do: [{try: [{call: test.fail, with: {name: a, times: 9, code: X, class: unavailable}}], catch: [{on: X, do: [{call: test.echo, with: {name: other}, connection: {host: b}}]}]}]}], catch: [{on: CircuitOpen, do: [{call: test.echo, with: {name: last}, connection: {host: b}}]}]}`, "ok", "fail:a echo:other fail:a echo:other echo:last", 0},
		"nothing to undo":             {`{forEach: [1, 2, 3], onError: collect, do: [{call: test.fail, with: {name: a, times: 9, code: X, class: unavailable}, undo: [{call: test.change, with: {name: undone}, connection: {host: b}}]}]}`, "ok", "fail:a fail:a", 0},
	} {
		r := &recorder{}
		f := load(t, r, "flow: t\nconnections: {test: {host: a, "+open+"}}\nsteps:\n  - "+c.steps)
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			if got := codes(t, nil, f); got != c.want {
				t.Errorf("%s: %s", name, got)
			}
			if took := time.Since(began).Round(time.Second); took != c.took {
				t.Errorf("%s: took %v", name, took)
			}
		})
		if r.noted() != c.calls {
			t.Errorf("%s: %s", name, r.noted())
		}
	}
}

// A run that is stopped says nothing of the service, also where it was to try whether
// that is there again.
func TestCircuitBreakerOfStoppedRuns(t *testing.T) {
	r := &recorder{}
	f := load(t, r, `
flow: t
inputs: {class: {type: string}}
connections: {test: {circuitBreaker: {failures: 1, open: 1m}}}
steps:
  - if: "${ctx.class == null}"
    then: [{call: test.sleep, with: {name: a, for: 1h}}]
    else: [{call: test.fail, with: {name: a, times: 1, code: Down, class: "${ctx.class}"}}]
`)
	down := map[string]any{"class": "unavailable"}
	synctest.Test(t, func(t *testing.T) {
		stopped := func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := f.Run(ctx, nil); err == nil {
				t.Error("it was not stopped")
			}
		}
		stopped()
		if got := codes(t, down, f, f); got != "Down CircuitOpen" {
			t.Error(got)
		}
		time.Sleep(61 * time.Second)
		stopped()
		if got := codes(t, down, f, f); got != "ok ok" {
			t.Errorf("behind a call that was stopped: %s", got)
		}
	})
}

// One call at a time tries whether the service is there.
func TestCircuitBreakerTriesOne(t *testing.T) {
	r := &recorder{}
	f := load(t, r, `
flow: t
inputs: {n: {type: integer, default: 1}}
connections: {test: {circuitBreaker: {failures: 1, open: 1m}}}
steps:
  - {call: test.fail, with: {name: a, times: 1, code: Down, class: unavailable}}
  - id: all
    forEach: "${1..ctx.n}"
    concurrency: 9
    onError: collect
    do: [{call: test.sleep, with: {name: s, for: 5s}, timeout: 1s}]
output: "${len(steps.all)}"
`)
	synctest.Test(t, func(t *testing.T) {
		codes(t, nil, f)
		time.Sleep(61 * time.Second)
		codes(t, nil, f) // closes, and opens by the time limit
		time.Sleep(61 * time.Second)
		r.tries = map[string]int{"a": 9}
		var mu sync.Mutex
		var log []string
		_, err := f.Run(t.Context(), map[string]any{"n": 9}, flows.WithListener(func(e report.Event) {
			if e.Type == report.StepLogged {
				mu.Lock()
				defer mu.Unlock()
				log = append(log, e.Message)
			}
		}))
		if err != nil {
			t.Error(err)
		}
		if n := strings.Count(r.noted(), "stopped:"); n != 10 { // the call before closes it, nine begin at once
			t.Errorf("%d calls: %s", n, r.noted())
		}
		if all := strings.Join(log, "\n"); !strings.Contains(all, "is closed again") || !strings.Contains(all, "is open") {
			t.Errorf("the log has\n%s", all)
		}
	})
}

// On a journal it is the same; on Temporal a run is in several processes.
func TestCircuitBreakerElsewhere(t *testing.T) {
	r := &recorder{}
	first, second := loadTwice(t, r, strings.Replace(circuitFlow, "1m", "1h", 1))
	j := openJournal(t, filepath.Join(t.TempDir(), "runs.db"))
	defer j.Close()
	var got []string
	for _, f := range []*flows.Flow{first, second, first, second} {
		_, err := j.Run(t.Context(), f, nil)
		var failed *report.RunError
		if !errors.As(err, &failed) {
			t.Fatal(err)
		}
		got = append(got, failed.Code)
	}
	if all := strings.Join(got, " "); all != "Down Down Down CircuitOpen" {
		t.Error(all)
	}
	_, err := temporal.Prepare(t.Context(), first, nil, temporal.PrepareOptions{})
	if err == nil || !strings.Contains(err.Error(), "the connection has a circuit breaker, which holds within one process") {
		t.Errorf("on Temporal: %v", err)
	}
}
