package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/devserver"
)

// races are flows of which some branches or items are enough. Their calls wait for each
// other, so who wins does not depend on the machine. A name that ends in "go" is called by the
// test, once the worker that carried what waits for it was killed. What stands in order is
// called in that order; all are the calls, sorted.
var races = []struct{ name, flow, output, order, all string }{
	{
		name: "race",
		flow: `
  - id: race
    parallel:
      slow: [{call: probe.step, with: {name: race.slow}, undo: {call: probe.step, with: {name: race.undo}}}, {wait: 24h}, {call: probe.step, with: {name: race.never}}]
      fast: [{id: fast, call: probe.step, with: {name: race.fast, value: 7, after: [race.slow]}}]
      fails: [{call: probe.step, with: {name: race.fails, fail: true}}, {call: probe.step, with: {name: race.never}}]
    enough: 1
  - {call: probe.step, with: {name: race.last}}
output: "${[steps.race.won, steps.fast]}"
`,
		output: `[["fast"],7]`,
		order:  "race.slow race.undo race.last",
		all:    "race.fails race.fast race.last race.slow race.undo",
	},
	{
		name: "quorum",
		flow: `
  - id: all
    forEach: "${1..5}"
    concurrency: 5
    enough: 2
    do:
      - {call: probe.step, with: {name: "quorum.${item}"}, undo: {call: probe.step, with: {name: "quorum.undo${item}"}}}
      - {if: "${item in [2, 4]}", then: [{call: probe.read, with: {name: quorum.won, after: [quorum.1, quorum.2, quorum.3, quorum.4, quorum.5]}}], else: [{wait: 24h}]}
    collect: "${item * 10}"
  - {call: probe.step, with: {name: quorum.last}}
output: "${[steps.all.items, steps.all.won, steps.all.errors]}"
`,
		output: `[[20,40],[1,3],[]]`,
		order:  "quorum.undo5 quorum.undo3 quorum.undo1 quorum.last",
		all:    "quorum.1 quorum.2 quorum.3 quorum.4 quorum.5 quorum.last quorum.undo1 quorum.undo3 quorum.undo5 quorum.won quorum.won",
	},
	{
		name: "few",
		flow: `
  - try:
      - parallel:
          kept: [{call: probe.step, with: {name: few.kept}, undo: {call: probe.step, with: {name: few.undo}}}, {wait: 24h}]
          a: [{call: probe.step, with: {name: few.a, fail: true}}]
          b: [{call: probe.step, with: {name: few.b, fail: true, after: [few.kept]}}]
        enough: 2
    catch: [{on: NotEnough, do: [{set: {e: "${error}"}}]}]
  - {call: probe.step, with: {name: few.last}}
output: "${[ctx.e.code, ctx.e.class, ctx.e.cause.code, ctx.e.details.needed, ctx.e.details.succeeded, keys(ctx.e.details.errors)]}"
`,
		output: `["NotEnough","conflict","Broken",2,0,["a","b"]]`,
		order:  "few.kept few.undo few.last",
		all:    "few.a few.b few.kept few.last few.undo",
	},
	{
		name: "a killed worker while they race",
		flow: `
  - id: race
    parallel:
      slow: [{call: probe.step, with: {name: killed.slow}, undo: {call: probe.step, with: {name: killed.undo}}}, {wait: 24h}]
      fast: [{call: probe.step, with: {name: killed.fast, after: [killed.slow, killed.go]}}]
      late: [{call: probe.step, atMostOnce: true, with: {name: killed.once, after: [killed.go]}}]
    enough: 1
  - {call: probe.step, with: {name: killed.last}}
output: "${[steps.race.won, steps.race.errors.late?.code ?? 'OutcomeUnknown']}"
`,
		output: `[["fast"],"OutcomeUnknown"]`,
		order:  "killed.slow killed.undo killed.last",
		all:    "killed.fast killed.fast killed.go killed.last killed.once killed.slow killed.undo",
	},
	{
		name: "a killed worker while the losers are undone",
		flow: `
  - id: all
    forEach: "${1..3}"
    concurrency: 3
    enough: 1
    do:
      - {call: probe.step, with: {name: "undone.${item}"}, undo: {call: probe.step, with: {name: "undone.undo${item}", after: ["${item == 2 ? 'undone.go' : 'undone.2'}"]}}}
      - {if: "${item == 3}", then: [{call: probe.read, with: {name: undone.won, after: [undone.1, undone.2]}}], else: [{wait: 24h}]}
  - {call: probe.step, with: {name: undone.last}}
output: "${[steps.all.won, steps.all.errors]}"
`,
		output: `[[2],[]]`,
		order:  "undone.undo2 undone.undo2 undone.undo1 undone.last",
		all:    "undone.1 undone.2 undone.3 undone.go undone.last undone.undo1 undone.undo2 undone.undo2 undone.won",
	},
}

// What some of are enough ends on a server as it does elsewhere: the first that succeed win,
// what the others did is undone once, and a worker that is killed in the middle changes nothing
// of that.
func testEnough(t *testing.T, server *devserver.Server) {
	b := newBench(t, server).parallel()
	first := b.worker()
	runs := make([]*child, len(races))
	for i, tt := range races {
		path := filepath.Join(b.folder, "race"+string(rune('a'+i))+".yaml")
		if err := os.WriteFile(path, []byte("flow: race\nsteps:"+tt.flow), 0o600); err != nil {
			t.Fatal(err)
		}
		runs[i] = b.run(path)
	}
	for _, name := range []string{"race.last", "quorum.last", "few.last", "killed.slow", "killed.fast", "killed.once", "undone.undo2"} {
		b.await(name)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.done
	b.called("killed.go", "undone.go")
	b.worker()
	for i, tt := range races {
		if code := runs[i].code(t); code != 0 {
			t.Errorf("%s: exit code %d:\n%s", tt.name, code, runs[i].err.String())
		}
		if got := strings.Join(strings.Fields(runs[i].out.String()), ""); got != tt.output {
			t.Errorf("%s: the output is %s", tt.name, got)
		}
		prefix, _, _ := strings.Cut(tt.all, ".")
		all := slices.DeleteFunc(b.calls(), func(name string) bool { return !strings.HasPrefix(name, prefix+".") })
		order := strings.Fields(tt.order)
		got := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !slices.Contains(order, name) })
		if slices.Sort(all); !slices.Equal(got, order) || strings.Join(all, " ") != tt.all {
			t.Errorf("%s: calls %v, among them in order %v", tt.name, all, got)
		}
	}
}
