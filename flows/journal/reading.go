package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/generation"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/schema"
)

// errReadEnd ends a reading where the records do.
var errReadEnd = errors.New("the records end here")

// reading is a pass over the program and the records of a run. It calls nothing,
// writes nothing and waits for nothing, and so finds out what no record holds: the
// parameters of each attempt.
type reading struct {
	exec     runtime.Execution
	early    bool   // it ended before the run does
	withheld string // the step whose result is not stored, where the reading ended
	each     func(a *runtime.Attempt, begin, ended *record)
	trail    *trail   // where the steps are noted; nil where nobody asks
	cut      *cut     // where the reading is to end; nil for the end of the records
	learned  *learned // what was encrypted, for a reading that people see; nil for another
}

// through reads the records of a run through a flow. The error says why it did
// not come to their end.
func (rd *reading) through(ctx context.Context, j *Journal, id string, s *start, records []*record, flow *flows.Flow, options []flows.RunOption) error {
	r := &run{journal: j, id: id, flow: flow.Name(), history: newHistory(records), meaning: s.meaning, gen: s.gen, apart: s.apart, branched: s.branched, reading: rd}
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.cancel = cancel
	r.stay()
	defer context.AfterFunc(ctx, func() { r.halt(context.Cause(ctx)) })() // what is read back asks nobody else
	_, err := flow.Run(inner, s.inputs, append(slices.Clip(options), runtime.On(func(e runtime.Execution) (runtime.Runtime, error) {
		r.exec, rd.exec = e, e
		rd.begins(s)
		sc := r.history.scope("", nil)
		sc.now.Store(s.began)
		if rd.cut != nil {
			rd.cut.loose = !rd.cut.same(e)
			sc.loose = rd.cut.loose
		}
		return &carrier{run: r, scope: sc, local: e.Local()}, nil
	}))...)
	why := r.halted()
	rd.early = why != nil
	switch {
	case rd.exec == nil:
		return err //nolint:wrapcheck // nothing was read
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case why != nil && !errors.Is(why, errReadEnd):
		return why
	}
	return nil
}

// readToEnd ends a reading where the records do; false where the run goes on.
func (r *run) readToEnd() bool {
	if r.reading == nil {
		return false
	}
	r.halt(errReadEnd)
	return true
}

// reread is Attempt of a reading.
func (r *carrier) reread(a runtime.Attempt) (any, error) {
	rd := r.run.reading
	r.run.gen.Again(a.Path)
	if given, ok := r.givenResult(&a); ok {
		return given, nil
	}
	if r.scope.cut {
		return nil, runtime.StoppedError(runtime.ByShutdown)
	}
	if rec := r.scope.next(a.Path, kindBegin, kindResult, kindFailure, kindWithheld); rec != nil && !r.fits(&a, rec) {
		return nil, runtime.StoppedError(runtime.ByShutdown)
	}
	var begin *record
	if r.scope.next(a.Path, kindBegin) != nil {
		begin = r.scope.take()
	}
	if r.scope.next(a.Path, kindResult, kindFailure, kindWithheld) != nil {
		rec := r.scope.take()
		rd.note(r, &a, begin, rec)
		if rec.kind != kindWithheld {
			return r.known(a, rec)
		}
		rd.withheld = a.Path
		r.run.readToEnd()
		return nil, runtime.StoppedError(runtime.ByShutdown)
	}
	switch {
	case begin != nil:
		rd.note(r, &a, begin, nil)
		r.run.readToEnd()
		return nil, runtime.StoppedError(runtime.ByShutdown)
	case a.Refused != nil:
		return nil, a.Refused
	}
	if cause := r.Stopped(); cause != runtime.NotStopped {
		return nil, runtime.StoppedError(cause)
	}
	if r.scope.replaying() {
		return nil, r.missing(a.Path, "no record of it is there: it has not run in this place", r.movedFrom(&a))
	}
	r.run.readToEnd()
	return nil, runtime.StoppedError(runtime.ByShutdown)
}

// begins keeps what the run began with that was secret.
func (rd *reading) begins(s *start) {
	if l := rd.learned; l != nil {
		l.also = rd.exec.Learn
		l.begins(s)
	}
}

