package parity_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// ending is how a run ends, and what it did: the calls in the order of their
// times, and without an order the steps that the error names.
type ending struct {
	Calls        []string
	Code         string
	Undone, Left []string
}

// expected plays a flow to its end.
func expected(root steps) (want ending, canceled time.Duration) {
	m := &model{}
	out := root.play(m, 0, never, branch{stop: never})
	canceled = never
	if out.err != nil {
		m.undo(out.end, out.owed, out.failed())
		want.Code, canceled = out.err.code, out.err.canceled
		want.Undone, want.Left = sorted(out.err.undone), sorted(out.err.left)
	}
	want.Calls = inOrder(m.calls)
	return want, canceled
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }

func inOrder(calls []entry) []string {
	slices.SortStableFunc(calls, func(a, b entry) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.name, b.name)) })
	texts := make([]string, len(calls))
	for i, c := range calls {
		texts[i] = c.at.String() + " " + c.name
	}
	return texts
}

// observed is an ending as a runtime gives it.
func observed(calls []entry, err error) ending {
	got := ending{Calls: inOrder(calls)}
	if err == nil {
		return got
	}
	e := report.AsRunError(err)
	got.Code, got.Undone, got.Left = e.Code, lastParts(e.Undone), lastParts(e.NotUndone)
	if e.Code == "Internal" {
		got.Code += ": " + e.Message // it says what broke
	}
	return got
}

func lastParts(paths []string) []string {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = path[strings.LastIndexByte(path, '/')+1:]
	}
	return sorted(names)
}

type noteIn struct {
	Name string `param:"name"`
	Fail bool   `param:"fail"`
	At   string `param:"at"`
}

// notes is a service that writes down what it is told, and the run that it may
// cancel.
type notes struct {
	mu     sync.Mutex
	calls  []entry
	cancel context.CancelFunc
}

