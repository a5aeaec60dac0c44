package temporal_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/temporal"
)

// recordedFlows are flows whose histories on a real server stand in testdata.
var recordedFlows = map[string]string{
	"steps": `flow: steps
steps:
  - {id: a, call: test.step, with: {name: a, value: 7}, undo: {call: test.step, with: {name: "undo ${result}"}}}
  - {id: flaky, call: test.flaky, with: {name: flaky}, retry: {attempts: 3, delay: 10ms, jitter: false}}
  - {wait: 20ms}
  - id: guarded
    if: "${steps.a > 100}"
    call: test.step
    with: {name: never}
  - try:
      - {call: test.step, with: {name: b}, timeout: 5s}
      - {fail: {code: Inner, message: no}}
    catch: [{on: Inner, do: [{call: test.step, with: {name: "caught ${error.code}"}}]}]
    finally: [{call: test.step, with: {name: finally}}]
output: "${[steps.a, steps.flaky, uuid() == uuid()]}"
`,
	"undo": `flow: undo
steps:
  - {call: test.step, with: {name: a}, undo: {call: test.step, with: {name: undo-a}}}
  - parallel:
      one: [{call: test.step, with: {name: b}, undo: {call: test.step, with: {name: undo-b}}}]
      two: [{call: test.step, with: {name: c, for: 50ms}}, {fail: {code: Broken, message: stop}}]
`,
	"loop": `flow: loop
steps:
  - id: all
    forEach: "${1..9}"
    concurrency: 3
    do:
      - {id: one, call: test.step, with: {name: "i${item}", value: "${item * item}"}}
      - {if: "${item == 5}", wait: 5ms}
    collect: "${steps.one}"
  - set: {n: 0}
  - repeat:
      - {call: test.step, with: {name: "round ${ctx.n}"}}
      - set: {n: "${ctx.n + 1}"}
    until: "${ctx.n == 6}"
    every: 5ms
output: "${sum(steps.all)}"
`,
	"timeout": `flow: timeout
steps:
  - try: [{try: [{call: test.step, with: {name: long, for: 20s}}], timeout: 100ms}]
    catch: [{on: timeout, do: [{call: test.step, with: {name: late}}]}]
output: "${'in time'}"
`,
}

type stepIn struct {
	Name  string        `param:"name"`
	For   time.Duration `param:"for"`
	Value any           `param:"value"`
}

func testRegistry(t testing.TB) *connector.Registry {
	t.Helper()
	var mu sync.Mutex
	tries := map[string]int{}
	step := func(ctx context.Context, in stepIn) (any, error) {
		select {
		case <-time.After(in.For):
			return in.Value, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	flaky := func(_ context.Context, call *connector.Call, _ stepIn) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		if tries[call.IdempotencyKey]++; tries[call.IdempotencyKey] < 3 {
			return nil, &connector.Error{Code: "Busy", Class: connector.ClassUnavailable, Message: "again"}
		}
		return "at last", nil
	}
	reg, err := connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{
		connector.Op("test.step", "Do something.", step, connector.WithEffect(connector.EffectReadOnly)),
		connector.OpWith("test.flaky", "Fail twice.", flaky, connector.WithEffect(connector.EffectReadOnly)),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// recordLimits make chunks and continued runs out of small flows.
var recordLimits = temporal.WithLimits(temporal.Limits{Items: 2, Records: 4})

// replaying leaves activities out: a replay calls none.
type replaying struct{ worker.WorkflowReplayer }

func (replaying) RegisterActivityWithOptions(any, activity.RegisterOptions) {}

func (replaying) RegisterDynamicActivity(any, activity.DynamicRegisterOptions) {}

// TestRecordedHistories replays what a server wrote down of earlier runs: a
// change of the interpreter, or of this package, that would not follow the
// history of a run under way shows here.
func TestRecordedHistories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d histories (%v)", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var options []temporal.Option
			if !strings.HasPrefix(filepath.Base(file), "whole-") {
				options = append(options, recordLimits)
			}
			told := &witness{}
			options = append(options, temporal.WithObserver(told), temporal.WithEnded(told.Ended))
			done := temporal.Register(replaying{replayer}, testRegistry(t), options...)
			defer done()
			if err := replayer.ReplayWorkflowHistoryFromJSONFile(nil, file); err != nil {
				t.Error(err)
			}
			if len(told.ended) > 0 {
				t.Errorf("who watches was told again: %q", told.ended)
			}
		})
	}
}

// A history that is not the program's is not accepted: the test above can fail.
func TestWrongHistory(t *testing.T) {
	text, err := os.ReadFile("testdata/whole-steps.0.json")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "wrong.json")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), `"test.flaky"`, `"test.other"`)), 0o600); err != nil {
		t.Fatal(err)
	}
	replayer := worker.NewWorkflowReplayer()
	defer temporal.Register(replaying{replayer}, testRegistry(t))()
	if err := replayer.ReplayWorkflowHistoryFromJSONFile(nil, file); err == nil {
		t.Error("another history is accepted")
	}
}
