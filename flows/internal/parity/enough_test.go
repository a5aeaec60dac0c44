package parity_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

// racing runs branches or items of which some are enough: each is a block of its own, and
// what those did that lose is undone when all have ended.
type racing struct {
	together
	enough int
}

func (n racing) text(w *writer, indent string) {
	inner := &writer{files: w.files}
	n.together.text(inner, indent)
	text := inner.String()
	w.WriteString(text)
	fmt.Fprintf(&w.Builder, "%s  enough: %d\n", indent, n.enough)
}

// lap is how a branch of a race ended by itself.
type lap struct {
	past
	lost bool // it failed
}

func (n racing) play(m *model, at, stop time.Duration, _ branch) past {
	count, limit := len(n.parts), len(n.parts)
	if n.items > 0 {
		count, limit = n.items, min(n.limit, n.items)
	}
	laps := n.laps(&model{}, count, limit, at, stop, never, nil)
	over, decided := decisive(laps, count, n.enough)
	if over >= stop {
		over, decided = stop, -1
	}
	own := make([]bool, len(laps)) // ended before, or with, the race
	for i, l := range laps {
		own[i] = (l.err == nil || l.lost) && l.end <= over
	}
	laps = n.laps(m, count, limit, at, stop, over, own)
	if decided < 0 || laps[decided].lost {
		list := make([]past, len(laps))
		for i, l := range laps {
			list[i] = l.past
		}
		out := joined(list, -1, at, stop)
		if decided >= 0 {
			out.err.code = "NotEnough"
		}
		return out
	}
	return n.settled(m, laps, own, at)
}

// laps plays the branches: those that are over by themselves until the outer stop.
func (n racing) laps(m *model, count, limit int, at, stop, over time.Duration, own []bool) []lap {
	var list []lap
	free := make([]time.Duration, limit)
	for i := range free {
		free[i] = at
	}
	for i := range count {
		slot := 0
		for k := range free {
			if free[k] < free[slot] {
				slot = k
			}
		}
		if free[slot] >= min(over, stop) {
			break
		}
		until := min(over, stop)
		if own == nil || own[i] {
			until = stop
		}
		l := lap{past: n.branch(i).play(m, free[slot], until, branch{true, until})}
		if l.err != nil && l.end < until {
			l.lost = true
			l.end = m.undo(l.end, l.owed, l.err)
			l.owed = nil
		}
		free[slot] = l.end
		list = append(list, l)
	}
	return list
}

// decisive returns when a race is over, and with which branch.
func decisive(laps []lap, count, enough int) (over time.Duration, decided int) {
	for over = 0; ; {
		next := -1
		for i, l := range laps {
			if (l.err == nil || l.lost) && l.end > over && (next < 0 || l.end < laps[next].end) {
				next = i
			}
		}
		if next < 0 {
			return never, -1
		}
		over = laps[next].end
		won, lost := 0, 0
		for _, l := range laps {
			switch {
			case l.end > over:
			case l.lost:
				lost++
			case l.err == nil:
				won++
			}
		}
		if won >= enough || count-lost < enough {
			return over, next
		}
	}
}

// settled is what comes of a race that has winners.
func (n racing) settled(m *model, laps []lap, own []bool, at time.Duration) past {
	out, err := past{end: at}, &fault{}
	var lost []owing
	for i, l := range laps {
		out.end = max(out.end, l.end)
		if l.err != nil {
			err.undone, err.left = append(err.undone, l.err.undone...), append(err.left, l.err.left...)
		}
		err.undone, err.left = append(err.undone, l.undone...), append(err.left, l.left...)
		if own[i] && !l.lost {
			out.owed = append(out.owed, l.owed...)
		} else {
			lost = append(lost, l.owed...)
		}
	}
	out.end = m.undo(out.end, lost, err)
	out.undone, out.left = err.undone, err.left
	return out
}

// race makes one of random parts.
func (g *tragedian) race(depth int) part {
	n := racing{}
	if g.IntN(3) == 0 {
		n.together = together{id: g.named(""), apart: g.duration(), items: 2 + g.IntN(4), limit: 2 + g.IntN(2), parts: []steps{g.steps(depth - 1)}}
		n.enough = 1 + g.IntN(n.items)
		return n
	}
	for range 2 + g.IntN(2) {
		n.parts = append(n.parts, append(steps{pause(g.duration())}, g.steps(depth-1)...))
	}
	n.enough = 1 + g.IntN(len(n.parts))
	return n
}

