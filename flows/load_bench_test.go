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

// BenchmarkLoad compares loading a flow of 10,000 steps (parse, check and
// compile) with what yaml.v3 alone needs to read the file into nodes.
func BenchmarkLoad(b *testing.B) {
	text := []byte(largeFlow(10_000))
	b.Run("yaml", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			var doc yaml.Node
			if err := yaml.Unmarshal(text, &doc); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("flow", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		reg := (&recorder{}).registry(b)
		fsys := fstest.MapFS{"large.yaml": {Data: text}}
		for b.Loop() {
			if _, err := flows.Load(fsys, "large.yaml", reg); err != nil {
				b.Fatal(err)
			}
		}
	})
}
