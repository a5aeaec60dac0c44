package journal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

const undoable = `flow: t
steps:
  - {id: a, call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}
  - {id: b, call: test.block, with: {name: b, value: 2}, undo: {call: test.change, with: {name: undo-b}}}
output: "${steps.b}"
`

// started runs a flow until a call of test.block is in flight.
func started(ctx context.Context, t *testing.T, j *journal.Journal, text string) (c *calls, wait func() (*flows.Result, error)) {
	t.Helper()
	inFlight := make(chan struct{})
	c = &calls{block: func(ctx context.Context) { close(inFlight); <-ctx.Done() }}
	flow := load(t, c, text)
	type end struct {
		result *flows.Result
		err    error
	}
	ended := make(chan end, 1)
	go func() {
		result, err := j.Run(ctx, flow, nil, flows.WithRunID("r"))
		ended <- end{result, err}
	}()
	<-inFlight
	return c, func() (*flows.Result, error) { e := <-ended; return e.result, e.err }
}

// Closing a journal interrupts its runs; nothing is undone, and they go on
// with the next process.
func TestCloseInterrupts(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	c, wait := started(t.Context(), t, j, undoable)
	closed(t, j)
	_, err := wait()
	var interrupted *journal.InterruptedError
	if !errors.As(err, &interrupted) || interrupted.RunID != "r" {
		t.Fatalf("the run ended with %v", err)
	}
	if diff := cmp.Diff([]string{"a", "b"}, c.noted()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	j = open(t, path)
	rest := &calls{}
	result, err := j.Resume(t.Context(), "r", rest.registry(t))
	if err != nil || result.Output != int64(2) {
		t.Fatalf("the resumed run gave %v, %v", result, err)
	}
	if diff := cmp.Diff([]string{"b"}, rest.noted()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if c.keys[1] != rest.keys[0] {
		t.Error("the step has another idempotency key")
	}
	var state *journal.StateError
	if _, err := j.Resume(t.Context(), "r", rest.registry(t)); !errors.As(err, &state) || state.State != journal.Done {
		t.Errorf("resuming what is done gives %v", err)
	}
}

// The end of the context cancels a run, unless its cause is a shutdown.
func TestContext(t *testing.T) {
	for name, test := range map[string]struct {
		cause flows.Cause
		calls string
		state journal.State
	}{
		"canceled":    {flows.ByUser, "a b undo-b undo-a", journal.Canceled},
		"interrupted": {flows.ByShutdown, "a b", journal.Running},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, newPath(t))
			ctx, cancel := context.WithCancelCause(t.Context())
			c, wait := started(ctx, t, j, undoable)
			cancel(flows.StopCause(test.cause))
			if _, err := wait(); err == nil {
				t.Error("the run succeeded")
			}
			if got := strings.Join(c.noted(), " "); got != test.calls {
				t.Errorf("calls: %s, want %s", got, test.calls)
			}
			if list, err := j.Runs(t.Context(), journal.Filter{}); err != nil || len(list) != 1 || list[0].State != test.state {
				t.Errorf("the runs are %v (%v), want %s", list, err, test.state)
			}
		})
	}
}

// Whoever does not own the journal can cancel a run, under way or not.
func TestCancel(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	other, err := journal.Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, other)
	c, wait := started(t.Context(), t, j, undoable)
	if err := other.Cancel(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	if _, err := wait(); connector.AsError(err).Class != connector.Canceled {
		t.Errorf("the run ended with %v", err)
	}
	if got := strings.Join(c.noted(), " "); got != "a b undo-b undo-a" {
		t.Errorf("calls: %s", got)
	}
	var state *journal.StateError
	if err := other.Cancel(t.Context(), "r"); !errors.As(err, &state) {
		t.Errorf("canceling what has ended gives %v", err)
	}
	if _, err := other.Run(t.Context(), load(t, c, undoable), nil); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("running without owning the journal gives %v", err)
	}
}