// TestRandomRaces holds all runtimes to what the model says of flows in which some of
// the branches or items are enough.
func TestRandomRaces(t *testing.T) {
	count := 12
	if testenv.Thorough() {
		count = 120 // a minute
	}
	kinds := map[string]int{}
	wrong, shortest := map[string]int{}, map[string]string{}
	for i := range count {
		g := &tragedian{generator: generator{Rand: rand.New(rand.NewPCG(71, uint64(i)))}, races: true} //nolint:gosec // the same flows each time
		p, want := playerOf(append(steps{g.race(3)}, g.steps(2)...))
		kinds[kindOfEnding(want)]++
		for name, way := range p.ways() {
			if diff := differs(t, name, want, way); diff != "" {
				wrong[name]++
				text := fmt.Sprintf("flow %d, %s (-want +got):\n%s\n%s", i, name, diff, p.text())
				if was := shortest[name]; was == "" || len(text) < len(was) {
					shortest[name] = text
				}
			}
		}
	}
	for name, n := range wrong {
		t.Errorf("%d runs end otherwise, such as\n%s", n, shortest[name])
	}
	t.Logf("%d flows end: %v", count, kinds)
	if kinds["NotEnough"] == 0 || kinds["done"] == 0 {
		t.Errorf("the flows end too much alike: %v", kinds)
	}
}

// results are flows of which some branches or items are enough, and what they give.
var results = map[string]struct{ flow, want string }{
	"the first that succeeds": {`
  - id: race
    parallel:
      slow: [{wait: 300ms}, {set: {who: slow, slow: 1}}]
      fast: [{wait: 20ms}, {set: {who: fast, fast: 1}}]
      bad: [{wait: 10ms}, {set: {bad: 1}}, {fail: {code: Bad, message: bad}}]
    enough: 1
output: "${[steps.race.won, keys(steps.race.errors), steps.race.errors.bad.code, ctx.who, ctx.slow, ctx.fast, ctx.bad]}"
`, `[["fast"],["bad"],"Bad","fast",null,1,null]`},
	"what a loser did is null": {`
  - id: race
    parallel:
      slow: [{id: s, forEach: [1, 2], do: [], collect: "${item}"}, {wait: 300ms}]
      fast: [{id: f, forEach: [3, 4], do: [], collect: "${item}"}]
    enough: 1
output: "${[steps.s, steps.f, steps.s ?? steps.f]}"
`, `[null,[3,4],[3,4]]`},
	"two of three, in their order": {`
  - id: race
    parallel:
      c: [{wait: 50ms}]
      b: [{wait: 300ms}]
      a: [{wait: 20ms}]
    enough: 2
output: "${steps.race.won}"
`, `["c","a"]`},
	"items that succeed first": {`
  - id: l
    forEach: [90, 40, 70, 10, 60]
    concurrency: 5
    do: [{wait: "${duration(string(item) + 'ms')}"}, {if: "${item == 10}", fail: {code: Ten, message: no}}]
    collect: "${item * 2}"
    enough: 2
output: "${[steps.l.items, steps.l.won, map(steps.l.errors, [.index, .error.code])]}"
`, `[[80,120],[1,4],[[3,"Ten"]]]`},
	"items that go one by one": {`
  - id: l
    forEach: "${1..9}"
    do: [{if: "${item % 2 == 1}", fail: {code: Odd, message: no}}]
    enough: "${1 + 1}"
output: "${[steps.l.items, steps.l.won, len(steps.l.errors)]}"
`, `[2,[1,3],2]`},
	"too few": {`
  - try:
      - parallel:
          a: [{wait: 10ms}, {fail: {code: A, message: a}}]
          b: [{wait: 300ms}]
          c: [{wait: 30ms}, {fail: {code: C, message: c}}]
        enough: 2
    catch: [{on: NotEnough, do: [{set: {e: "${error}"}}]}]
output: "${[ctx.e.class, ctx.e.message, ctx.e.cause.code, ctx.e.details.needed, ctx.e.details.succeeded, keys(ctx.e.details.errors)]}"
`, `["failed","2 of 3 branches have to succeed, and no more than 1 can","A",2,0,["a","c"]]`},
	"too few items, of which there are too few": {`
  - try: [{forEach: [], do: [], enough: "${3 - 2}"}]
    catch: [{on: NotEnough, do: [{set: {e: "${error}"}}]}]
output: "${[ctx.e.message, ctx.e.cause]}"
`, `["1 of 0 items have to succeed, and no more than 0 can",null]`},
	"a race in a race": {`
  - id: outer
    parallel:
      a:
        - id: inner
          parallel: {x: [{wait: 30ms}], y: [{wait: 10ms}, {fail: {code: Y, message: y}}]}
          enough: 1
        - {wait: 10ms}
      b: [{forEach: "${1..50}", concurrency: 3, do: [{wait: 20ms}], enough: 40}]
    enough: 1
output: "${[steps.outer.won, steps.inner.won]}"
`, `[["a"],["x"]]`},
}

