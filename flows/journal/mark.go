package journal

import (
	"context"
	"fmt"
)

// Mark returns a text that changes whenever what Show tells of a run does, without
// reading what the run did: whoever shows a run to people asks for it again and
// again. The error is an *UnknownRunError where there is none of that name.
//
// A store that has a method Latest(ctx, run), which returns the number of the latest
// record of a run, is asked for that; of another one all records are read.
func (j *Journal) Mark(ctx context.Context, id string) (string, error) {
	row, err := j.find(ctx, id)
	if err != nil {
		return "", err
	}
	state, err := j.standing(ctx, row.Run, map[string]bool{})
	if err != nil {
		return "", fmt.Errorf("reading run %s: %w", id, err)
	}
	last, err := j.latest(ctx, id)
	if err != nil {
		return "", fmt.Errorf("reading run %s: %w", id, err)
	}
	canceled, err := j.isCanceled(ctx, id)
	if err != nil {
		return "", fmt.Errorf("reading run %s: %w", id, err)
	}
	return markOf(state, last, canceled, row.Next), nil
}

func markOf(state State, last int64, canceled bool, next string) string {
	return fmt.Sprintf("%s.%d.%t.%s", state, last, canceled, next)
}

// latest returns the number of the latest record of a run; 0 for none.
func (j *Journal) latest(ctx context.Context, id string) (last int64, err error) {
	if s, ok := j.store.(interface {
		Latest(ctx context.Context, run string) (int64, error)
	}); ok {
		return s.Latest(ctx, id) //nolint:wrapcheck // the caller says what was done
	}
	err = j.store.Records(ctx, id, func(number int64, _ []byte) error {
		last = number
		return nil
	})
	return last, err //nolint:wrapcheck // as above
}

// Latest returns the number of the latest record of a run.
func (f *file) Latest(ctx context.Context, run string) (last int64, err error) {
	if err := f.upToDate(ctx, run); err != nil {
		return 0, err
	}
	err = f.row(ctx, `SELECT coalesce(max(seq), 0) FROM records WHERE run = (SELECT n FROM runs WHERE id = ?)`, run).Scan(&last)
	return last, f.explain(err)
}
