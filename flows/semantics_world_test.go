package flows_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// The environment is read once: what changes while the flow runs is not seen.
func TestEnvironmentIsReadOnce(t *testing.T) {
	reads := map[string]int{}
	env := func(name string) (string, bool) {
		reads[name]++
		return fmt.Sprint(name, reads[name]), true
	}
	f := probed(t, &recorder{}, map[string]string{
		"flow.yaml": "flow: f\nsteps: [{id: l, forEach: \"${1..3}\", do: [{id: s, flow: sub.yaml}], collect: \"${steps.s}\"}]\noutput: \"${[env.A, join(steps.l, ',')]}\"",
		"sub.yaml":  "flow: s\nsteps: [{set: {a: 1}}]\noutput: \"${env.A + env.B}\"",
	})
	result, err := f.Run(t.Context(), nil, flows.WithEnv(env))
	if diff := cmp.Diff(`["A1","A1B1,A1B1,A1B1"]`, outcome(t, result, err)); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

// Each uuid of a run is another one, wherever the expression stands.
func TestUUIDsDiffer(t *testing.T) {
	r := &recorder{}
	hosts := map[any]bool{}
	r.onOpen = func(host any) { hosts[host] = true }
	f := probed(t, r, map[string]string{"flow.yaml": `
flow: f
connections:
  one: {connector: test, host: "${uuid()}"}
  two: {connector: test, host: "${uuid()}"}
steps:
  - {call: test.echo, connection: one}
  - {call: test.echo, connection: two}
  - {id: empty, forEach: "${1..3}", do: [], collect: "${uuid()}"}
  - {id: body, forEach: "${1..3}", do: [{set: {x: "${uuid()}"}}], collect: "${[ctx.x, uuid()]}"}
  - parallel:
      a: [{set: {a: "${uuid()}"}}]
      b: [{set: {b: "${uuid()}"}}]
output: "${flatten([steps.empty, steps.body, ctx.a, ctx.b, uuid(), uuid()])}"
`})
	result, err := carry(t.Context(), t, f, nil)
	if err != nil {
		t.Fatal(err)
	}
	list := result.Output.([]any)
	seen := map[any]bool{}
	for _, id := range list {
		seen[id] = true
	}
	if len(list) != 13 || len(seen) != len(list) || len(hosts) != 2 {
		t.Errorf("%d of %d are different, and %d of 2 connections: %v", len(seen), len(list), len(hosts), list)
	}
}

// A connection that one branch opens and has no time to wait for is opened
// again for the other.
func TestConnectionOfAStoppedOpener(t *testing.T) { virtually(t, connectionOfAStoppedOpener) }

func connectionOfAStoppedOpener(t *testing.T) {
	r := &recorder{}
	first := true
	r.onOpen = func(any) {
		if first {
			first = false
			time.Sleep(400 * time.Millisecond)
			panic("the opener breaks")
		}
	}
	got := output(t, r, `flow: f
steps:
  - id: p
    parallel:
      a: [{call: test.echo, timeout: 100ms}]
      b: [{wait: 200ms}, {id: b, call: test.echo, with: {value: fine}}]
    onError: collect
output: "${[steps.b, keys(steps.p.errors)]}"
`, nil)
	if diff := cmp.Diff(`["fine",["a"]]`, got); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

// A million items, or a fifth of them, that nothing collects need no memory of their own.
func TestMillionItemsInBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	items := 200_000
	if testenv.Thorough() {
		items = 1_000_000
	}
	for _, concurrency := range []int{1, 4} {
		var peak uint64
		count := 0
		watch := func(e report.Event) {
			if e.Type != report.StepFinished {
				return
			}
			if count++; count%(items/5) == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
		}
		f := load(t, &recorder{}, fmt.Sprintf(`flow: f
steps: [{id: l, forEach: "${1..%d}", concurrency: %d, do: [{set: {x: "${item}"}}]}]
output: "${steps.l}"
`, items, concurrency))
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		result, err := f.Run(t.Context(), nil, flows.WithListener(watch))
		if err != nil || result.Output != int64(items) {
			t.Fatalf("the run gave %v and %v", result, err)
		}
		if grown := int64(peak) - int64(before.HeapAlloc); count < items || grown > 8<<20 {
			t.Errorf("concurrency %d: the heap grew by %d KiB over %d steps", concurrency, grown>>10, count)
		}
	}
}

// Ten thousand steps in one list are loaded and run in the time of a breath.
func TestTenThousandSteps(t *testing.T) {
	var text strings.Builder
	text.WriteString("flow: f\nsteps:\n  - {id: s0, call: test.echo, with: {value: 0}}\n")
	for i := 1; i < 10_000; i++ {
		fmt.Fprintf(&text, "  - {id: s%d, call: test.echo, with: {value: \"${int(steps.s%d) + 1}\"}}\n", i, i-1)
	}
	text.WriteString("output: \"${steps.s9999}\"\n")
	start := time.Now()
	if got := output(t, &recorder{}, text.String(), nil); got != "9999" {
		t.Errorf("output %s", got)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}
