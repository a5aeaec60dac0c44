package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// ErrNoSignals refuses a run of a flow that waits for signals, in a store that
// keeps none.
var ErrNoSignals = errors.New("the flow waits for signals, and the store of the journal keeps none: give it the methods of journal.SignalStore")

// errAttached is the error of a handle that has no program.
var errAttached = errors.New("a handle of Attach takes no signals: Journal.Signal does")

func (j *Journal) keepsSignals(flow *flows.Flow) error {
	if j.signals == nil && len(flow.Signals()) > 0 {
		return ErrNoSignals
	}
	return nil
}

// Signal gives a run a value that a wait of it is for, also before it waits,
// while nobody runs the run, and where another process does. It returns when the
// value is on disk. key is empty for a signal without one. The values are held
// against the program that the run began with, whose operations registry has.
//
// The same values again change nothing. The error is a *report.SignalError where
// the run does not take them, and an *UnknownRunError or a *DamagedError.
func (j *Journal) Signal(ctx context.Context, id string, registry *connector.Registry, name, key string, values map[string]any) error {
	flow, err := j.Load(ctx, id, registry)
	if err != nil {
		return err
	}
	return j.signal(ctx, flow, SignalID{id, name, key}, values)
}

// Load returns the flow that a run began with, as Resume checks it: to know what
// it takes as signals.
func (j *Journal) Load(ctx context.Context, id string, registry *connector.Registry) (*flows.Flow, error) {
	j.mu.Lock()
	active := j.active[id]
	j.mu.Unlock()
	if active != nil {
		return active.plan.flow, nil
	}
	row, err := j.find(ctx, id)
	if err != nil {
		return nil, j.orLost(id, err)
	}
	s, err := j.start(ctx, row)
	switch {
	case err != nil:
		return nil, &DamagedError{RunID: id, Err: err}
	case s.files == nil:
		return nil, &LockedError{RunID: id, Err: s.locked}
	}
	flow, err := flows.LoadForResume(wire.Files(s.files), s.file, registry)
	if err != nil {
		return nil, fmt.Errorf("the program of run %s is not accepted: %w", id, err)
	}
	return flow, nil
}

// signal gives a signal to a run of a flow.
func (j *Journal) signal(ctx context.Context, flow *flows.Flow, id SignalID, values map[string]any) error {
	taken, secret, err := flow.CheckSignal(id.Name, id.Key, values)
	if err == nil && j.signals == nil {
		err = ErrNoSignals
	}
	if err == nil && secret && j.keys.none() {
		err = id.refused(report.SignalNeedsKey, "give a key in "+whereKeys+" (openssl rand -base64 32)")
	}
	if err == nil {
		err = j.give(ctx, id, taken, secret)
	}
	var refused *report.SignalError
	if errors.As(err, &refused) {
		refused.RunID = id.RunID
	}
	return err
}

func (id SignalID) refused(reason report.SignalReason, detail string) *report.SignalError {
	return &report.SignalError{RunID: id.RunID, Name: id.Name, Key: id.Key, Reason: reason, Detail: detail}
}

func (id SignalID) about() string { return "signal " + id.RunID + "\x00" + id.Name + "\x00" + id.Key }

// maxGives bounds how often a signal is given that is closed and opened again at
// the same time.
const maxGives = 10

// give keeps a signal on disk, or says why it is not.
func (j *Journal) give(ctx context.Context, id SignalID, values map[string]any, secret bool) error {
	body, err := blob(values, j.keys, secret, id.about())
	if err != nil {
		return fmt.Errorf("storing a signal: %w", err)
	}
	s := StoredSignal{SignalID: id, Given: time.Now(), Data: withSum(id.about(), 0, body)}
	for range maxGives {
		kept, err := j.signals.Signal(ctx, id)
		if kept != nil {
			err = j.settled() // whoever gave it may be gone
		}
		if err == nil && kept == nil {
			if err = j.commit(ctx, []Change{GiveSignal{StoredSignal: s, Most: runtime.MaxEarlySignals}}); err == nil {
				kept, err = j.signals.Signal(ctx, id)
			}
		}
		switch {
		case err != nil:
			return fmt.Errorf("giving run %s a signal: %w", id.RunID, err)
		case kept != nil:
			return j.keptSignal(ctx, id, kept, values)
		}
		if err := j.whyNotKept(ctx, id); err != nil {
			return err
		}
	}
	return id.refused(report.SignalTooMany, strconv.Itoa(runtime.MaxEarlySignals))
}

