package flows_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
)

// stopAfter is when the runs of TestEverythingStops are stopped: after what
// comes before the block, also where a real clock counts.
var stopAfter = 2 * time.Second

// slack is what a run may take to stop. Nothing in the blocks ends as soon, and
// the machine may be busy with other things.
const slack = time.Minute

// stoppable are blocks that would take ten minutes, with a step that owes an
// undo before and a finally around.
var stoppable = map[string]string{
	"call":              "{call: test.sleep, with: {for: 10m}}",
	"retry":             "{call: test.fail, with: {name: x}, retry: {attempts: 9, delay: 10m, jitter: false}}",
	"if":                "{if: true, then: [{wait: 10m}]}",
	"switch":            "{switch: a, cases: [{is: a, do: [{wait: 10m}]}]}",
	"forEach":           "{forEach: [1, 2], do: [{wait: 10m}]}",
	"concurrentForEach": "{forEach: [1, 2, 3], concurrency: 3, do: [{wait: 10m}]}",
	"collecting":        "{forEach: [1, 2, 3], concurrency: 2, onError: collect, do: [{wait: 10m}]}",
	"parallel":          "{parallel: {a: [{wait: 10m}], b: [{call: test.sleep, with: {for: 10m}}]}}",
	"parallelCollect":   "{parallel: {a: [{wait: 10m}], b: [{wait: 10m}]}, onError: collect}",
	"try":               "{try: [{wait: 10m}], retry: {attempts: 3, on: [timeout, canceled]}, catch: [{do: [{call: test.change, with: {name: caught}}]}]}",
	"repeat":            "{repeat: [], until: \"${false}\", every: 10m}",
	"busyRepeat":        "{repeat: [], until: \"${false}\"}",
	"wait":              "{wait: 10m}",
	"flow":              "{flow: sub.yaml}",
	"handler":           "{try: [{fail: {code: A, message: m}}], catch: [{do: [{wait: 10m}]}]}",
}

// Whatever a flow is doing when its time is over, or when somebody cancels it,
// stops at once; finally and the undos run all the same, and no handler does.
func TestEverythingStops(t *testing.T) {
	for name, block := range stoppable {
		text := func(header string) map[string]string {
			return map[string]string{
				"flow.yaml": "flow: f\n" + header + `steps:
  - {call: test.change, with: {name: made}, undo: {call: test.change, with: {name: undone}}}
  - try: [` + block + `]
    catch: [{do: [{call: test.change, with: {name: caught}}]}]
    finally: [{wait: 1ms}, {call: test.change, with: {name: finally}}]
`,
				"sub.yaml": "flow: s\nsteps: [{wait: 10m}]",
			}
		}
		runs := map[string]func(t *testing.T, r *recorder) error{
			"canceled": func(t *testing.T, r *recorder) error {
				f := probed(t, r, text(""))
				ctx, cancel := context.WithTimeout(t.Context(), stopAfter)
				defer cancel()
				_, err := carry(ctx, t, f, nil)
				return err
			},
			"timeout": func(t *testing.T, r *recorder) error {
				_, err := carry(t.Context(), t, probed(t, r, text("timeout: "+stopAfter.String()+"\n")), nil)
				return err
			},
			"timeout of the caller": func(t *testing.T, r *recorder) error {
				_, err := carry(t.Context(), t, probed(t, r, text("")), nil, flows.WithTimeout(stopAfter))
				return err
			},
		}
		for how, do := range runs {
			test := func(t *testing.T) {
				r := &recorder{}
				start := time.Now()
				err := do(t, r)
				if took := time.Since(start); took > stopAfter+slack {
					t.Errorf("it took %s to stop", took)
				}
				if err == nil {
					t.Error("the run succeeded")
				}
				if got := strings.Replace(r.noted(), "fail:x ", "", 1); strings.ReplaceAll(got, "stopped: ", "") != "change:made change:finally change:undone" {
					t.Errorf("calls: %s", got)
				}
			}
			if name == "busyRepeat" { // it never waits, so no clock but the real one goes on
				t.Run(name+" "+how, test)
				continue
			}
			subtest(t, name+" "+how, test)
		}
	}
}