// A run that is canceled while nobody runs it undoes what it did when it is
// resumed: also the step that was in flight, whose outcome nobody knows.
func TestCancelBeforeResume(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	_, wait := started(t.Context(), t, j, undoable)
	closed(t, j)
	_, _ = wait()
	j = open(t, path)
	if err := j.Cancel(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	rest := &calls{}
	_, err := j.Resume(t.Context(), "r", rest.registry(t))
	if connector.AsError(err).Class != connector.Canceled {
		t.Errorf("the run ended with %v", err)
	}
	if got := strings.Join(rest.noted(), " "); got != "undo-b undo-a" {
		t.Errorf("calls: %s", got)
	}
}

// A time limit goes on while nobody runs the run.
func TestDeadlinePassesInBetween(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	_, wait := started(t.Context(), t, j, "timeout: 300ms\n"+undoable)
	closed(t, j)
	_, _ = wait()
	time.Sleep(350 * time.Millisecond)
	j = open(t, path)
	rest := &calls{}
	_, err := j.Resume(t.Context(), "r", rest.registry(t))
	if connector.AsError(err).Class != connector.Timeout {
		t.Errorf("the run ended with %v", err)
	}
	if got := strings.Join(rest.noted(), " "); got != "undo-b undo-a" {
		t.Errorf("calls: %s", got)
	}
}

// A run goes on with the files that it began with.
func TestProgramIsPinned(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	c := &calls{fail: func(string) error { return nil }}
	files := fstest.MapFS{
		"main.yaml":      {Data: []byte("flow: main\nsteps: [{id: s, flow: parts/sub.yaml, with: {n: 1}}]\noutput: \"${steps.s} ${env.PLACE}\"")},
		"parts/sub.yaml": {Data: []byte("flow: sub\ninputs: {n: {type: integer}}\nsteps: [{call: test.change, with: {name: a}}, {id: f, call: test.change, with: {value: {file: text.txt}}}]\noutput: old")},
		"parts/text.txt": {Data: []byte("old text")},
	}
	reg := c.registry(t)
	flow, err := flows.Load(files, "main.yaml", reg)
	if err != nil {
		t.Skip("parameters of this kind take no file:", err)
	}
	place := func(v string) flows.RunOption {
		return flows.WithEnv(func(string) (string, bool) { return v, true })
	}
	if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r"), flows.WithOrigin("/flows"), place("here")); err != nil {
		t.Fatal(err)
	}
	change(t, path, "DELETE FROM records WHERE seq > 2")
	change(t, path, "UPDATE runs SET state = 'running'")
	d, err := j.Show(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	now := map[string]string{"main.yaml": string(files["main.yaml"].Data), "parts/sub.yaml": "something else"}
	changed := d.Changed(func(name string) ([]byte, error) {
		text, ok := now[name]
		if !ok {
			return nil, os.ErrNotExist
		}
		return []byte(text), nil
	})
	if len(changed) == 0 || changed[0] != "parts/sub.yaml" || d.Origin != "/flows" {
		t.Errorf("changed: %v, from %s", changed, d.Origin)
	}
	result, err := j.Resume(t.Context(), "r", reg, place("elsewhere"))
	if err != nil || result.Output != "old here" {
		t.Errorf("the resumed run gave %v, %v", result, err)
	}
}

func TestOwnership(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	_, err := journal.Open(path)
	var owned *journal.OwnedError
	if !errors.As(err, &owned) || owned.Process != os.Getpid() {
		t.Errorf("the second owner gets %v", err)
	}
	closed(t, j)
	open(t, path)
}

func TestWhatIsNoJournalIsRefused(t *testing.T) {
	folder := t.TempDir()
	other := filepath.Join(folder, "other.db")
	change(t, other, "CREATE TABLE x (y)")
	text := filepath.Join(folder, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		other: "it is no journal", text: "it is no journal", folder: "it is no file",
		filepath.Join(folder, "none", "x.db"): "no such file",
	} {
		if j, err := journal.Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %s", path, err, want)
			if j != nil {
				closed(t, j)
			}
		}
	}
	if _, err := journal.Inspect(filepath.Join(folder, "none.db")); err == nil || !strings.Contains(err.Error(), "there is no journal") {
		t.Errorf("looking at none gives %v", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "none.db")); err == nil {
		t.Error("looking at none made one")
	}
}

func TestReadOnlyJournal(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("nothing is read-only for root")
	}
	path := newPath(t)
	closed(t, open(t, path))
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(path); err == nil || !strings.Contains(err.Error(), "cannot be written to") {
		t.Errorf("opening gives %v", err)
	}
}

func TestNamesAreUsedOnce(t *testing.T) {
	j := open(t, newPath(t))
	flow := load(t, &calls{}, "flow: t\nsteps: [{call: test.change}]")
	if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r")); err == nil || !strings.Contains(err.Error(), "in the journal already") {
		t.Errorf("the second run gives %v", err)
	}
	var unknown *journal.UnknownRunError
	if _, err := j.Resume(t.Context(), "other", (&calls{}).registry(t)); !errors.As(err, &unknown) {
		t.Errorf("resuming another run gives %v", err)
	}
}

func TestPruneAndFilter(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	c := &calls{fail: brokenOrFlaky()}
	for _, name := range []string{"a", "broken"} {
		flow := load(t, c, "flow: "+name+"\nsteps: [{call: test.change, with: {name: "+name+"}}]")
		_, _ = j.Run(t.Context(), flow, nil, flows.WithRunID(name))
	}
	for filter, want := range map[journal.Filter]int{
		{}: 2, {State: journal.Failed}: 1, {State: journal.Running}: 0, {Flow: "a"}: 1, {Limit: 1}: 1,
	} {
		if list, err := j.Runs(t.Context(), filter); err != nil || len(list) != want {
			t.Errorf("%+v gives %v, %v", filter, list, err)
		}
	}
	if n, err := j.Prune(t.Context(), time.Now().Add(-time.Hour)); err != nil || n != 0 {
		t.Errorf("pruned %d, %v", n, err)
	}
	change(t, path, "UPDATE runs SET state = 'running' WHERE id = 'a'")
	if n, err := j.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("pruned %d, %v", n, err)
	}
	if n := count(t, path, "SELECT count(*) FROM programs"); n != 1 {
		t.Errorf("%d programs are left", n)
	}
	if _, err := j.Show(t.Context(), "a"); err != nil {
		t.Error(err)
	}
}