func (n *notes) registry(t *testing.T) *connector.Registry {
	t.Helper()
	note := func(_ context.Context, in noteIn) (struct{}, error) {
		at, err := time.ParseDuration(in.At)
		n.mu.Lock()
		n.calls = append(n.calls, entry{at, in.Name})
		n.mu.Unlock()
		if err == nil && in.Fail {
			err = &connector.Error{Code: "Refused", Class: connector.ClassDenied, Message: "no"}
		}
		return struct{}{}, err
	}
	cancel := func(ctx context.Context, _ struct{}) (struct{}, error) {
		n.cancel()
		<-ctx.Done()
		return struct{}{}, ctx.Err()
	}
	reg, err := connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{
		connector.Op("test.note", "Write it down.", note),
		connector.Op("test.cancel", "Cancel the run.", cancel, connector.WithEffect(connector.EffectReadOnly)),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// player runs a flow in the ways that there are.
type player struct {
	files    fstest.MapFS
	canceled time.Duration // when the model says so
	half     time.Duration // a moment in the middle
}

func (p *player) load(t *testing.T, n *notes) (*flows.Flow, *connector.Registry) {
	t.Helper()
	reg := n.registry(t)
	flow, err := flows.Load(p.files, "flow.yaml", reg)
	if err != nil {
		t.Fatalf("%v\n%s", err, p.files["flow.yaml"].Data)
	}
	return flow, reg
}

func (p *player) ways() map[string]func(*testing.T) ending {
	ways := map[string]func(*testing.T) ending{
		"in process": p.inProcess, "journal": p.journal, "journal, resumed": p.resumed, "flow test": p.flowTest,
	}
	if p.canceled != never {
		// The clock of the SDK's test environment goes on while a call is made, so
		// nothing can cancel a run there at a moment that the model knows.
		return ways
	}
	for name, records := range map[string]int{"temporal": 0, "temporal, continued": 3} {
		ways[name] = func(t *testing.T) ending { return p.temporal(t, records) }
	}
	return ways
}

func (p *player) inProcess(t *testing.T) (got ending) {
	synctest.Test(t, func(t *testing.T) {
		n := &notes{}
		flow, _ := p.load(t, n)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n.cancel = cancel
		_, err := flow.Run(ctx, nil)
		got = observed(n.calls, err)
	})
	return got
}

func (p *player) journal(t *testing.T) (got ending) {
	path := filepath.Join(testenv.Memory(t), "runs.db")
	synctest.Test(t, func(t *testing.T) {
		n := &notes{}
		flow, _ := p.load(t, n)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n.cancel = cancel
		_, err := onJournalIn(ctx, t, path, flow)
		got = observed(n.calls, err)
	})
	return got
}

// resumed closes the journal when half of the run is over, and goes on at that
// moment: nothing is called again, and nothing later than it would have been.
func (p *player) resumed(t *testing.T) (got ending) {
	path := filepath.Join(testenv.Memory(t), "runs.db")
	synctest.Test(t, func(t *testing.T) {
		n := &notes{}
		flow, reg := p.load(t, n)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n.cancel = cancel
		j, err := journal.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		h, err := j.Start(ctx, flow, nil, flows.WithRunID("r"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second + p.half)
		_ = j.Close()
		_, err = h.Wait(context.Background())
		if interrupted := (*journal.InterruptedError)(nil); errors.As(err, &interrupted) {
			if j, err = journal.Open(path); err != nil {
				t.Fatal(err)
			}
			defer j.Close()                                //nolint:errcheck // the run says what went wrong
			ctx, cancel := context.WithCancel(t.Context()) // of a new process
			defer cancel()
			n.cancel = cancel
			_, err = j.Resume(ctx, "r", reg)
		}
		got = observed(n.calls, err)
	})
	return got
}

// slower makes seconds of the milliseconds of a flow. The clock of the SDK's test
// environment goes on while a call is made, which takes some of these: what lies apart by a
// microsecond for each part between, and would change places there, lies apart by a
// thousand.
func (p *player) slower() *player {
	slow := *p
	slow.files = fstest.MapFS{}
	for name, f := range p.files {
		slow.files[name] = &fstest.MapFile{Data: milliseconds.ReplaceAll(f.Data, []byte("${1}s"))}
	}
	return &slow
}

var milliseconds = regexp.MustCompile(`(\d)ms\b`)

func (p *player) temporal(t *testing.T, records int) ending {
	n := &notes{}
	flow, reg := p.slower().load(t, n)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n.cancel = cancel
	var options []temporal.Option
	if records > 0 {
		options = append(options, temporal.WithLimits(temporal.Limits{Items: 100, Records: records}))
	}
	_, err := temporaltest.Run(ctx, flow, reg, nil, temporal.PrepareOptions{}, options)
	return observed(n.calls, err)
}

// flowTest runs the flow as a test does, whose file says when it is canceled and
// what fails.
func (p *player) flowTest(t *testing.T) ending {
	var b strings.Builder
	b.WriteString("answers:\n  - {call: test.note, with: {fail: true}, error: {code: Refused, class: denied}}\n  - {call: test.note, result: {}}\n  - {call: test.cancel, result: {}, after: 1000h}\n")
	b.WriteString("tests:\n  - name: t\n    expect: {}\n")
	if p.canceled != never {
		fmt.Fprintf(&b, "    cancelAfter: %s\n", p.canceled+time.Second)
	}
	files := fstest.MapFS{"flow.test.yaml": {Data: []byte(b.String())}}
	for name, f := range p.files {
		files[name] = f
	}
	suite, err := flowtest.Load(files, "flow.test.yaml", (&notes{}).registry(t))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	o := suite.Tests()[0].Run(t.Context())
	var calls []entry
	for _, c := range o.Calls {
		if c.Operation != "test.note" {
			continue
		}
		name, _ := c.Params["name"].(string)
		text, _ := c.Params["at"].(string)
		at, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		calls = append(calls, entry{at, name})
	}
	if o.Err == nil {
		return observed(calls, nil)
	}
	return observed(calls, o.Err)
}

// halfOf returns a moment in the middle of a run at which nothing happens.
func halfOf(e ending) time.Duration {
	if len(e.Calls) == 0 {
		return 5*time.Millisecond + 500*time.Nanosecond
	}
	text, _, _ := strings.Cut(e.Calls[len(e.Calls)-1], " ")
	last, _ := time.ParseDuration(text)
	return (last / 2).Truncate(10*time.Millisecond) + 5*time.Millisecond + 500*time.Nanosecond
}

// tragedian makes random flows that end in all ways.
type tragedian struct {
	generator
	cancels bool // one may still cancel
	races   bool // some branches may be enough
}

func (g *tragedian) named(prefix string) string { return fmt.Sprintf("%s%d", prefix, g.id()) }

func (g *tragedian) steps(depth int) steps {
	list := steps{}
	for range 1 + g.IntN(4) {
		list = append(list, g.part(depth))
	}
	return list
}

func (g *tragedian) part(depth int) part {
	kind := g.IntN(12)
	if depth == 0 {
		kind %= 6
	}
	switch kind {
	case 0, 1:
		return pause(g.duration())
	case 2, 3, 4:
		return change{name: g.named("c"), undo: g.IntN(3) > 0, delay: g.duration(), fails: g.IntN(6) == 0}
	case 5:
		switch {
		case g.IntN(2) == 0:
			return pause(g.duration())
		case g.cancels && g.IntN(3) == 0:
			g.cancels = false
			return canceling{pause(g.duration())}
		}
		return failing(g.named("F"))
	case 6, 7, 8:
		if g.races && g.IntN(2) == 0 {
			return g.race(depth)
		}
		return g.trying(depth)
	case 9:
		return calling{id: g.named("s"), body: g.steps(depth - 1)}
	case 10:
		n := together{}
		for range 2 + g.IntN(2) {
			n.parts = append(n.parts, append(steps{pause(g.duration())}, g.steps(depth-1)...))
		}
		return n
	default:
		return together{id: g.named(""), apart: g.duration(), items: 1 + g.IntN(5), limit: 1 + g.IntN(3), parts: []steps{g.steps(depth - 1)}}
	}
}

func (g *tragedian) trying(depth int) part {
	n := trying{id: g.named(""), body: g.steps(depth - 1), attempts: 1, caught: g.IntN(2) == 0}
	if g.IntN(3) == 0 {
		n.limit = g.duration()
	}
	if g.IntN(4) == 0 {
		n.attempts, n.delay = 2+g.IntN(2), g.duration()
	}
	if g.IntN(3) == 0 {
		n.finally = g.duration()
	}
	return n
}

// randomEnding returns a random flow, always the same for a number, and how it
// ends by the model.
func randomEnding(number int) (*player, ending) {
	g := &tragedian{generator: generator{Rand: rand.New(rand.NewPCG(35, uint64(number)))}, cancels: true} //nolint:gosec // the same flows each time
	return playerOf(g.steps(3))
}

// playerOf returns what plays a flow of these steps, and how it ends by the model.
func playerOf(root steps) (*player, ending) {
	w := &writer{files: map[string]string{}}
	w.WriteString("flow: t\ncleanupTimeout: 10h\nsteps:\n  - {wait: 1s}\n  - {set: {start: \"${now()}\"}}\n")
	root.text(w, "  ")
	w.files["flow.yaml"] = w.String()
	want, canceled := expected(root)
	p := &player{files: fstest.MapFS{}, canceled: canceled, half: halfOf(want)}
	for name, text := range w.files {
		p.files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return p, want
}

// TestRandomEndings holds all runtimes to what a model of its own says of random
// flows that fail, undo, are late and are canceled: which calls they make and
// when, how they end, and what they name as undone and not.
func TestRandomEndings(t *testing.T) {
	first, count := 0, 15
	if testenv.Thorough() {
		count = 100 // about half a minute
	}
	kinds := map[string]int{}
	wrong, shortest := map[string]int{}, map[string]string{} // of many, the shortest is told
	for i := first; i < first+count; i++ {
		p, want := randomEnding(i)
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
	if kinds["Canceled"] == 0 || kinds["Timeout"] == 0 || kinds["done"] == 0 || kinds["failed"] == 0 {
		t.Errorf("the flows end too much alike: %v", kinds)
	}
}

// differs compares the ending of a way with the model's. The clock of Temporal's
// test environment goes on while a call is made, so there times say nothing, and
// what lies closer together than a call takes may change places: such a run has
// another try.
func differs(t *testing.T, name string, want ending, way func(*testing.T) ending) (diff string) {
	t.Helper()
	if !strings.HasPrefix(name, "temporal") {
		return gocmp.Diff(want, way(t))
	}
	for range 3 {
		if diff = gocmp.Diff(want.timeless(), way(t).timeless()); diff == "" {
			break
		}
	}
	return diff
}

// timeless returns the ending with the names of the calls alone, sorted.
func (e ending) timeless() ending {
	names := make([]string, len(e.Calls))
	for i, text := range e.Calls {
		_, names[i], _ = strings.Cut(text, " ")
	}
	e.Calls = sorted(names)
	return e
}

func kindOfEnding(e ending) string {
	switch {
	case e.Code == "":
		return "done"
	case strings.HasPrefix(e.Code, "F"):
		return "failed"
	}
	return e.Code
}

// text returns the files of the flow.
func (p *player) text() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		fmt.Fprintf(&b, "-- %s --\n%s", name, p.files[name].Data)
	}
	return b.String()
}
