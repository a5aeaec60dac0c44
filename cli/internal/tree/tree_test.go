package tree

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	goleak.VerifyTestMain(m)
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func at(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// begin and end are the events of a call.
func begin(path, operation string, when int) report.Event {
	return report.Event{Type: report.StepStarted, Time: at(when), Step: path, Verb: "call", Operation: operation, Attempt: 1, Items: -1}
}

func end(path, operation string, took int) report.Event {
	return report.Event{
		Type: report.StepFinished, Time: at(took), Step: path, Verb: "call", Operation: operation, Attempt: 1,
		Duration: ms(took), Items: -1,
	}
}

func block(t report.EventType, path, verb string) report.Event {
	return report.Event{Type: t, Time: start, Step: path, Verb: verb, Items: -1}
}

// each is a forEach that begins.
func each(path string, items int64) []report.Event {
	return []report.Event{
		block(report.StepStarted, path, "forEach"),
		{Type: report.StepProgress, Time: start, Step: path, Verb: "forEach", Items: items},
	}
}

func broken(path, operation, code, text string) report.Event {
	return report.Event{
		Type: report.StepFailed, Time: start, Step: path, Verb: "call", Operation: operation, Attempt: 1, Items: -1,
		Err: &report.RunError{Step: path, Failure: report.Failure{Code: code, Message: text}},
	}
}

func started() report.Event {
	return report.Event{Type: report.FlowStarted, Time: start, Flow: "release"}
}

func over(t report.EventType, took int) report.Event {
	return report.Event{Type: t, Time: at(took), Flow: "release", Duration: ms(took)}
}

func drawn(events []report.Event, v View) string {
	t := New()
	for _, e := range events {
		t.Apply(e)
	}
	if v.Now.IsZero() {
		v.Now = at(2500)
	}
	v.Width, v.Height = max(v.Width, 80), max(v.Height, 20)
	return "\n" + strings.Join(t.Lines(v), "\n") + "\n"
}

func TestLines(t *testing.T) {
	retried := report.Event{
		Type: report.StepRetried, Time: at(2000), Step: "/alias", Verb: "call", Operation: "lambda.updateAlias",
		Attempt: 1, Delay: ms(1500), Err: &report.RunError{Failure: report.Failure{Code: "TooManyRequestsException", Message: "slow\ndown"}},
	}
	skippedStep := report.Event{Type: report.StepSkipped, Time: start, Step: "/2", Verb: "call", Operation: "log.info"}
	undo := report.Event{Type: report.UndoFinished, Time: start, Step: "/alias", Duration: ms(3)}
	undoBroken := report.Event{
		Type: report.UndoFailed, Time: start, Step: "/before",
		Err: &report.RunError{Failure: report.Failure{Code: "AccessDenied"}},
	}
	inner := begin("/4/then/0", "lambda.invoke", 0)
	inner.Undo = true
	tests := []struct {
		name   string
		events []report.Event
		want   string
	}{
		{"nothing yet", nil, "\n\n"},
		{
			"running and done",
			[]report.Event{started(), begin("/before", "lambda.getAlias", 0), end("/before", "lambda.getAlias", 12), begin("/alias", "lambda.updateAlias", 500)},
			`
⠋ release  2.5s
✓ before  lambda.getAlias  12ms
⠋ alias   lambda.updateAlias  2.0s
`,
		},
		{
			"a retry shows the wait and the reason",
			[]report.Event{started(), begin("/alias", "lambda.updateAlias", 500), retried},
			`
⠋ release  2.5s
⠋ alias  lambda.updateAlias  2.0s  attempt 2 in 1.0s  TooManyRequestsException: slow down
`,
		},
		{
			"a step that needed two attempts",
			[]report.Event{started(), begin("/alias", "lambda.updateAlias", 500), retried, end("/alias", "lambda.updateAlias", 2200)},
			`
⠋ release  2.5s
✓ alias  lambda.updateAlias  2.2s  2 attempts
`,
		},
		{
			"parts that are no steps give their name to those below",
			[]report.Event{started(), block(report.StepStarted, "/4", "if"), begin("/4/then/0", "lambda.invoke", 2000), skippedStep},
			`
⠋ release  2.5s
⠋ 4         if  2.5s
  ⠋ then/0  lambda.invoke  500ms
– 2         log.info  skipped
`,
		},
		{
			"undone and not undone",
			[]report.Event{
				started(), begin("/before", "lambda.getAlias", 0), end("/before", "lambda.getAlias", 12),
				begin("/alias", "lambda.updateAlias", 0), end("/alias", "lambda.updateAlias", 40), inner,
				undo, undoBroken, over(report.FlowFailed, 3000),
			},
			`
✗ release  3.0s
✗ before  lambda.getAlias  not undone  AccessDenied
↺ alias   lambda.updateAlias  undone
`,
		},
		{
			"what was under way at the end is stopped",
			[]report.Event{started(), begin("/a", "lambda.invoke", 0), over(report.FlowFailed, 61000)},
			`
✗ release  1m01s
– a  lambda.invoke  stopped
`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, drawn(tt.events, View{Width: 100})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestFlowsOfSteps(t *testing.T) {
	inner := report.Event{Type: report.FlowStarted, Time: start, Flow: "inner"}
	events := []report.Event{
		started(), block(report.StepStarted, "/sub", "flow"), inner, begin("/sub/a", "x.y", 0), end("/sub/a", "x.y", 1),
		{Type: report.FlowFinished, Time: start, Flow: "inner"},
	}
	want := `
⠋ release  2.5s
⠋ sub  flow  2.5s
  ✓ a  x.y  1ms
`
	if diff := cmp.Diff(want, drawn(events, View{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLoop(t *testing.T) {
	events := append([]report.Event{started()}, each("/smoke", 20)...)
	for i := range 12 {
		path := fmt.Sprintf("/smoke[%d]/answer", i)
		events = append(events, begin(path, "lambda.invoke", 0))
		if i < 10 {
			events = append(events, end(path, "lambda.invoke", 5))
		}
	}
	events = append(events, broken("/smoke[11]/answer", "lambda.invoke", "Lambda.FunctionError", "boom"))
	want := `
⠋ release  2.5s
⠋ smoke            forEach  11/20, 1 failed  2.5s
  ⠋ [10]/answer  lambda.invoke  2.5s
  ✗ [11]/answer  lambda.invoke  0ms  Lambda.FunctionError: boom
`
	want = strings.Replace(want, "smoke            forEach", "smoke          forEach", 1)
	if diff := cmp.Diff(want, drawn(events, View{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestStoppedIterationsDidNotFail(t *testing.T) {
	events := append([]report.Event{started()}, each("/each", 2)...)
	canceled := broken("/each[0]/a", "x.y", "Canceled", "the run was canceled")
	canceled.Err.Class = connector.ClassCanceled
	events = append(events, begin("/each[0]/a", "x.y", 0), begin("/each[1]/a", "x.y", 0), broken("/each[1]/a", "x.y", "Oops", "no"), canceled)
	want := `
⠋ release  2.5s
⠋ each     forEach  2/2, 1 failed  2.5s
  ✗ [1]/a  x.y  0ms  Oops: no
`
	if diff := cmp.Diff(want, drawn(events, View{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestBlockLeavesTheErrorToItsStep(t *testing.T) {
	inner := broken("/4/then/1", "x.y", "Oops", "no")
	outer := block(report.StepFailed, "/4", "if")
	outer.Err = inner.Err
	want := `
✗ release  1ms
✗ 4         if  0ms
  ✗ then/1  x.y  0ms  Oops: no
`
	end := over(report.FlowFailed, 1)
	end.Err = inner.Err
	events := []report.Event{started(), block(report.StepStarted, "/4", "if"), begin("/4/then/1", "x.y", 0), inner, outer, end}
	if diff := cmp.Diff(want, drawn(events, View{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLoopCountsUndos(t *testing.T) {
	events := append([]report.Event{started()}, each("/each", 2)...)
	for i := range 2 {
		path := fmt.Sprintf("/each[%d]/a", i)
		events = append(events, begin(path, "x.y", 0), end(path, "x.y", 5))
	}
	events = append(events, block(report.StepFinished, "/each", "forEach"),
		report.Event{Type: report.UndoStarted, Step: "/each[1]/a"},
		report.Event{Type: report.UndoFinished, Step: "/each[1]/a"},
		report.Event{Type: report.UndoFailed, Step: "/each[0]/a"})
	if got, want := drawn(events, View{}), "forEach  2/2, 1 undone, 1 not undone"; !strings.Contains(got, want) {
		t.Errorf("got %s\nwant a line with %q", got, want)
	}
}

func TestHandledFailureOfAnIterationGoes(t *testing.T) {
	events := append([]report.Event{started()}, each("/each", 2)...)
	events = append(events,
		block(report.StepStarted, "/each[0]/t", "try"),
		begin("/each[0]/t/do/a", "x.y", 0), broken("/each[0]/t/do/a", "x.y", "Oops", ""),
		block(report.StepFinished, "/each[0]/t", "try"),
		block(report.StepFinished, "/each", "forEach"),
	)
	want := `
⠋ release  2.5s
✓ each  forEach  2/2  0ms
`
	if diff := cmp.Diff(want, drawn(events, View{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSmallTerminalKeepsWhatMatters(t *testing.T) {
	events := []report.Event{started()}
	for i := range 30 {
		path := fmt.Sprintf("/s%d", i)
		events = append(events, begin(path, "x.y", 0))
		switch i {
		case 3:
			events = append(events, broken(path, "x.y", "Oops", "no"))
		case 5:
		default:
			events = append(events, end(path, "x.y", 1))
		}
	}
	tr := New()
	for _, e := range events {
		tr.Apply(e)
	}
	got := tr.Lines(View{Now: at(2500), Width: 24, Height: 6})
	want := []string{
		"⠋ release  2.5s",
		"✗ s3   x.y  0ms  Oops: …",
		"⠋ s5   x.y  2.5s",
		"✓ s28  x.y  1ms",
		"✓ s29  x.y  1ms",
		"  … and 26 more",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestColor(t *testing.T) {
	events := []report.Event{started(), over(report.FlowFinished, 1)}
	if got, want := drawn(events, View{Color: true}), "\n\x1b[32m✓\x1b[0m release  1ms\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A loop of many items, some failing, keeps a handful of nodes.
func TestManyEventsStaySmall(t *testing.T) {
	tr := New()
	tr.Apply(started())
	const items = 50_000
	for _, e := range each("/each", items) {
		tr.Apply(e)
	}
	before := heap()
	for i := range items {
		path := fmt.Sprintf("/each[%d]/call", i)
		tr.Apply(begin(path, "x.y", 0))
		if i%10 == 0 {
			tr.Apply(broken(path, "x.y", "Oops", "no"))
			continue
		}
		tr.Apply(end(path, "x.y", 1))
	}
	if grown := int64(heap()) - int64(before); grown > 1<<20 {
		t.Errorf("100,000 events left %d bytes", grown)
	}
	if n := size(tr.root); n > 10 {
		t.Errorf("100,000 events left %d nodes", n)
	}
	if got, want := strings.Join(tr.Lines(View{Width: 80, Height: 20}), "\n"), "50000/50000, 5000 failed"; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant a line with %q", got, want)
	}
}

// Loops in loops, iterations that overlap, and failures of the inner ones.
func TestNestedLoopsStaySmall(t *testing.T) {
	tr := New()
	apply := func(events ...report.Event) {
		for _, e := range events {
			tr.Apply(e)
		}
	}
	apply(started())
	apply(each("/outer", 200)...)
	for i := range 200 {
		inner := fmt.Sprintf("/outer[%d]/inner", i)
		apply(each(inner, 20)...)
		for j := range 20 {
			apply(begin(fmt.Sprintf("%s[%d]/call", inner, j), "x.y", 0))
		}
		for j := range 20 {
			path := fmt.Sprintf("%s[%d]/call", inner, j)
			if j == 7 {
				apply(broken(path, "x.y", "Oops", "no"))
				continue
			}
			apply(end(path, "x.y", 1))
		}
		if i%2 == 0 {
			apply(block(report.StepFailed, inner, "forEach"))
			continue
		}
		apply(block(report.StepFinished, inner, "forEach")) // onError: collect
	}
	if n := size(tr.root); n > 30 {
		t.Errorf("%d nodes are left", n)
	}
	want := `
⠋ release  2.5s
⠋ outer         forEach  200/200, 100 failed  2.5s
  ✗ [0]/inner   forEach  20/20, 1 failed  0ms
    ✗ [7]/call  x.y  0ms  Oops: no
  ✗ [2]/inner   forEach  20/20, 1 failed  0ms
    ✗ [7]/call  x.y  0ms  Oops: no
  ✗ [4]/inner   forEach  20/20, 1 failed  0ms
    ✗ [7]/call  x.y  0ms  Oops: no
`
	got := "\n" + strings.Join(tr.Lines(View{Now: at(2500), Width: 80, Height: 20}), "\n") + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func size(n *node) int {
	sum := 1
	for _, c := range n.children {
		sum += size(c)
	}
	return sum
}

func TestLive(t *testing.T) {
	var out bytes.Buffer
	live := Start(Options{
		Out: &out, Now: func() time.Time { return at(100) }, Every: time.Hour,
		Size: func() (int, int) { return 80, 24 },
	})
	live.Event(started())
	live.draw(false)
	live.Event(over(report.FlowFinished, 7))
	live.Close()
	live.Close()
	want := "\x1b[?25l\x1b[?7l\r⠋ release  100ms\x1b[K\n\x1b[J\x1b[?7h" +
		"\x1b[?25l\x1b[?7l\x1b[1A\r✓ release  7ms\x1b[K\n\x1b[J\x1b[?7h\x1b[?25h"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// What a step says scrolls by above the tree.
func TestLiveLog(t *testing.T) {
	var out bytes.Buffer
	live := Start(Options{
		Out: &out, Now: func() time.Time { return at(100) }, Every: time.Hour,
		Size: func() (int, int) { return 80, 24 },
	})
	live.Event(started())
	live.Event(report.Event{Type: report.StepLogged, Level: connector.LogDebug, Message: "not shown"})
	live.Event(report.Event{Type: report.StepLogged, Level: connector.LogWarn, Message: "odd\x1b[2J", Fields: map[string]any{"n": int64(3)}})
	live.draw(false)
	live.Close()
	first := "\r" + "warn  odd [2J n=3\x1b[K\n\r⠋ release  100ms\x1b[K\n"
	if !strings.Contains(out.String(), first) || strings.Contains(out.String(), "not shown") {
		t.Errorf("the drawing is %q", out.String())
	}
}

func BenchmarkApply(b *testing.B) {
	tr := New()
	tr.Apply(block(report.StepStarted, "/each", "forEach"))
	for i := 0; b.Loop(); i++ {
		path := fmt.Sprintf("/each[%d]/call", i)
		tr.Apply(begin(path, "x.y", 0))
		tr.Apply(end(path, "x.y", 1))
	}
}