func (rd *reading) note(r *carrier, a *runtime.Attempt, begin, ended *record) {
	if rd.each != nil {
		rd.each(a, begin, ended)
	}
	if rd.trail != nil {
		rd.trail.attempt(r, a, begin, ended)
	}
}

// pinned are the options with which the program of a run is read.
func (s *start) pinned(options []flows.RunOption) []flows.RunOption {
	options = append(slices.Clone(options), runtime.WithConnections(s.connections))
	if s.gen != nil {
		options = append(options, runtime.WithRestarted())
	}
	return append(options,
		flows.WithRunID(s.name), flows.WithTrigger(s.event.Trigger, s.event.Digest), runtime.WithTimesAsText(s.meaning < 2), runtime.WithRetriesAtMostOnce(s.meaning < 4), runtime.WithWholeExpressions(s.meaning < 5), runtime.WithUndosTogether(s.meaning < 6),
		runtime.WithExactHeaders(s.meaning < 7),
		runtime.WithPinnedEnv(s.env), flows.WithTimeout(s.timeout), flows.WithOrigin(s.origin), runtime.WithLinks(s.links))
}

// ReadBack finds out the parameters of the steps of a run, which are not stored:
// it goes through the program and the records, and calls nothing. The steps of d
// have them then, without secrets. registry has the operations of the program.
//
// The error says why not all of them are known, or none; d is whole all the same.
func (j *Journal) ReadBack(ctx context.Context, d *Details, registry *connector.Registry) error {
	if err := d.readable(); err != nil {
		return err
	}
	flow, err := d.Load(registry)
	if err != nil {
		return fmt.Errorf("the program of run %s is not accepted: %w", d.ID, err)
	}
	return j.ReadBackIn(ctx, d, flow)
}

// readable says why nothing can be found out about the steps of a run.
func (d *Details) readable() error {
	switch s := d.start; {
	case s == nil:
		return errors.New("its beginning cannot be read")
	case s.locked != nil:
		return &LockedError{RunID: d.ID, Err: s.locked}
	}
	return nil
}

// ReadBackIn is ReadBack with the run's program as Load gave it, for whoever keeps it.
func (j *Journal) ReadBackIn(ctx context.Context, d *Details, flow *flows.Flow) error {
	if err := d.readable(); err != nil {
		return err
	}
	s, rd := d.start, &reading{learned: &learned{files: d.files}}
	rd.each = func(a *runtime.Attempt, begin, ended *record) {
		for _, rec := range []*record{ended, begin} {
			if rec == nil {
				continue
			}
			if i, ok := d.places[rec.seq]; ok {
				d.Steps[i].Params, _ = rd.learned.hidden(generation.ShownParams(rd.exec, a)).(map[string]any)
				return
			}
		}
	}
	var blind atomic.Bool // it was given something else than the run had
	hidden := func(string) (string, bool) { blind.Store(true); return schema.Masked, true }
	options := s.pinned([]flows.RunOption{
		flows.WithEnv(hidden), runtime.StandIn(),
		flows.WithSecrets(func(context.Context, string) (string, bool, error) {
			blind.Store(true)
			return schema.Masked, true, nil
		}),
	})
	err := rd.through(ctx, j, d.ID, s, d.records, flow, options)
	d.records = nil // they are read
	if other := (*DivergedError)(nil); blind.Load() && errors.As(err, &other) {
		err = d.unread() // it went into an undo, or a handler, that the run did not need
	}
	if err == nil && rd.withheld != "" {
		err = &WithheldError{RunID: d.ID, Step: rd.withheld}
	}
	if err == nil {
		err = d.unread()
	}
	return err
}

// unread says which steps a reading did not come to. It has no secrets, so a program that
// takes one apart may go another way.
func (d *Details) unread() error {
	for i := range d.Steps {
		if s := &d.Steps[i]; s.Operation != "" && s.Params == nil {
			return fmt.Errorf("the program was read without its secrets, and did not come to %s that way", s.Path)
		}
	}
	return nil
}
