package journal_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// urlVariable names the server that test.post of a child sends to.
const urlVariable = "MEDLAR_JOURNAL_TEST_URL"

// post sends a request to the server of the test.
func post(ctx context.Context, p stepIn) (any, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, os.Getenv(urlVariable)+"/"+p.Name, http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	return p.Name, answer.Body.Close()
}

// TestKilledAsTheCallArrives kills the process at the moment at which the
// request arrives. That it began is on disk, with all that was before it: the
// run that is canceled then undoes it, or says that it could not.
func TestKilledAsTheCallArrives(t *testing.T) {
	if testing.Short() {
		t.Skip("takes several seconds")
	}
	tests := map[string]struct{ flow, want, calls string }{
		"with an undo": {`flow: t
steps:
  - {call: test.step, with: {name: a}, undo: {call: test.step, with: {name: undo-a}}}
  - {call: test.post, with: {name: charge}, undo: {call: test.step, with: {name: refund}}}
`, "undone /2 /1, not undone ", "refund undo-a"},
		"with an undo that needs the result": {`flow: t
steps:
  - {call: test.step, with: {name: a}}
  - {call: test.post, with: {name: charge}, undo: {call: test.step, with: {name: "refund ${result}"}}}
`, "undone , not undone /2", ""},
		"after a wait and in branches": {`flow: t
steps:
  - {wait: 10ms}
  - parallel:
      one: [{wait: 10s}]
      two: [{call: test.post, with: {name: charge}, undo: {call: test.step, with: {name: refund}}}]
`, "undone /2/two/1, not undone ", "refund"},
	}
	kills := 3
	if thorough {
		kills = 20
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for range kills {
				folder := killedAtArrival(t, test.flow)
				calls, got := canceledAndResumed(t, folder)
				if !strings.HasSuffix(got, test.want) || calls != test.calls {
					t.Errorf("the run ends as %s, calls %q\nwant %s, %q", got, calls, test.want, test.calls)
				}
			}
		})
	}
}

// killedAtArrival runs a flow in a child, which is killed when its request
// arrives, and gives the folder.
func killedAtArrival(t *testing.T, flow string) string {
	t.Helper()
	k := newKilled(t, flow)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	var arrived atomic.Int64
	started := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived.Add(1)
		<-started
		_ = cmd.Process.Kill()
	}))
	defer server.Close()
	cmd.Env = append(os.Environ(), childVariable+"="+k.folder, urlVariable+"="+server.URL)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	if err := cmd.Wait(); err == nil || arrived.Load() != 1 {
		t.Fatalf("the child ended with %v after %d requests", err, arrived.Load())
	}
	return k.folder
}

// canceledAndResumed goes on with a run that somebody canceled in between, and
// gives the calls and how it ended.
func canceledAndResumed(t *testing.T, folder string) (called, ended string) {
	t.Helper()
	j, err := journal.Open(filepath.Join(folder, "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, j)
	if err := j.Cancel(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	var names []string
	note := func(_ context.Context, p stepIn) (any, error) {
		names = append(names, p.Name)
		return nil, nil
	}
	reg, err := connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{
		connector.Op("test.step", "Write a line.", note), connector.Op("test.post", "Send a request.", note),
	}})
	if err != nil {
		t.Fatal(err)
	}
	result, err := j.Resume(t.Context(), "r", reg)
	return strings.Join(names, " "), outcome(t, result, err)
}

// TestCommitsOfAChain: a chain of changes takes one commit each, and one for
// the end of the run; reads take none.
func TestCommitsOfAChain(t *testing.T) {
	const chain = 20
	tests := map[string]struct {
		step string
		want int64
	}{
		"changes": {`{call: test.change, with: {name: "x${n}"}}`, chain + 1},
		"changes that fail and are handled": {
			`{try: [{call: test.change, with: {name: broken}}], catch: [{do: []}]}`, chain + 1,
		},
		"reads":        {`{call: test.read, with: {name: "x${n}"}}`, 1},
		"at most once": {`{call: test.change, atMostOnce: true, with: {name: "x${n}"}}`, 2*chain + 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			store := &counting{memory: newMemory()}
			j := journal.OpenStore(store)
			journal.SetLazy(j, time.Hour) // no commit but those that somebody waits for
			defer closed(t, j)
			c := &calls{fail: brokenOrFlaky()}
			flow := load(t, c, "flow: t\nsteps: [{forEach: \"${1..20}\", as: n, do: ["+test.step+"]}]")
			if _, err := j.Run(t.Context(), flow, nil); err != nil {
				t.Fatal(err)
			}
			if got := store.commits.Load(); got != test.want {
				t.Errorf("%d calls take %d commits, want %d", chain, got, test.want)
			}
		})
	}
}

