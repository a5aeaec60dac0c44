package flows_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
)

const limitedFlow = `
flow: limited
connections:
  test: {host: a, limit: {rate: 10/s}}
steps:
  - forEach: [1, 2, 3, 4, 5]
    concurrency: 5
    do:
      - {call: test.change, with: {value: "${item}", name: "${item}"}}
`

// loadTwice loads a flow two times, as a run that was put down and read back has
// it, for one registry.
func loadTwice(t *testing.T, r *recorder, text string) (first, second *flows.Flow) {
	t.Helper()
	reg := r.registry(t)
	files := fstest.MapFS{"flow.yaml": {Data: []byte(text)}}
	var list [2]*flows.Flow
	for i := range list {
		f, err := loadWith(files, "flow.yaml", reg)
		if err != nil {
			t.Fatal(err)
		}
		list[i] = f
	}
	return list[0], list[1]
}

// Calls of a connection begin at its rate, over all runs of the process.
func TestConnectionLimit(t *testing.T) {
	r := &recorder{}
	first, second := loadTwice(t, r, limitedFlow)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var runs sync.WaitGroup
		for _, f := range []*flows.Flow{first, first, second, second} {
			runs.Go(func() {
				if _, err := f.Run(t.Context(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		runs.Wait()
		if took := time.Since(began).Round(time.Millisecond); took != 1900*time.Millisecond {
			t.Errorf("20 calls at 10/s took %v", took)
		}
	})
	if n := strings.Count(r.noted(), "change:"); n != 20 {
		t.Errorf("%d calls", n)
	}
}

// A burst may begin at once, each attempt of a retry counts, and a connection of
// a step has a limit of its own.
func TestConnectionLimitCounts(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`{call: test.fail, with: {name: a, times: 2}, connection: {host: a, limit: {rate: 1/m}}, retry: 3}`:                                                                          2 * time.Minute,
		`{forEach: [1, 2, 3, 4], concurrency: 4, do: [{call: test.echo, connection: {host: a, limit: {rate: 1/m, burst: 3}}}]}`:                                                      time.Minute,
		`{parallel: {a: [{call: test.echo, connection: {host: a, limit: {rate: 1/m}}}], b: [{call: test.echo, connection: {host: a, limit: {rate: 1/m}}}], c: [{call: test.echo}]}}`: 0,
	} {
		f := load(t, &recorder{}, "flow: t\nsteps:\n  - "+text)
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			if _, err := f.Run(t.Context(), nil); err != nil {
				t.Error(err)
			}
			if took := time.Since(began).Round(time.Second); took != want {
				t.Errorf("%s: %v, want %v", text, took, want)
			}
		})
	}
}

// Who waits for a limit stops when it is to, and has called nothing. The time of an
// attempt begins behind the wait.
func TestConnectionLimitIsLeft(t *testing.T) {
	const text = `
flow: t
timeout: LIMIT
connections: {test: {limit: {rate: 1/h}}}
steps:
  - {call: test.change, with: {name: first}}
  - {id: late, call: test.change, with: {name: second}, timeout: 1s}
`
	for name, c := range map[string]struct {
		limit string
		after time.Duration
		code  string
	}{
		"a time limit": {"5s", time.Hour, "Timeout"},
		"canceled":     {"1h", 5 * time.Second, "Canceled"},
	} {
		r := &recorder{}
		f := load(t, r, strings.Replace(text, "LIMIT", c.limit, 1))
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			defer time.AfterFunc(c.after, cancel).Stop()
			_, err := f.Run(ctx, nil)
			var failed *report.RunError
			if !errors.As(err, &failed) || failed.Code != c.code || failed.Outcome == connector.OutcomeUnknown {
				t.Errorf("%s: %v", name, err)
			}
			if took := time.Since(began).Round(time.Second); took != 5*time.Second {
				t.Errorf("%s: ended after %v", name, took)
			}
		})
		if r.noted() != "change:first" {
			t.Errorf("%s: %s", name, r.noted())
		}
	}
}

// On a journal the limit holds, too: so many calls take so long at least.
func TestConnectionLimitOnJournal(t *testing.T) {
	r := &recorder{}
	first, second := loadTwice(t, r, strings.Replace(limitedFlow, "10/s", "100/s", 1))
	j := openJournal(t, filepath.Join(t.TempDir(), "runs.db"))
	defer j.Close()
	began := time.Now()
	var runs sync.WaitGroup
	for _, f := range []*flows.Flow{first, second, first} {
		runs.Go(func() {
			if _, err := j.Run(t.Context(), f, nil); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	if took := time.Since(began); took < 139*time.Millisecond {
		t.Errorf("15 calls at 100/s took %v", took)
	}
}

// On Temporal a run is in several processes: a flow with a limit is not begun.
func TestConnectionLimitOnTemporal(t *testing.T) {
	for name, text := range map[string]string{
		"of the header": limitedFlow,
		"of a step":     "flow: t\nsteps:\n  - {call: test.echo, connection: {limit: {rate: 1/s}}}\n",
	} {
		_, err := temporal.Prepare(t.Context(), load(t, &recorder{}, text), nil, temporal.PrepareOptions{})
		if err == nil || !strings.Contains(err.Error(), "the connection has a limit, which holds within one process") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
