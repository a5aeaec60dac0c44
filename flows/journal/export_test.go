package journal

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/internal/filelock"
)

// SetFold makes n iterations of a loop one record, so that small loops do in a
// test what large ones do.
func SetFold(j *Journal, n int64) { j.fold = n }

// SetLazy changes how long a record waits for another one to be written with.
func SetLazy(j *Journal, d time.Duration) {
	j.writer.mu.Lock()
	defer j.writer.mu.Unlock()
	j.writer.lazy = d
}

// SetPiece changes how many changes go from the tail into the tables at once, so that
// small tails do in a test what large ones do.
func SetPiece(j *Journal, n int) {
	f := j.store.(*file)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.st.tail.most = n
}

// LockAlone does what a version did that knew of no other process.
func LockAlone(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if ok, err := filelock.Try(f, filelock.Exclusive); err != nil || !ok {
		return nil, errors.Join(err, f.Close(), errors.New("it is locked"))
	}
	return func() { _ = f.Close() }, nil
}

// SetLinger changes how long a run waits before it is put down.
func SetLinger(j *Journal, d time.Duration) { j.linger = d }

// WithSignalReads lets a journal read so many signals, and then none.
func WithSignalReads(reads int64, err error) Option {
	return func(j *Journal) {
		s := &deaf{SignalStore: j.signals, err: err}
		s.left.Store(reads)
		j.signals = s
	}
}

type deaf struct {
	SignalStore
	left atomic.Int64
	err  error
}

func (s *deaf) Signal(ctx context.Context, id SignalID) (*StoredSignal, error) {
	if s.left.Add(-1) < 0 {
		return nil, s.err
	}
	return s.SignalStore.Signal(ctx, id)
}

// Parked returns the number of runs that are put down.
func Parked(j *Journal) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.parked.all)
}

// BackToTheFirstForm are statements that make a journal one of form 1.
func BackToTheFirstForm() []string {
	var list []string
	for _, index := range []string{"runs_by_flow", "runs_by_flow_state", "runs_by_code", "runs_by_class", "runs_by_end", "runs_by_program"} {
		list = append(list, "DROP INDEX "+index)
	}
	for _, column := range []string{"owner", "waits", "code", "class", "step", "message", "next", "trace"} {
		list = append(list, "ALTER TABLE runs DROP COLUMN "+column)
	}
	return append(list, "DROP TABLE labels", "DROP TABLE keeping", "DROP TABLE signals", "DROP TABLE ticks", "DROP TABLE notices", "DROP TABLE tail", "PRAGMA user_version=1")
}

// Tidy deletes what is kept no longer, as happens every now and then.
func Tidy(j *Journal) (int64, error) { return j.tidy(context.Background()) }

// Fill adds runs that ended to a file, many of them quickly.
func Fill(ctx context.Context, j *Journal, runs []StoredRun) error {
	changes := make([]Change, 0, 2*len(runs))
	for _, r := range runs {
		end := EndRun{RunID: r.ID, State: r.State, Ended: r.Ended, Failure: r.Failure}
		changes = append(changes, BeginRun{StoredRun: r, Program: []byte("p")}, end)
	}
	return j.store.Commit(ctx, changes)
}

// OpenTapped opens a journal that shows each transaction when it is on disk, and
// writes nothing more before that was looked at.
func OpenTapped(path string, look func(changes []Change), options ...Option) (*Journal, error) {
	f, err := openFile(context.Background(), path, true)
	if err != nil {
		return nil, err
	}
	return OpenStore(&tapped{file: f, look: look}, options...), nil
}

type tapped struct {
	*file
	look func(changes []Change)
	busy sync.Mutex // from a transaction until it was looked at
}

func (t *tapped) Commit(ctx context.Context, changes []Change) error {
	if err := t.write(ctx, changes); err != nil {
		return err
	}
	return t.settle(changes)
}

func (t *tapped) write(ctx context.Context, changes []Change) error {
	t.busy.Lock()
	err := t.file.write(ctx, changes)
	if err != nil {
		t.busy.Unlock()
	}
	return err
}

func (t *tapped) settle(changes []Change) error {
	defer t.busy.Unlock()
	err := t.file.settle(changes)
	if err == nil {
		t.look(changes)
	}
	return err
}

// OpenBroken opens a journal that takes nothing any more.
func OpenBroken(path string, why error) (*Journal, error) {
	f, err := openFile(context.Background(), path, true)
	if err != nil {
		return nil, err
	}
	return OpenStore(&brokenFile{file: f, why: why}), nil
}

type brokenFile struct {
	*file
	why error
}

func (b *brokenFile) Commit(context.Context, []Change) error { return b.why }
func (b *brokenFile) write(context.Context, []Change) error  { return b.why }

// OnSync has the waiting for the disk of a journal in a file done by somebody else, who
// is given what does it. It belongs in front of the first run.
func OnSync(j *Journal, by func(sync func() error) error) {
	log := j.store.(*file).log
	sync := log.data
	log.data = func() error { return by(sync) }
}