// A record that is missing among others is no reason to call its step again.
func TestMissingRecord(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	if _, err := j.Run(t.Context(), load(t, &calls{}, cutFlows["sequence"]), nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	cutAt(t, j, path, 4)
	change(t, path, "DELETE FROM records WHERE seq = 2")
	rest := &calls{}
	_, err := j.Resume(t.Context(), "r", rest.registry(t))
	var damaged *journal.DamagedError
	if !errors.As(err, &damaged) || len(rest.noted()) > 0 {
		t.Errorf("the resumed run gives %v and the calls %v", err, rest.noted())
	}
}

// A run that was canceled, and whose process ended while it undid, goes on
// undoing and nothing else.
func TestKilledWhileCanceled(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	_, wait := started(ctx, t, j, `flow: t
steps:
  - try:
      - {call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}
      - {call: test.change, with: {name: a2}, undo: {call: test.change, with: {name: undo-a2}}}
      - {id: b, call: test.block, with: {name: b}}
    catch: [{do: [{call: test.change, with: {name: handler}}]}]
    finally: [{call: test.read, with: {name: finally}}]
  - {call: test.change, with: {name: after}}
`)
	cancel()
	_, _ = wait()
	for last := count(t, path, "SELECT max(seq) FROM records") - 1; last > 6; last-- {
		cutAt(t, j, path, last)
		d, err := j.Show(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		rest := &calls{}
		_, err = j.Resume(t.Context(), "r", rest.registry(t))
		if connector.AsError(err).Class != connector.Canceled {
			t.Errorf("cut after %d the run ends with %v", last, err)
		}
		all := len(rest.noted())
		for _, s := range d.Steps {
			if !s.Ended.IsZero() {
				all++
			}
		}
		if got := strings.Join(rest.noted(), " "); all != 6 || !strings.HasSuffix("undo-a2 undo-a finally", got) {
			t.Errorf("cut after %d the run calls %s", last, got)
		}
	}
}

// A run does not go on where its records are those of another program.
func TestDivergence(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	for name, text := range map[string]string{"r": cutFlows["sequence"], "other": strings.ReplaceAll(cutFlows["sequence"], "b,", "z,")} {
		if _, err := j.Run(t.Context(), load(t, &calls{}, strings.ReplaceAll(text, "steps.b", "steps.a")), nil, flows.WithRunID(name)); err != nil {
			t.Fatal(err)
		}
	}
	// The run's beginning knows its program, so the program has to change with it.
	change(t, path, "UPDATE runs SET digest = (SELECT digest FROM runs WHERE id = 'other'), state = 'running' WHERE id = 'r'")
	rest := &calls{}
	_, err := j.Resume(t.Context(), "r", rest.registry(t))
	var damaged *journal.DamagedError
	if !errors.As(err, &damaged) || len(rest.noted()) > 0 {
		t.Errorf("another program gives %v and the calls %v", err, rest.noted())
	}
}

// What a run did in a sandbox does not go on outside of it.
func TestSandbox(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	if _, err := j.Run(t.Context(), load(t, &calls{}, cutFlows["sequence"]), nil, flows.WithRunID("r"), flows.WithSandbox(connector.Sandbox{})); err != nil {
		t.Fatal(err)
	}
	cutAt(t, j, path, 2)
	var sandbox *journal.SandboxError
	if _, err := j.Resume(t.Context(), "r", (&calls{}).registry(t)); !errors.As(err, &sandbox) || !sandbox.Local {
		t.Errorf("outside the sandbox: %v", err)
	}
	if _, err := j.Resume(t.Context(), "r", (&calls{}).registry(t), flows.WithSandbox(connector.Sandbox{})); err != nil {
		t.Error(err)
	}
}

// What is read back is told to nobody a second time.
func TestEventsAreToldOnce(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	var told []string
	listen := flows.WithListener(func(e flows.Event) { told = append(told, string(e.Type)+" "+e.Step) })
	if _, err := j.Run(t.Context(), load(t, &calls{}, cutFlows["sequence"]), nil, flows.WithRunID("r"), listen); err != nil {
		t.Fatal(err)
	}
	cutAt(t, j, path, 3) // a is done, b is not
	told = nil
	if _, err := j.Resume(t.Context(), "r", (&calls{}).registry(t), listen); err != nil {
		t.Fatal(err)
	}
	want := []string{"step finished /b", "step started /c", "step finished /c", "flow finished "}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
