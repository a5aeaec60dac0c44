package journal

import (
	"context"
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
// The error is a *StateError for a run that has ended, an *UnknownRunError or
// a *DamagedError where nothing can be resumed.
func (j *Journal) Resume(ctx context.Context, id string, registry *connector.Registry, options ...flows.RunOption) (*flows.Result, error) {
	r, err := j.stored(ctx, id, registry, options)
	if err != nil {
		return nil, err
	}
	return r.carry(ctx)
}

// stored makes a run that is to go on.
func (j *Journal) stored(ctx context.Context, id string, registry *connector.Registry, options []flows.RunOption) (*run, error) {
	row, err := j.find(ctx, id)
	if err != nil {
		return nil, j.orLost(id, err)
	}
	s, records, err := j.load(ctx, row)
	if err != nil {
		return nil, err
	}
	if err := j.whole(id, latest(records)); err != nil {
		return nil, err
	}
	if s.locked != nil {
		return nil, &LockedError{RunID: id, Err: s.locked}
	}
	if n := len(records); n > 0 && records[n-1].kind == kindEnd {
		return nil, &StateError{RunID: id, State: j.endState(id, records[n-1]), Want: "resume"}
	}
	flow, err := flows.LoadForResume(wire.Files(s.files), s.file, registry)
	if err != nil {
		return nil, fmt.Errorf("the program of run %s is not accepted: %w", id, err)
	}
	r := &run{journal: j, flow: row.Flow, history: newHistory(records), branchTimes: s.meaning >= 1}
	r.seq = latest(records)
	options = slices.Clone(options)
	for name, params := range s.connections {
		given, _ := params.(map[string]any)
		options = append(options, flows.WithConnectionDefaults(name, given))
	}
	options = append(options,
		flows.WithRunID(id), runtime.WithMeaning(s.meaning), runtime.WithPinnedEnv(s.env), flows.WithTimeout(s.timeout), flows.WithOrigin(s.origin))
	r.plan = plan{flow: flow, inputs: s.inputs, options: options, begin: func(e runtime.Execution) (int64, error) {
		if e.Sandboxed() != s.local {
			return 0, &SandboxError{RunID: id, Local: s.local}
		}
		if asked, err := j.isCanceled(ctx, id); err == nil && asked || canceledBefore(records) {
			r.cancel(runtime.StopCause(runtime.ByUser))
		}
		return s.at, nil
	}}
	return r, nil
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
