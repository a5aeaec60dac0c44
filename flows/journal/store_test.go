package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// memory is a Store that lasts as long as the test.
type memory struct {
	mu       sync.Mutex
	order    []string
	runs     map[string]*journal.StoredRun
	programs map[string][]byte
	records  map[string]map[int64][]byte
	cancels  map[string]bool
	full     bool // nothing can be written
	closed   int
}

func newMemory() *memory {
	return &memory{
		runs: map[string]*journal.StoredRun{}, programs: map[string][]byte{}, records: map[string]map[int64][]byte{}, cancels: map[string]bool{},
	}
}

func (m *memory) Commit(_ context.Context, changes []journal.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full {
		return errors.New("there is no space")
	}
	for _, c := range changes {
		switch c := c.(type) {
		case journal.BeginRun:
			if m.runs[c.ID] != nil {
				return fmt.Errorf("run %s is there", c.ID)
			}
			run := c.StoredRun
			m.order = append(m.order, c.ID)
			m.runs[c.ID], m.records[c.ID], m.programs[string(c.Digest)] = &run, map[int64][]byte{}, c.Program
		case journal.AddRecord:
			m.records[c.RunID][c.Number] = slices.Clone(c.Data)
		case journal.DropRecords:
			for n := c.From; n <= c.To; n++ {
				delete(m.records[c.RunID], n)
			}
		case journal.EndRun:
			m.runs[c.RunID].State, m.runs[c.RunID].Ended, m.runs[c.RunID].Failure = c.State, c.Ended, c.Failure
			delete(m.cancels, c.RunID)
		case journal.CancelRun:
			m.cancels[c.RunID] = true
		}
	}
	return nil
}

func (m *memory) Find(_ context.Context, id string) (*journal.StoredRun, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.runs[id] == nil {
		return nil, nil
	}
	run := *m.runs[id]
	return &run, nil
}

func (m *memory) Program(_ context.Context, digest []byte) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.programs[string(digest)], nil
}

func (m *memory) Records(_ context.Context, id string, each func(int64, []byte) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var numbers []int64
	for n := range m.records[id] {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		if err := each(n, m.records[id][n]); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Runs(_ context.Context, f journal.Filter) ([]journal.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []journal.Run
	for _, id := range slices.Backward(m.order) {
		r := m.runs[id]
		if r == nil || f.State != "" && r.State != f.State || f.Flow != "" && r.Flow != f.Flow || f.Limit > 0 && len(list) == f.Limit {
			continue
		}
		list = append(list, r.Run)
	}
	return list, nil
}

func (m *memory) Cancels(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []string
	for id := range m.cancels {
		ids = append(ids, id)
	}
	return ids, nil
}

func (m *memory) Prune(_ context.Context, before time.Time) (n int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, r := range m.runs {
		if r.State != journal.Running && r.Ended.Before(before) {
			delete(m.runs, id)
			delete(m.records, id)
			n++
		}
	}
	return n, nil
}

func (m *memory) Verify(context.Context) error { return nil }

func (m *memory) Close() error { m.closed++; return nil }

// A journal needs no file: runs are interrupted, resumed, canceled and pruned in
// a store of one's own.
func TestStoreOfOnesOwn(t *testing.T) {
	store := newMemory()
	j := journal.OpenStore(store)
	journal.SetFold(j, 3)
	c := &calls{}
	var closing sync.WaitGroup
	c.hold = func(call context.Context, name string) {
		if name == "x8" {
			closing.Go(func() { _ = j.Close() })
			<-call.Done()
		}
	}
	var interrupted *journal.InterruptedError
	if _, err := j.Run(t.Context(), load(t, c, foldFlows["in turn"]), nil, flows.WithRunID("r")); !errors.As(err, &interrupted) {
		t.Fatalf("the run gives %v", err)
	}
	closing.Wait()
	if store.closed != 1 {
		t.Errorf("the store was closed %d times", store.closed)
	}
	j = journal.OpenStore(store)
	journal.SetFold(j, 3)
	defer closed(t, j)
	rest := &calls{}
	result, err := j.Resume(t.Context(), "r", rest.registry(t))
	if got, want := outcome(t, result, err), "done [10,20,30,40,50,60,70,80,90,100,110]"; got != want {
		t.Errorf("the resumed run ends with %s, want %s", got, want)
	}
	if got := strings.Join(rest.noted(), " "); strings.Contains(got, "x7 ") || !strings.HasSuffix(got, "x9 x10 x11 after") {
		t.Errorf("the resumed run calls %s", got)
	}
	if problems, n, err := j.Verify(t.Context()); err != nil || n != 1 || len(problems) > 0 {
		t.Errorf("%d runs, problems %v, %v", n, problems, err)
	}
	if n, err := j.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("%d runs are pruned, %v", n, err)
	}
}

// What a store cannot take interrupts the run.
func TestStoreThatIsFull(t *testing.T) {
	store := newMemory()
	j := journal.OpenStore(store)
	defer closed(t, j)
	c := &calls{}
	c.fail = func(name string) error {
		store.mu.Lock()
		defer store.mu.Unlock()
		store.full = name == "b"
		return nil
	}
	flow := load(t, c, `flow: t
steps: [{call: test.change, with: {name: a}}, {call: test.change, with: {name: b}}, {call: test.change, with: {name: c}}]
output: 1
`)
	var interrupted *journal.InterruptedError
	_, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r"))
	if !errors.As(err, &interrupted) || !strings.Contains(err.Error(), "there is no space") {
		t.Fatalf("the run gives %v", err)
	}
	store.full = false
	rest := &calls{}
	result, err := j.Resume(t.Context(), "r", rest.registry(t))
	if got := outcome(t, result, err); got != "done 1" {
		t.Errorf("the resumed run ends with %s", got)
	}
	if diff := cmp.Diff([]string{"b", "c"}, rest.noted()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// Whoever shares the store can cancel a run.
func TestStoreCancel(t *testing.T) {
	store := newMemory()
	j := journal.OpenStore(store)
	defer closed(t, j)
	_, wait := started(t.Context(), t, j, undoable)
	if err := store.Commit(t.Context(), []journal.Change{journal.CancelRun{RunID: "r"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := wait(); report.AsRunError(err).Class != connector.ClassCanceled {
		t.Errorf("the run ended with %v", err)
	}
	if ids, err := store.Cancels(t.Context()); err != nil || len(ids) > 0 {
		t.Errorf("to cancel: %v, %v", ids, err)
	}
}