// keptSignal says what became of a signal, from what is kept under its name.
func (j *Journal) keptSignal(ctx context.Context, id SignalID, kept *StoredSignal, values map[string]any) error {
	if kept.Closed {
		if err := j.whyNotKept(ctx, id); err != nil {
			return err
		}
		return id.refused(report.SignalRanOut, "")
	}
	there, err := j.openSignal(kept)
	switch {
	case err != nil:
		return unreadable(id.RunID, err)
	case !runtime.SameSignal(there, values):
		if err := j.whyNotKept(ctx, id); err != nil {
			return err
		}
		return id.refused(report.SignalConflict, "")
	}
	j.notify(id)
	return nil
}

// whyNotKept returns the refusal of a run that has ended; nil where it goes.
func (j *Journal) whyNotKept(ctx context.Context, id SignalID) error {
	row, err := j.find(ctx, id.RunID)
	switch {
	case err != nil:
		return err
	case row.State != Running:
		return id.refused(report.SignalEnded, string(row.State))
	}
	return nil
}

// given returns a signal that a run was given.
func (j *Journal) given(id SignalID) (*StoredSignal, error) {
	if j.signals == nil {
		return nil, ErrNoSignals
	}
	kept, err := j.signals.Signal(context.Background(), id)
	if err == nil && (kept == nil || kept.Closed) {
		err = &DamagedError{RunID: id.RunID, Err: fmt.Errorf("the signal %s that it was given is not there", id.Name)}
	}
	return kept, err //nolint:wrapcheck // of the store, as Resume gives it
}

// openSignal returns the values of a signal that is kept.
func (j *Journal) openSignal(s *StoredSignal) (map[string]any, error) {
	body, err := checkSum(s.about(), 0, s.Data)
	if err != nil {
		return nil, fmt.Errorf("signal %s: %w", s.Name, err)
	}
	return opened(body, j.keys, s.about())
}

// arrivals wakes the branches of a run that wait for signals.
type arrivals struct {
	turn sync.Mutex // held while a wait begins, and while one closes its signal

	mu    sync.Mutex
	waits map[SignalID]map[chan struct{}]struct{}
}

// expect returns a channel that is closed when a signal may have come.
func (a *arrivals) expect(id SignalID) chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waits == nil {
		a.waits = map[SignalID]map[chan struct{}]struct{}{}
	}
	if a.waits[id] == nil {
		a.waits[id] = map[chan struct{}]struct{}{}
	}
	came := make(chan struct{})
	a.waits[id][came] = struct{}{}
	return came
}

// leave gives up a wait; alone is true where it was the last one for its signal.
func (a *arrivals) leave(id SignalID, came chan struct{}) (alone bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.waits[id], came)
	if len(a.waits[id]) > 0 {
		return false
	}
	delete(a.waits, id)
	return true
}

func (a *arrivals) wake(id SignalID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for came := range a.waits[id] {
		close(came)
	}
	delete(a.waits, id)
}

// notify tells the run, where this process carries it, that a signal is there.
func (j *Journal) notify(id SignalID) {
	j.mu.Lock()
	r, p := j.active[id.RunID], j.parked.all[id.RunID]
	j.mu.Unlock()
	switch {
	case r != nil:
		r.signals.wake(id)
	case p != nil:
		j.wake(p)
	}
}

// hearSignals begins to listen for what other processes give: a wait looks
// itself for what was given before it began.
func (j *Journal) hearSignals() {
	if j.signals == nil {
		return
	}
	_, last, err := j.signals.SignalsSince(context.Background(), -1)
	if err == nil { // else the writer will say it louder
		j.lastSignal.Store(last)
	}
}

// newSignals tells the runs of this process what others gave them.
func (j *Journal) newSignals(ctx context.Context) {
	if j.signals == nil {
		return
	}
	given, last, err := j.signals.SignalsSince(ctx, j.lastSignal.Load())
	if err != nil {
		return // the writer will say it louder
	}
	j.lastSignal.Store(last)
	for _, id := range given {
		j.notify(id)
	}
}
