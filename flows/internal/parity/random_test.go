package parity_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/internal/value"
)

// node is a part of a random flow, with what it does according to a model that
// shares nothing with the interpreter: when it ends, and which values it leaves.
type node interface {
	// write gives the steps, and the expressions of the values that they leave.
	write(b *strings.Builder, indent string) (values []string)
	// run gives when the node ends that begins at a time, and the values.
	run(at time.Duration) (end time.Duration, values []any)
}

type sequence []node

func (s sequence) write(b *strings.Builder, indent string) (values []string) {
	for _, n := range s {
		values = append(values, n.write(b, indent)...)
	}
	return values
}

func (s sequence) run(at time.Duration) (end time.Duration, values []any) {
	for _, n := range s {
		var more []any
		at, more = n.run(at)
		values = append(values, more...)
	}
	return at, values
}

// wait waits.
type wait time.Duration

func (n wait) write(b *strings.Builder, indent string) []string {
	fmt.Fprintf(b, "%s- wait: %s\n", indent, time.Duration(n))
	return nil
}

func (n wait) run(at time.Duration) (time.Duration, []any) { return at + time.Duration(n), nil }

// mark asks for the time.
type mark int

func (n mark) write(b *strings.Builder, indent string) []string {
	fmt.Fprintf(b, "%s- {set: {v%d: \"${now() - ctx.start}\"}}\n", indent, n)
	return []string{fmt.Sprintf("ctx.v%d", n)}
}

func (n mark) run(at time.Duration) (time.Duration, []any) { return at, []any{at.String()} }

// branches run side by side.
type branches []sequence

func (n branches) write(b *strings.Builder, indent string) (values []string) {
	fmt.Fprintf(b, "%s- parallel:\n", indent)
	for i, branch := range n {
		fmt.Fprintf(b, "%s    b%d:\n", indent, i)
		values = append(values, branch.write(b, indent+"      ")...)
	}
	return values
}

func (n branches) run(at time.Duration) (end time.Duration, values []any) {
	end = at
	for _, branch := range n {
		ended, more := branch.run(at)
		end, values = max(end, ended), append(values, more...)
	}
	return end, values
}

// iterations run at most limit at once; the next begins where one ends.
type iterations struct {
	id, n, limit int
	body         sequence
}

func (n iterations) write(b *strings.Builder, indent string) []string {
	fmt.Fprintf(b, "%s- id: l%d\n%s  forEach: \"${1..%d}\"\n%s  as: i%d\n%s  concurrency: %d\n%s  do:\n", indent, n.id, indent, n.n, indent, n.id, indent, n.limit, indent)
	values := n.body.write(b, indent+"    ")
	fmt.Fprintf(b, "%s  collect: \"${[%s]}\"\n", indent, strings.Join(values, ", "))
	return []string{fmt.Sprintf("steps.l%d", n.id)}
}

func (n iterations) run(at time.Duration) (end time.Duration, values []any) {
	free := make([]time.Duration, n.limit)
	for i := range free {
		free[i] = at
	}
	end = at
	items := make([]any, n.n)
	for i := range items {
		first := 0
		for k := range free {
			if free[k] < free[first] {
				first = k
			}
		}
		ended, left := n.body.run(free[first])
		free[first], items[i], end = ended, append([]any{}, left...), max(end, ended)
	}
	return end, []any{items}
}

// retries fail, each a delay after the one before, and then are handled.
type retries struct {
	id, attempts int
	delay        time.Duration
	body         sequence
}

func (n retries) write(b *strings.Builder, indent string) []string {
	fmt.Fprintf(b, "%s- try:\n", indent)
	n.body.write(b, indent+"    ")
	fmt.Fprintf(b, "%s    - {fail: {code: Again, message: again}}\n", indent)
	fmt.Fprintf(b, "%s  retry: {attempts: %d, delay: %s, factor: 1, jitter: false, on: [Again]}\n", indent, n.attempts, n.delay)
	fmt.Fprintf(b, "%s  catch: [{do: [{set: {v%d: \"${now() - ctx.start}\"}}]}]\n", indent, n.id)
	return []string{fmt.Sprintf("ctx.v%d", n.id)}
}

