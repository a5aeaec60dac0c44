package flows_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows"
)

// A large file is compiled by two goroutines; it means the same.
func TestLargeFlow(t *testing.T) {
	const steps = 2000
	var b strings.Builder
	b.WriteString("flow: large\ninputs: {n: {type: integer}}\nsteps:\n  - set: {sum: 0}\n")
	for i := range steps {
		fmt.Fprintf(&b, "  - if: \"${ctx.n + %d > %d}\"\n    set: {sum: \"${ctx.sum + len([ctx.n, %d])}\", text: \"${ctx.n * %d}-${ctx.n + %d}\"}\n", i, steps, i, i, i)
	}
	b.WriteString("output: {sum: \"${ctx.sum}\", text: \"${ctx.text}\"}\n")
	flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(b.String())}}, "f.yaml", registryOf(t))
	if err != nil {
		t.Fatal(err)
	}
	result, err := flow.Run(context.Background(), map[string]any{"n": 7})
	if err != nil {
		t.Fatal(err)
	}
	out := result.Output.(map[string]any)
	if want := int64(2 * 6); out["sum"] != want || out["text"] != fmt.Sprintf("%d-%d", 7*(steps-1), 7+steps-1) {
		t.Errorf("got %v, want sum %d", out, want)
	}
}

// Mistakes of a large file are those of a small one, each at its place.
func TestLargeFlowMistakes(t *testing.T) {
	wrong := []string{
		`"${ctx.n +}"`, `"${ctx.m + 1}"`, `"${upper(ctx.n) + 1}"`, `"${unknown(1)}"`, `"${ctx.n} and ${ctx.n +* 1}"`, `"${ctx.text matches '('}"`,
	}
	check := func(filler int) []string {
		var b strings.Builder
		b.WriteString("flow: large\ninputs: {n: {type: integer, default: 1}, text: {type: string}}\nsteps:\n")
		for i, value := range wrong {
			fmt.Fprintf(&b, "  - set: {v%d: %s}\n", i, value)
		}
		for i := range filler {
			fmt.Fprintf(&b, "  - set: {x: \"${ctx.n + %d}\"}\n", i)
		}
		_, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(b.String())}}, "f.yaml", registryOf(t))
		var found *flows.CheckError
		if !errors.As(err, &found) {
			t.Fatalf("no mistake found: %v", err)
		}
		var list []string
		for _, d := range found.Diagnostics {
			list = append(list, d.String())
		}
		return list
	}
	small, large := check(1), check(500)
	if strings.Join(small, "\n") != strings.Join(large, "\n") || len(small) < len(wrong) {
		t.Errorf("small:\n%s\nlarge:\n%s", strings.Join(small, "\n"), strings.Join(large, "\n"))
	}
}

// Types that hold types that hold types are looked into once each: by paths
// these flows have more than any check could follow.
func TestTypesOfSharedParts(t *testing.T) {
	for name, step := range map[string]string{
		"a map of the last one twice": "  - set: {a%[2]d: {x: \"${ctx.a%[1]d}\", y: \"${ctx.a%[1]d}\"}}\n",
		"all of ctx":                  "  - set: {a%[2]d: \"${ctx}\"}\n",
		"all of ctx twice":            "  - set: {a%[2]d: {x: \"${ctx}\", y: {z: \"${ctx}\"}}}\n",
		"a list of the last one":      "  - set: {a%[2]d: [\"${ctx.a%[1]d}\", \"${ctx.a%[1]d}\"]}\n",
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			b.WriteString("flow: shared\nsteps:\n  - set: {a0: {v: text}}\n")
			for i := range 300 {
				fmt.Fprintf(&b, step, i, i+1)
			}
			b.WriteString("  - set: {last: \"${ctx.a300}\", all: \"${ctx}\"}\noutput: \"${ctx.a0.v}\"\n")
			flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(b.String())}}, "f.yaml", registryOf(t))
			if err != nil {
				t.Fatal(err)
			}
			_ = flow.Outline()
		})
	}
}

// Twenty thousand names that nobody knows, in a scope of as many, are reported
// without looking for what each of them may have meant.
func TestLargeFlowOfUnknownNames(t *testing.T) {
	const steps = 20_000
	var b strings.Builder
	b.WriteString("flow: unknown\nsteps:\n")
	for i := range steps {
		fmt.Fprintf(&b, "  - {set: {a%d: \"${ctx.a%d}\"}}\n", i, i+1)
	}
	_, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(b.String())}}, "f.yaml", registryOf(t))
	var found *flows.CheckError
	if !errors.As(err, &found) || len(found.Diagnostics) != steps {
		t.Fatalf("%v", err)
	}
	helped := 0
	for _, d := range found.Diagnostics {
		if strings.Contains(d.Help, "did you mean") {
			helped++
		}
	}
	if helped < 100 || helped > steps/2 {
		t.Errorf("%d mistakes have a name that may be meant", helped)
	}
}
