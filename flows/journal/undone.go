package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// NotUndone is a run that ended without having taken back all that it did.
type NotUndone struct {
	Run
	Steps []string // the paths of steps that happened and were not undone
	Err   *report.RunError
}

// NotUndone finds, among the latest runs that failed or were canceled, those that did
// not take back all that they did and were not restarted: a restart takes over what is
// owed. which.Limit is how many runs are looked at, 200 where it is 0; State Failed or
// Canceled looks at these alone. next is what which.After is for those before; empty
// where all were looked at. Runs that cannot be read are left out.
func (j *Journal) NotUndone(ctx context.Context, which Filter) (found []NotUndone, next string, err error) {
	which.Limit = cmp.Or(which.Limit, notUndonePage)
	states := []State{which.State}
	if which.State == "" {
		states = []State{Failed, Canceled}
	}
	var list []Run
	for _, state := range states {
		which.State = state
		some, err := j.Runs(ctx, which)
		if err != nil {
			return nil, "", err
		}
		list = append(list, some...)
	}
	slices.SortStableFunc(list, func(a, b Run) int {
		switch {
		case a.Key == b.Key:
			return 0
		case behind(a.Key, b.Key):
			return 1
		}
		return -1
	})
	if len(list) >= which.Limit {
		list = list[:which.Limit]
		next = list[len(list)-1].Key
	}
	for _, r := range list {
		if r.Next != "" {
			continue
		}
		e, err := j.endOf(ctx, r.ID)
		if err != nil {
			return nil, "", fmt.Errorf("reading run %s: %w", r.ID, err)
		}
		if e != nil && (len(e.NotUndone) > 0 || len(e.UndoErrors) > 0) {
			found = append(found, NotUndone{Run: r, Steps: e.NotUndone, Err: e})
		}
	}
	return found, next, nil
}

// notUndonePage is how many runs NotUndone looks at.
const notUndonePage = 200

// endOf returns how a run failed, from its last record; nil for one that did not.
func (j *Journal) endOf(ctx context.Context, id string) (*report.RunError, error) {
	number, data, err := j.lastRecord(ctx, id)
	if err != nil || data == nil {
		return nil, err
	}
	rec, err := decodeRecord(id, number, data)
	if err != nil || rec.kind != kindEnd {
		return nil, nil //nolint:nilerr // it is damaged, which its page says
	}
	m, _ := j.shown(id, rec).(map[string]any)
	if v, ok := m["error"]; ok {
		return wire.FailureOf(v), nil
	}
	return nil, nil
}

// lastRecord returns the latest record of a run; nil for none. A store that has a method
// LastRecord is asked for it; of another one all are read.
func (j *Journal) lastRecord(ctx context.Context, id string) (number int64, data []byte, err error) {
	if s, ok := j.store.(interface {
		LastRecord(ctx context.Context, run string) (number int64, data []byte, err error)
	}); ok {
		return s.LastRecord(ctx, id) //nolint:wrapcheck // the caller says what was done
	}
	err = j.store.Records(ctx, id, func(n int64, text []byte) error {
		number, data = n, slices.Clone(text)
		return nil
	})
	return number, data, err //nolint:wrapcheck // as above
}

// LastRecord returns the latest record of a run.
func (f *file) LastRecord(ctx context.Context, run string) (number int64, data []byte, err error) {
	if err := f.upToDate(ctx, run); err != nil {
		return 0, nil, err
	}
	err = f.row(ctx, `SELECT seq, data FROM records WHERE run = (SELECT n FROM runs WHERE id = ?) ORDER BY seq DESC LIMIT 1`, run).Scan(&number, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, nil
	}
	return number, data, f.explain(err)
}