// TestRacesGiveTheSame: on all runtimes the same branches win, and give the same.
func TestRacesGiveTheSame(t *testing.T) {
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range results {
		flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte("flow: t\nsteps:" + tt.flow)}}, "flow.yaml", reg)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for runtime, run := range onRuntimes(flow, reg) {
			result, err := run(t)
			if err != nil {
				t.Errorf("%s, %s: %v", name, runtime, err)
				continue
			}
			if got, _ := value.EncodeJSON(result.Output); string(got) != tt.want {
				t.Errorf("%s, %s gives\n%s\nwant\n%s", name, runtime, got, tt.want)
			}
		}
	}
}

// TestResumedBeforeTheLosersEnd: a run that is put down when a race is over, and a branch
// that has lost still cleans up, knows who had won and who had failed.
func TestResumedBeforeTheLosersEnd(t *testing.T) {
	const loser = "{try: [{wait: 1h}], finally: [{wait: 100ms}]}"
	for name, tt := range map[string]struct{ flow, want string }{
		"won": {`
  - id: race
    parallel: {c: [{wait: 10ms}, {fail: {code: C, message: c}}], a: [{wait: 20ms}], b: [` + loser + `]}
    enough: 1
output: "${[steps.race.won, keys(steps.race.errors)]}"
`, `[["a"],["c"]]`},
		"too few": {`
  - try: [{parallel: {a: [{wait: 10ms}, {fail: {code: A, message: a}}], d: [{wait: 20ms}, {fail: {code: D, message: d}}], b: [` + loser + `]}, enough: 2}]
    catch: [{do: [{set: {e: "${error}"}}]}]
output: "${[ctx.e.cause.code, keys(ctx.e.details.errors)]}"
`, `["A",["a","d"]]`},
		"items": {`
  - id: l
    forEach: [10, 20, 30, 90]
    concurrency: 4
    do: [{if: "${item == 90}", then: [` + loser + `]}, {wait: "${duration(string(item) + 'ms')}"}, {if: "${item == 10}", fail: {code: Ten, message: no}}]
    collect: "${item}"
    enough: 2
output: "${[steps.l.items, map(steps.l.errors, .index)]}"
`, `[[20,30],[0]]`},
	} {
		reg, err := connector.NewRegistry()
		if err != nil {
			t.Fatal(err)
		}
		flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte("flow: t\nsteps:" + tt.flow)}}, "flow.yaml", reg)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		path := filepath.Join(testenv.Memory(t), "runs.db")
		synctest.Test(t, func(t *testing.T) {
			j, err := journal.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			h, err := j.Start(t.Context(), flow, nil, flows.WithRunID("r"))
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(70 * ms)
			_ = j.Close()
			if _, err = h.Wait(context.Background()); !errors.As(err, new(*journal.InterruptedError)) {
				t.Fatalf("%s: %v", name, err)
			}
			if j, err = journal.Open(path); err != nil {
				t.Fatal(err)
			}
			defer j.Close() //nolint:errcheck // the run says what went wrong
			result, err := j.Resume(t.Context(), "r", reg)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got, _ := value.EncodeJSON(result.Output); string(got) != tt.want {
				t.Errorf("%s gives\n%s\nwant\n%s", name, got, tt.want)
			}
		})
	}
}
