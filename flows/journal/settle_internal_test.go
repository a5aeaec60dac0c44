package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// disk is a journal whose disk is the test's.
type disk struct {
	*Journal
	path   string
	reg    *connector.Registry
	called atomic.Int64 // changes that were made
	reads  atomic.Int64
}

// on opens the journal at a path, with what waits for its disk; nil for the real disk.
func on(t *testing.T, path string, data func(sync func() error) error) *disk {
	t.Helper()
	d := &disk{path: path}
	var err error
	if d.Journal, err = Open(path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if data != nil {
		OnSync(d.Journal, data)
	}
	note := func(count *atomic.Int64) func(context.Context, struct{}) (int64, error) {
		return func(context.Context, struct{}) (int64, error) { return count.Add(1), nil }
	}
	d.reg, err = connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{
		connector.Op("test.change", "Change something.", note(&d.called)),
		connector.Op("test.read", "Read something.", note(&d.reads), connector.WithEffect(connector.EffectReadOnly)),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *disk) load(t *testing.T, text string) *flows.Flow {
	t.Helper()
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", d.reg)
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

const manyChanges = "flow: t\nsteps: [{forEach: \"${1..30}\", do: [{call: test.read}, {call: test.change}]}]\noutput: 1\n"

// TestTheDiskFailsBehindTheTables: the beginning of a change is in the tables, but not on
// the disk. Nothing has to be written to make it again, and it is not made.
func TestTheDiskFailsBehindTheTables(t *testing.T) {
	why := errors.New("input/output error")
	var store *file
	syncs := 0
	d := on(t, filepath.Join(testenv.Memory(t), "runs.db"), func(sync func() error) error {
		if syncs++; syncs < 3 {
			return sync()
		}
		store.mu.Lock()
		defer store.mu.Unlock()
		return errors.Join(store.folded(t.Context(), lookWait), why)
	})
	store, _ = d.store.(*file)
	flow := d.load(t, "flow: t\nsteps: [{call: test.change}, {call: test.change}, {call: test.change}]\n")
	if _, err := d.Run(t.Context(), flow, nil, flows.WithRunID("r")); !errors.Is(err, why) {
		t.Fatalf("the run gives %v", err)
	}
	calls := d.called.Load()
	if _, err := d.Resume(t.Context(), "r", d.reg); !errors.Is(err, why) {
		t.Errorf("resumed, it gives %v", err)
	}
	if now := d.called.Load(); now != calls {
		t.Errorf("%d calls, and %d when it was resumed", calls, now-calls)
	}
}

// TestTheDiskFails: once the disk has not taken something, no run gets on or is told a
// result, nothing is written any more and nothing that ended is shown; opened again, all
// of them go on.
func TestTheDiskFails(t *testing.T) {
	path := filepath.Join(testenv.Memory(t), "runs.db")
	why := errors.New("input/output error")
	var syncs atomic.Int64
	failed := make(chan struct{})
	d := on(t, path, func(sync func() error) error {
		if syncs.Add(1) == 12 { // the next times it says that all is well, as a disk does
			close(failed)
			return why
		}
		return sync()
	})
	flow := d.load(t, manyChanges)
	var work sync.WaitGroup
	var mu sync.Mutex
	done := map[string]bool{}
	for i := range 20 {
		work.Go(func() {
			id := fmt.Sprint("r", i)
			_, err := d.Run(t.Context(), flow, nil, flows.WithRunID(id))
			var interrupted *InterruptedError
			switch {
			case err == nil:
				mu.Lock()
				defer mu.Unlock()
				done[id] = true
				select {
				case <-failed:
					t.Errorf("run %s is told a result after the disk failed", id)
				default:
				}
			case !errors.Is(err, why) || !strings.Contains(err.Error(), "open the journal again"):
				t.Errorf("run %s gives %v", id, err)
			case !errors.As(err, &interrupted) && syncs.Load() < 3:
				t.Errorf("run %s gives %T", id, err)
			}
		})
	}
	work.Wait()
	<-failed
	calls, size := d.called.Load(), logSize(t, path)
	for i := range 20 {
		if _, err := d.Resume(t.Context(), fmt.Sprint("r", i), d.reg); err == nil {
			t.Errorf("run r%d was resumed after the disk failed", i)
		}
	}
	for _, err := range []error{
		d.store.Commit(t.Context(), []Change{CancelRun{RunID: "r1"}}),
		d.store.(*file).settled(),
		second(d.Run(t.Context(), flow, nil)),
	} {
		if !errors.Is(err, why) {
			t.Errorf("after the disk failed: %v", err)
		}
	}
	if d.called.Load() != calls || logSize(t, path) != size {
		t.Errorf("%d calls and %d bytes of the log after the disk failed at %d and %d", d.called.Load(), logSize(t, path), calls, size)
	}
	_ = d.Close()

	again := on(t, path, nil)
	runs, err := again.Runs(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		if r.State == Interrupted {
			if _, err := again.Resume(t.Context(), r.ID, again.reg); err != nil {
				t.Error(err)
			}
		}
		delete(done, r.ID)
	}
	if len(done) > 0 {
		t.Errorf("%v were told to be done and are not there", done)
	}
	if problems, _, err := again.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

func second[T any](_ T, err error) error { return err }

func logSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestTheDiskHangs: while the disk takes nothing, what changes something does not leave,
// nobody is told anything and the memory does not fill; reads go on.
func TestTheDiskHangs(t *testing.T) {
	hang, hangs := make(chan struct{}), make(chan struct{})
	var armed atomic.Bool
	var once sync.Once
	d := on(t, filepath.Join(testenv.Memory(t), "runs.db"), func(sync func() error) error {
		if armed.Load() {
			once.Do(func() { close(hangs) })
			<-hang
		}
		return sync()
	})
	reading := d.load(t, "flow: t\nsteps: [{forEach: \"${1..200}\", do: [{call: test.read}]}, {call: test.change}]\noutput: 1\n")
	if _, err := d.Run(t.Context(), reading, nil); err != nil { // its program is there then
		t.Fatal(err)
	}
	before := d.called.Load()
	armed.Store(true)
	var list []*Handle
	for range 5 {
		h, err := d.StartSoon(t.Context(), reading, nil)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, h)
	}
	<-hangs
	for d.reads.Load() < 200*6 { // whatever was waited for, they get on to their change
		select {
		case <-t.Context().Done():
			t.Fatal("the reads do not go on")
		default:
		}
		time.Sleep(time.Millisecond)
	}
	if n := d.called.Load(); n != before {
		t.Errorf("%d changes were made that nobody may know of", n-before)
	}
	for _, h := range list {
		select {
		case <-h.done:
			t.Error("a run is told its end")
		case <-h.recorded.done:
			t.Error("a run is told to be on disk")
		default:
		}
	}
	if runs, err := d.Runs(t.Context(), Filter{State: Running}); err != nil || len(runs) == 0 {
		t.Errorf("whoever looks sees %v, %v", runs, err)
	}
	armed.Store(false)
	close(hang)
	for _, h := range list {
		if _, err := h.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
