// Package journal runs flows so that they survive the end of the process: what
// every step gave is written to a file, and is on disk before the next step that
// changes something starts; a run that was interrupted goes on from there.
//
// Begin with [Open], which opens a journal in a file, or with [OpenStore] for
// one that is kept elsewhere, then call [Journal.Run]. After a crash,
// [Journal.Resume] goes on with a run. To look at a journal and run nothing, use
// [Inspect].
//
// A step whose result was recorded never runs again. One that was in flight is
// started again, with the same idempotency key: at least once. A run goes on
// with the flow files that it began with, also when they have changed since.
//
// Several processes of one machine may run the runs of a journal. Each run has
// one owner; when its process ends, the first that resumes the run is its next.
// The package distributes nothing: a run is run by the process that began it, or
// resumed it.
package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is the error of a journal that was closed, or that does not belong
// to this process.
var ErrClosed = errors.New("the journal is closed, or open to look at it only")

// Journal is a file of durable runs. Its methods may be called at the same
// time.
type Journal struct {
	store Store
	keys  Keys
	fold  int64 // iterations of a loop that become one record
	// acceptLoss lets a run go on that has lost records.
	acceptLoss bool

	writer *writer // nil where the journal was opened to look at

	signals    SignalStore  // the store, where it keeps signals; else nil
	lastSignal atomic.Int64 // the number of the latest that this process has heard of

	// tell is asked what is to be told of runs that end; nil for nobody.
	tell atomic.Pointer[func(RunEnd) []Notice]

	trouble trouble

	linger  time.Duration // that a run waits before it is put down
	reading chan struct{} // has room for those that are read back at the same time

	mu       sync.Mutex
	parked   parkedRuns
	closed   bool
	active   map[string]*run
	resuming map[string]*run // being read back
	ended    sync.WaitGroup
	quit     chan struct{}
	gone     chan struct{} // closed when the store is; came is what came of it
	came     error
	watching sync.WaitGroup
}

// Option changes how a journal is opened.
type Option func(*Journal)

// WithKeys encrypts what holds secrets. Without keys a run whose inputs hold
// one is refused, and a result that holds one is not stored.
func WithKeys(keys Keys) Option { return func(j *Journal) { j.keys = keys } }

// Open opens the journal at path, or makes one, to run flows on it beside other
// processes. The error is an *OwnedError where one of an earlier version has it
// for itself. Close it at the end.
func Open(path string, options ...Option) (*Journal, error) {
	real, err := resolved(path)
	var f *file
	if err == nil {
		f, err = openFile(context.Background(), real, true)
	}
	var owned *OwnedError
	switch {
	case errors.As(err, &owned):
		return nil, owned
	case err != nil:
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	return OpenStore(f, options...), nil
}

// OpenStore opens the journal in a store. Unless that is a [Shared] one it belongs
// to this process: no other one runs its runs. Closing the journal closes the
// store.
func OpenStore(store Store, options ...Option) *Journal {
	j := newJournal(store, options)
	j.writer = startWriter(store, j.trouble.is)
	j.hearSignals()
	j.watching.Go(j.watch)
	j.watching.Go(j.tidyUp)
	return j
}

// Inspect opens a journal to look at it and to cancel runs, whoever runs them.
// Nothing can be run. A journal of an earlier version is brought to the form of
// this one, where no process is using it.
func Inspect(path string, options ...Option) (*Journal, error) {
	real, err := resolved(path)
	var f *file
	if err == nil {
		f, err = openFile(context.Background(), real, false)
	}
	if errors.Is(err, errOldForm) {
		if f, err = openFile(context.Background(), real, true); err == nil {
			_ = f.Close()
			f, err = openFile(context.Background(), real, false)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no journal %s", path)
	case mayNotWrite(err) && !isBusy(err):
		return nil, fmt.Errorf("journal %s: %w; SQLite writes beside a journal to read it, too: copy it, and its -wal file where there is one, to a folder that can be written", path, err)
	case err != nil:
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	return newJournal(f, options), nil
}

func newJournal(store Store, options []Option) *Journal {
	j := &Journal{store: store, fold: foldSize, active: map[string]*run{}, resuming: map[string]*run{}, quit: make(chan struct{}), gone: make(chan struct{})}
	j.linger, j.reading = linger, make(chan struct{}, readAtOnce)
	j.signals, _ = store.(SignalStore)
	for _, option := range options {
		if option != nil {
			option(j)
		}
	}
	return j
}

// writable finds out before a run begins what SQLite would say at its first
// record.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("it cannot be written to: %w", err)
	}
	return f.Close() //nolint:wrapcheck // nothing was written
}

// Close interrupts the runs that are under way, waits until they have stopped,
// and gives the journal up. They are not canceled: Resume goes on with them. Who
// closes it again waits until it is closed, and is given the same error.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		<-j.gone
		return j.came
	}
	defer close(j.gone)
	j.closed = true
	for _, r := range j.active {
		r.halt(ErrInterrupted)
	}
	down := j.parked.all
	j.parked.all = nil
	if j.parked.timer != nil {
		j.parked.timer.Stop()
	}
	close(j.quit)
	j.mu.Unlock()
	for id, p := range down {
		if p.unhook != nil {
			p.unhook()
		}
		p.life.end(nil, &InterruptedError{RunID: id, Err: ErrInterrupted})
	}
	j.ended.Wait()
	j.watching.Wait()
	if j.writer != nil {
		j.writer.close()
		_, _ = j.tidy(context.Background())
	}
	j.came = j.store.Close()
	return j.came //nolint:wrapcheck // a store of one's own says what it likes
}
