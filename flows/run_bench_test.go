package flows_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// each makes a flow of 1,000 steps of a kind, %d being the number of one.
func each(step string) string {
	var b strings.Builder
	b.WriteString("flow: t\ninputs: {name: {type: string, default: x}, count: {type: integer, default: 3}}\nsteps:\n")
	for i := range 1000 {
		b.WriteString("  - " + strings.ReplaceAll(step, "%d", strconv.Itoa(i)) + "\n")
	}
	return b.String()
}

// The kinds of steps: a run of each has 1,000, of which all figures are given.
var stepFlows = map[string]string{
	// A condition and a small object, as pure steps are.
	"pure": each("if: \"${ctx.count > 2 && ctx.name != 'y'}\"\n    set: {order: {id: \"${ctx.name}\", n: \"${ctx.count}\", i: %d}}"),
	// What the interpreter itself does for a step.
	"constant":                  each("set: {a: %d}"),
	"guarded":                   each("if: \"${ctx.count > 2}\"\n    set: {a: %d}"),
	"path":                      each("set: {a: \"${ctx.name}\"}"),
	"call":                      each("{call: plain.nothing}"),
	"iteration":                 "flow: t\nsteps: [{forEach: \"${1..1000}\", as: n, do: [{set: {a: 1}}]}]",
	"iteration that reads":      "flow: t\nsteps: [{forEach: \"${1..1000}\", as: n, do: [{set: {a: \"${n}\"}}]}]",
	"iteration that is kept":    "flow: t\nsteps: [{id: l, forEach: \"${1..1000}\", as: n, do: [{set: {a: 1}}], collect: \"${ctx.a}\"}]",
	"iteration beside others":   "flow: t\nsteps: [{forEach: \"${1..1000}\", as: n, concurrency: 4, do: [{call: plain.nothing}]}]",
	"iteration with a call":     "flow: t\nsteps: [{forEach: \"${1..1000}\", as: n, do: [{call: plain.nothing}]}]",
	"iteration with parameters": "flow: t\nsteps: [{forEach: \"${1..1000}\", as: n, do: [{id: e, call: test.sleep, with: {for: 0s, result: \"${n}\"}}]}]",
}

func BenchmarkStep(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(stepFlows)) {
		b.Run(name, func(b *testing.B) {
			f := load(b, &recorder{}, stepFlows[name])
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Run(b.Context(), nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/step")
		})
	}
}
