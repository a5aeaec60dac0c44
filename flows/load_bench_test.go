package flows_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows"
	"gopkg.in/yaml.v3"
)

// largeFlow has n steps: a third call an operation with three parameters, a
// third evaluate a condition, a third set a name.
func largeFlow(n int) string {
	var b strings.Builder
	b.WriteString("flow: large\ninputs:\n  name: {type: string, default: x}\n  count: {type: integer, default: 3}\nsteps:\n")
	for i := range n {
		switch i % 3 {
		case 0:
			fmt.Fprintf(&b, "  - id: s%d\n    call: lambda.getAlias\n    with:\n      functionName: \"${ctx.name}\"\n      name: live\n", i)
		case 1:
			fmt.Fprintf(&b, "  - if: \"${ctx.count > %d && steps.s%d.Name != 'x'}\"\n    set: {found: \"${steps.s%d.AliasArn}\"}\n", i, i-1, i-1)
		default:
			fmt.Fprintf(&b, "  - set: {label: \"step %d of ${ctx.name}\", n: %d}\n", i, i)
		}
	}
	return b.String()
}

// wideFlow has n steps with as many names, guards and environment variables as
// a flow of that size can have.
func wideFlow(n int) string {
	var b strings.Builder
	b.WriteString("flow: wide\ninputs:\n  name: {type: string, default: x}\n  count: {type: integer, default: 3}\nsteps:\n")
	for i := range n {
		switch i % 3 {
		case 0:
			fmt.Fprintf(&b, "  - id: s%d\n    if: \"${ctx.count > 1}\"\n    call: lambda.getAlias\n    with:\n      functionName: \"${ctx.name}\"\n      name: live\n", i)
		case 1:
			fmt.Fprintf(&b, "  - if: \"${ctx.count > 1}\"\n    set: {found%d: \"${steps.s%d.AliasArn}\"}\n", i, i-1)
		default:
			fmt.Fprintf(&b, "  - set: {label%d: \"step %d of ${ctx.name} ${env.A%d ?? ''}\", n%d: %d}\n", i, i, i, i, i)
		}
	}
	return b.String()
}

// BenchmarkLoad compares loading a flow (parse, check and compile) with what
// yaml.v3 alone needs to read the file into nodes, and a large flow with a
// small one.
func BenchmarkLoad(b *testing.B) {
	for _, kind := range []struct {
		name string
		make func(int) string
	}{{"plain", largeFlow}, {"wide", wideFlow}} {
		for _, n := range []int{50, 10_000} {
			text := []byte(kind.make(n))
			name := fmt.Sprintf("%s-%d", kind.name, n)
			b.Run(name+"/yaml", func(b *testing.B) { benchmarkYAML(b, text) })
			b.Run(name+"/flow", func(b *testing.B) { benchmarkLoad(b, text) })
		}
	}
}

func benchmarkYAML(b *testing.B, text []byte) {
	b.ReportAllocs()
	for b.Loop() {
		var doc yaml.Node
		if err := yaml.Unmarshal(text, &doc); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkLoad(b *testing.B, text []byte) {
	b.ReportAllocs()
	reg := (&recorder{}).registry(b)
	fsys := fstest.MapFS{"large.yaml": {Data: text}}
	for b.Loop() {
		if _, err := flows.Load(fsys, "large.yaml", reg); err != nil {
			b.Fatal(err)
		}
	}
}

// countingLoops has n loops that set a name of ctx which is read behind them.
func countingLoops(n int) string {
	var b strings.Builder
	b.WriteString("flow: counting\ninputs:\n  count: {type: integer, default: 3}\nsteps:\n")
	for range n {
		b.WriteString("  - forEach: [1, 2]\n    do:\n      - set: {count: \"${ctx.count + 1}\"}\n")
	}
	b.WriteString("output: \"${ctx.count}\"\n")
	return b.String()
}

// BenchmarkCheckLoops checks loops that set names of ctx: what it takes grows as they do.
func BenchmarkCheckLoops(b *testing.B) {
	reg := (&recorder{}).registry(b)
	for _, n := range []int{1_000, 10_000} {
		fsys := fstest.MapFS{"loops.yaml": {Data: []byte(countingLoops(n))}}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if found := flows.Check(fsys, "loops.yaml", reg); found == nil {
					b.Fatal("no loop was noted")
				}
			}
		})
	}
}