func (n retries) run(at time.Duration) (time.Duration, []any) {
	for i := range n.attempts {
		if i > 0 {
			at += n.delay
		}
		at, _ = n.body.run(at)
	}
	return at, []any{at.String()}
}

// generator makes random flows.
type generator struct {
	*rand.Rand
	ids int
}

func (g *generator) id() int {
	g.ids++
	return g.ids
}

// duration is one of few, and never that of another kind of node: what happens
// at the same moment has no order.
func (g *generator) duration() time.Duration {
	return time.Duration(1+g.IntN(50))*10*time.Millisecond + time.Duration(g.id())*time.Microsecond
}

func (g *generator) sequence(depth int) sequence {
	s := sequence{}
	for range 1 + g.IntN(3) {
		s = append(s, g.node(depth))
	}
	return append(s, mark(g.id()))
}

func (g *generator) node(depth int) node {
	kind := g.IntN(6)
	if depth == 0 {
		kind %= 2
	}
	switch kind {
	case 0:
		return wait(g.duration())
	case 1:
		return mark(g.id())
	case 2:
		n := branches{}
		for range 2 + g.IntN(2) {
			n = append(n, g.sequence(depth-1))
		}
		return n
	case 3:
		return retries{id: g.id(), attempts: 1 + g.IntN(3), delay: g.duration(), body: sequence{wait(g.duration())}}
	default:
		return iterations{id: g.id(), n: 1 + g.IntN(6), limit: 1 + g.IntN(3), body: g.sequence(depth - 1)}
	}
}

// TestRandomFlows holds all runtimes to what a model of its own says of random
// flows, with the times at which everything happens.
func TestRandomFlows(t *testing.T) {
	count := 15
	if testenv.Thorough() {
		count = 300
	}
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	g := &generator{Rand: rand.New(rand.NewPCG(12, 93))} //nolint:gosec // the same flows each time
	for i := range count {
		g.ids = 0
		root := g.sequence(3)
		var b strings.Builder
		b.WriteString("flow: t\nsteps:\n  - {wait: 1s}\n  - {set: {start: \"${now()}\"}}\n")
		fmt.Fprintf(&b, "output: \"${[%s]}\"\n", strings.Join(root.write(&b, "  "), ", "))
		_, values := root.run(0)
		want, err := value.EncodeJSON(values)
		if err != nil {
			t.Fatal(err)
		}
		flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(b.String())}}, "flow.yaml", reg)
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		for runtime, run := range onRuntimes(flow, reg) {
			result, err := run(t)
			if err != nil {
				t.Fatalf("flow %d, %s: %v\n%s", i, runtime, err, b.String())
			}
			if got, _ := value.EncodeJSON(result.Output); string(got) != string(want) {
				t.Fatalf("flow %d, %s gives\n%s\nwant\n%s\n%s", i, runtime, got, want, b.String())
			}
		}
	}
}

// onRuntimes returns the ways to run a flow with a clock that leaps.
func onRuntimes(flow *flows.Flow, reg *connector.Registry) map[string]func(*testing.T) (*flows.Result, error) {
	return map[string]func(*testing.T) (*flows.Result, error){
		"in process": func(t *testing.T) (r *flows.Result, err error) {
			synctest.Test(t, func(t *testing.T) { r, err = flow.Run(t.Context(), nil) })
			return r, err
		},
		"journal": func(t *testing.T) (r *flows.Result, err error) {
			path := filepath.Join(testenv.Memory(t), "runs.db")
			synctest.Test(t, func(t *testing.T) { r, err = onJournal(t, path, flow) })
			return r, err
		},
		"temporal": func(t *testing.T) (*flows.Result, error) {
			return temporaltest.Run(t.Context(), flow, reg, nil, temporal.PrepareOptions{}, nil)
		},
		"temporal, continued": func(t *testing.T) (*flows.Result, error) {
			limits := temporal.WithLimits(temporal.Limits{Items: 100, Records: 3})
			return temporaltest.Run(t.Context(), flow, reg, nil, temporal.PrepareOptions{}, []temporal.Option{limits})
		},
	}
}
