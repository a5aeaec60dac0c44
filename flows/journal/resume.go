package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// Resume goes on with a run that was interrupted, with the program, the inputs
// and the environment that it began with. Secrets are read again. options are
// those of Run; what the run pinned cannot be changed by them. It is StartResume
// and Wait.
//
// The error is a *StateError for a run that has ended, a *RunningError for one
// that a process runs, this one too, an *UnknownRunError or a *DamagedError where nothing
// can be resumed.
func (j *Journal) Resume(ctx context.Context, id string, registry *connector.Registry, options ...flows.RunOption) (*flows.Result, error) {
	r, err := j.stored(ctx, id, registry, options)
	if err != nil {
		return nil, err
	}
	return r.toEnd(ctx)
}

// stored makes a run that is to go on. It is this process's from then on, until
// it is carried or given up.
func (j *Journal) stored(ctx context.Context, id string, registry *connector.Registry, options []flows.RunOption) (*run, error) {
	r := &run{journal: j, id: id, cancel: func(error) {}, given: options}
	if err := j.reserve(r); err != nil {
		return nil, err
	}
	carried := false
	defer func() {
		if !carried { // also where something that the run is read with panics: Close waits for it else
			j.leave(r)
		}
	}()
	j.trouble.keep(id)
	if err := j.take(ctx, r); err != nil {
		if mayBeOurs(err) {
			j.giveUpLater(id)
		}
		return nil, err
	}
	if err := r.readBack(ctx, registry, options); err != nil {
		j.giveUp(r)
		return nil, err
	}
	carried = true
	return r, nil
}

// mayBeOurs reports whether a run that could not be taken may be this process's, which
// runs it no more.
func mayBeOurs(err error) bool {
	var running *RunningError
	var unknown *UnknownRunError
	return !errors.As(err, &running) && !errors.As(err, &unknown) && !errors.Is(err, ErrClosed)
}

// readBack reads what the journal has of the run.
func (r *run) readBack(ctx context.Context, registry *connector.Registry, options []flows.RunOption) error {
	j, id := r.journal, r.id
	row, err := j.find(ctx, id)
	if err != nil {
		return j.orLost(id, err)
	}
	s, records, err := j.load(ctx, row)
	if err == nil {
		err = j.failed()
	}
	if err != nil {
		return err
	}
	if err := j.whole(id, latest(records)); err != nil {
		return err
	}
	if s.locked != nil {
		return &LockedError{RunID: id, Err: s.locked}
	}
	if n := len(records); n > 0 && records[n-1].kind == kindEnd {
		return &StateError{RunID: id, State: j.endState(id, records[n-1]), Want: "resume"}
	}
	flow, err := flows.LoadForResume(wire.Files(s.files), s.file, registry)
	if err != nil {
		return fmt.Errorf("the program of run %s is not accepted: %w", id, err)
	}
	if err := j.keepsSignals(flow); err != nil {
		return err
	}
	history := newHistory(records)
	history.kept = s.gen.Last()
	r.flow, r.history, r.meaning, r.gen, r.apart, r.seq = row.Flow, history, s.meaning, s.gen, s.apart, latest(records)
	r.read = int64(len(records))
	r.size.Store(r.read)
	options = s.pinned(options)
	canceled := canceledBefore(records)
	r.plan = plan{flow: flow, inputs: s.inputs, options: options, begin: func(e runtime.Execution) (int64, error) {
		if e.Sandboxed() != s.local {
			return 0, &SandboxError{RunID: id, Local: s.local}
		}
		if asked, err := j.isCanceled(ctx, id); err == nil && asked || canceled {
			r.cancel(runtime.StopCause(runtime.ByUser))
		}
		r.retraced(ctx)
		return s.began, nil
	}}
	return nil
}

// latest returns the number of the latest record; 0 where there is none.
func latest(records []*record) int64 {
	if n := len(records); n > 0 {
		return records[n-1].seq
	}
	return 0
}

// canceledBefore reports whether a part of the run had ended already because
// somebody canceled it: then all of it is to end.
func canceledBefore(records []*record) bool {
	return slices.ContainsFunc(records, func(r *record) bool {
		return r.cause == runtime.ByUser
	})
}
