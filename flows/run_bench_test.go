package flows_test

import (
	"fmt"
	"testing"
)

// BenchmarkStep gives what one step costs that evaluates a condition and sets
// a small object: a run of 1,000 such steps, divided by 1,000.
func BenchmarkStep(b *testing.B) {
	steps := ""
	for i := range 1000 {
		steps += fmt.Sprintf("  - if: \"${ctx.count > 2 && ctx.name != 'y'}\"\n    set: {order: {id: \"${ctx.name}\", n: \"${ctx.count}\", i: %d}}\n", i)
	}
	f := load(b, &recorder{}, "flow: t\ninputs: {name: {type: string, default: x}, count: {type: integer, default: 3}}\nsteps:\n"+steps)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Run(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/step")
}

// BenchmarkForEach gives what an iteration costs whose body calls an operation
// that does nothing.
func BenchmarkForEach(b *testing.B) {
	f := load(b, &recorder{}, "flow: t\nsteps: [{forEach: \"${1..1000}\", as: n, do: [{id: e, call: test.sleep, with: {for: 0s, result: \"${n}\"}}]}]")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Run(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/item")
}
