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
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
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
		cause runtime.Cause
		calls string
		state journal.State
	}{
		"canceled":    {runtime.ByUser, "a b undo-b undo-a", journal.Canceled},
		"interrupted": {runtime.ByShutdown, "a b", journal.Interrupted},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, newPath(t))
			ctx, cancel := context.WithCancelCause(t.Context())
			c, wait := started(ctx, t, j, undoable)
			cancel(runtime.StopCause(test.cause))
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
	if err := os.Chmod(filepath.Dir(path), 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(filepath.Dir(path), 0o700) //nolint:errcheck // the folder is the test's
	if _, err := journal.Inspect(path); err == nil || !strings.Contains(err.Error(), "to a folder that can be written") {
		t.Errorf("looking at it gives %v", err)
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
	for _, test := range []struct {
		filter journal.Filter
		want   int
	}{
		{journal.Filter{}, 2},
		{journal.Filter{State: journal.Failed}, 1},
		{journal.Filter{State: journal.Running}, 0},
		{journal.Filter{State: journal.Interrupted}, 0},
		{journal.Filter{Flow: "a"}, 1},
		{journal.Filter{Limit: 1}, 1},
	} {
		if list, err := j.Runs(t.Context(), test.filter); err != nil || len(list) != test.want {
			t.Errorf("%+v gives %v, %v", test.filter, list, err)
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
	listen := flows.WithListener(func(e report.Event) { told = append(told, string(e.Type)+" "+e.Step) })
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