// counting is a Store that counts its commits.
type counting struct {
	*memory
	commits atomic.Int64
}

func (s *counting) Commit(ctx context.Context, changes []journal.Change) error {
	s.commits.Add(1)
	return s.memory.Commit(ctx, changes)
}

// TestAStoreKeepsWhatItGot: the changes that a Store of somebody's own was given stay as
// they were.
func TestAStoreKeepsWhatItGot(t *testing.T) {
	store := &keeping{memory: newMemory()}
	j := journal.OpenStore(store)
	flow := load(t, &calls{}, threeSteps)
	for range 20 {
		if _, err := j.Run(t.Context(), flow, nil); err != nil {
			t.Fatal(err)
		}
	}
	closed(t, j)
	if !reflect.DeepEqual(store.copies, store.given) {
		t.Error("what it was given has changed since")
	}
}

// keeping is a Store that keeps what it is given, and a copy.
type keeping struct {
	*memory
	given, copies [][]journal.Change
}

func (s *keeping) Commit(ctx context.Context, changes []journal.Change) error {
	s.given, s.copies = append(s.given, changes), append(s.copies, slices.Clone(changes))
	return s.memory.Commit(ctx, changes)
}

// failingAfter is a Store that cannot write after a number of commits.
type failingAfter struct {
	*memory
	left atomic.Int64
}

func (s *failingAfter) Commit(ctx context.Context, changes []journal.Change) error {
	if s.left.Add(-1) < 0 {
		return errors.New("there is no space")
	}
	return s.memory.Commit(ctx, changes)
}

// TestNoCallWithoutItsBeginning: what changes something is not called where it
// cannot be written down before.
func TestNoCallWithoutItsBeginning(t *testing.T) {
	for commits := range int64(4) {
		store := &failingAfter{memory: newMemory()}
		store.left.Store(1 + commits)
		j := journal.OpenStore(store)
		journal.SetLazy(j, time.Hour)
		c := &calls{}
		_, err := j.Run(t.Context(), load(t, c, threeSteps), nil, flows.WithRunID("r"))
		var interrupted *journal.InterruptedError
		if commits < 3 && !errors.As(err, &interrupted) {
			t.Errorf("after %d commits the run ends with %v", commits, report.AsRunError(err))
		}
		if got := int64(len(c.noted())); got != min(commits, 3) {
			t.Errorf("after %d commits %d steps were called", commits, got)
		}
		closed(t, j)
	}
}

// TestNotBegun: a run whose beginning nobody waited for, and that could not be
// written down, has changed nothing and is none to resume.
func TestNotBegun(t *testing.T) {
	for text, want := range map[string]string{
		threeSteps: "",
		"flow: t\nsteps: [{call: test.read, with: {name: a}}]":                                                  "a",
		"flow: t\nsteps: [{call: test.read, with: {name: a}}, {call: test.change, with: {name: b}}]\noutput: 1": "a",
	} {
		j := journal.OpenStore(&failingAfter{memory: newMemory()})
		journal.SetLazy(j, time.Hour)
		c := &calls{}
		_, err := j.Run(t.Context(), load(t, c, text), nil)
		var interrupted *journal.InterruptedError
		if err == nil || errors.As(err, &interrupted) || !strings.Contains(err.Error(), "there is no space") {
			t.Errorf("the run ends with %v", err)
		}
		if got := strings.Join(c.noted(), " "); got != want {
			t.Errorf("called were %q, not %q", got, want)
		}
		closed(t, j)
	}
}
