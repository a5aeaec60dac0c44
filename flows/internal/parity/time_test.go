package parity_test

import (
	"errors"
	"path/filepath"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/internal/value"
)

// loopTimes are flows that measure time in branches, and what they find: the
// same on every runtime, since each has a clock that leaps over waits.
var loopTimes = map[string]struct{ flow, want string }{
	"a wait at the beginning of an iteration": {`flow: t
steps:
  - {wait: 1s} # the clocks of a server and of its client differ
  - {set: {start: "${now()}"}}
  - id: l
    forEach: "${1..10}"
    concurrency: 2
    do: [{wait: 500ms}]
    collect: "${now() - ctx.start}"
output: "${steps.l}"
`, `["500ms","500ms","1s","1s","1.5s","1.5s","2s","2s","2.5s","2.5s"]`},
	"the time before anything is recorded": {`flow: t
steps:
  - {wait: 1s} # the clocks of a server and of its client differ
  - {set: {start: "${now()}"}}
  - id: l
    forEach: "${1..5}"
    concurrency: 2
    do: [{set: {t: "${now() - ctx.start}"}}, {wait: 200ms}]
    collect: "${[ctx.t, now() - ctx.start]}"
output: "${steps.l}"
`, `[["0s","200ms"],["0s","200ms"],["200ms","400ms"],["200ms","400ms"],["400ms","600ms"]]`},
	"a loop in a branch of a loop": {`flow: t
steps:
  - {wait: 1s} # the clocks of a server and of its client differ
  - {set: {start: "${now()}"}}
  - id: l
    forEach: [1, 2, 3]
    as: outer
    concurrency: 2
    do:
      - {id: inner, forEach: [1, 2, 3], concurrency: 2, do: [{wait: 100ms}], collect: "${now() - ctx.start}"}
      - {set: {t: "${now() - ctx.start}"}}
    collect: "${[steps.inner, ctx.t]}"
output: "${steps.l}"
`, `[[["100ms","100ms","200ms"],"200ms"],[["100ms","100ms","200ms"],"200ms"],[["300ms","300ms","400ms"],"400ms"]]`},
	"branches and what follows": {`flow: t
steps:
  - {wait: 1s} # the clocks of a server and of its client differ
  - {set: {start: "${now()}"}}
  - {wait: 1s}
  - parallel:
      a: [{set: {a: "${now() - ctx.start}"}}, {wait: 300ms}, {set: {b: "${now() - ctx.start}"}}]
      b: [{try: [{fail: {code: Again, message: again}}], retry: {attempts: 3, delay: 1s, factor: 1, jitter: false, on: [Again]}, catch: [{do: [{set: {c: "${now() - ctx.start}"}}]}]}]
  - {set: {d: "${now() - ctx.start}"}}
output: "${[ctx.a, ctx.b, ctx.c, ctx.d]}"
`, `["1s","1.3s","3s","3s"]`},
	"a loop one after the other": {`flow: t
steps:
  - {wait: 1s} # the clocks of a server and of its client differ
  - {set: {start: "${now()}"}}
  - {id: l, forEach: [1, 2, 3], do: [{set: {t: "${now() - ctx.start}"}}, {wait: 1s}], collect: "${ctx.t}"}
output: "${steps.l}"
`, `["0s","1s","2s"]`},
}

// TestTimeInBranches: a branch's time is its own on every runtime.
func TestTimeInBranches(t *testing.T) {
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range loopTimes {
		t.Run(name, func(t *testing.T) {
			flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(test.flow)}}, "flow.yaml", reg)
			if err != nil {
				t.Fatal(err)
			}
			for runtime, run := range onRuntimes(flow, reg) {
				result, err := run(t)
				if err != nil {
					t.Errorf("%s: %v", runtime, err)
					continue
				}
				if got, _ := value.EncodeJSON(result.Output); string(got) != test.want {
					t.Errorf("%s gives\n%s\nwant\n%s", runtime, got, test.want)
				}
			}
		})
	}
}

// TestTimeAfterAnInterruption: a branch that asked for the time before the
// process ended gets the same from a resume, an hour later; those that had not
// started begin then.
func TestTimeAfterAnInterruption(t *testing.T) {
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(`flow: t
steps:
  - {set: {start: "${now()}"}}
  - id: l
    forEach: "${1..6}"
    concurrency: 2
    do: [{set: {t: "${now() - ctx.start}"}}, {wait: 500ms}]
    collect: "${[ctx.t, now() - ctx.start]}"
output: "${steps.l}"
`)}}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(testenv.Memory(t), "runs.db")
	synctest.Test(t, func(t *testing.T) {
		j, err := journal.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(700 * time.Millisecond)
			_ = j.Close()
		}()
		_, err = j.Run(t.Context(), flow, nil, flows.WithRunID("r"))
		var interrupted *journal.InterruptedError
		if !errors.As(err, &interrupted) {
			t.Fatalf("the run ended with %v", err)
		}
		synctest.Wait()
		time.Sleep(time.Hour - 700*time.Millisecond)
		if j, err = journal.Open(path); err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		result, err := j.Resume(t.Context(), "r", reg)
		if err != nil {
			t.Fatal(err)
		}
		const want = `[["0s","500ms"],["0s","500ms"],["500ms","1s"],["500ms","1s"],["1h0m0s","1h0m0.5s"],["1h0m0s","1h0m0.5s"]]`
		if got, _ := value.EncodeJSON(result.Output); string(got) != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}
