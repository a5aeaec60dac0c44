package journal

import (
	"context"
	"database/sql"
	"errors"

	"github.com/medlar-flow/medlar/connector"
)

// TraceStore is a Store that keeps where the latest part of a run that somebody
// watches stands in a trace, so that the part after it can name it: what it was is
// known after a crash, too. Its Commit takes TraceRun beside the other changes.
type TraceStore interface {
	Store
	// Trace returns the traceparent that TraceRun kept last of a run; empty where it
	// kept none.
	Trace(ctx context.Context, id string) (string, error)
}

// TraceRun keeps where a part of a run that begins stands in a trace.
type TraceRun struct {
	RunID  string // of the run
	Parent string // the header traceparent of the part
}

func (TraceRun) change() {}

const sqlTraceRun = "UPDATE runs SET trace = ? WHERE id = ?"

var _ TraceStore = (*file)(nil)

// Trace reads where the latest part of a run stands.
func (f *file) Trace(ctx context.Context, id string) (parent string, err error) {
	if err := f.upToDate(ctx, id); err != nil {
		return "", err
	}
	err = f.row(ctx, `SELECT trace FROM runs WHERE id = ?`, id).Scan(&parent)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return parent, f.explain(err)
}

// traced begins to watch the run, where somebody does, and returns what is to be kept
// of that; nil for nothing.
func (r *run) traced(before connector.Trace) []Change {
	t := r.exec.Observe(r.id, before)
	if _, ok := r.journal.store.(TraceStore); !ok || t.Parent == "" {
		return nil
	}
	return []Change{TraceRun{RunID: r.id, Parent: t.Parent}}
}

// retraced is traced for a run that goes on. What cannot be kept is not missed by the
// run: its spans are.
func (r *run) retraced(ctx context.Context) {
	var before connector.Trace
	if s, ok := r.journal.store.(TraceStore); ok && r.exec.Observed() {
		before.Parent, _ = s.Trace(ctx, r.id)
	}
	if changes := r.traced(before); changes != nil {
		_ = r.journal.writer.add(&job{run: r, changes: func() []Change { return changes }}, false)
	}
}

// traceOf returns what keeps the trace of a run for the one that it goes on as.
func (j *Journal) traceOf(ctx context.Context, id, next string) []Change {
	s, ok := j.store.(TraceStore)
	if !ok {
		return nil
	}
	parent, err := s.Trace(ctx, id)
	if err != nil || parent == "" {
		return nil
	}
	return []Change{TraceRun{RunID: next, Parent: parent}}
}
