package journal

import (
	"context"
	"slices"
	"strings"
)

// tables makes changes in the tables. A run that begins and ends among them is
// inserted as it ended, many of them by one statement.
func (st *statements) tables(ctx context.Context, changes []Change) error {
	whole, err := st.insertWhole(ctx, changes)
	if err != nil {
		return err
	}
	for _, c := range changes {
		switch c := c.(type) {
		case BeginRun:
			if whole[c.ID] {
				continue
			}
		case EndRun:
			if whole[c.RunID] {
				continue
			}
		}
		if err := st.apply(ctx, c); err != nil {
			return err
		}
	}
	if err := st.flush(ctx); err != nil {
		return err
	}
	for id := range whole {
		delete(st.owned, st.rows[id])
		delete(st.rows, id)
		if err := st.uncancel(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// wholeRun is a run from its beginning to its end.
type wholeRun struct {
	begin BeginRun
	end   EndRun
}

// insertWhole inserts the runs that begin and end among changes, in the order in which
// they began, and returns which these are.
func (st *statements) insertWhole(ctx context.Context, changes []Change) (whole map[string]bool, err error) {
	begun := make(map[string]int, len(changes)/4) // where they begin
	var runs []wholeRun
	for _, c := range changes {
		if b, ok := c.(BeginRun); ok {
			begun[b.ID] = len(runs)
			runs = append(runs, wholeRun{begin: b})
		}
	}
	whole = make(map[string]bool, len(runs))
	for _, c := range changes {
		if e, ok := c.(EndRun); ok {
			if at, ok := begun[e.RunID]; ok {
				runs[at].end, whole[e.RunID] = e, true
			}
		}
	}
	runs = slices.DeleteFunc(runs, func(r wholeRun) bool { return !whole[r.begin.ID] })
	for left := runs; err == nil && len(left) > 0; {
		n := mostOf(len(left), mostWhole)
		err = st.insertRuns(ctx, left[:n])
		left = left[n:]
	}
	for i := range runs {
		if err == nil {
			err = st.labeled(ctx, runs[i].begin)
		}
	}
	return whole, err
}

// mostWhole is how many runs one statement inserts.
const mostWhole = 16

// mostOf is the largest power of two that is neither more than n nor than most: so
// there are few statements to prepare.
func mostOf(n, most int) int {
	k := 1
	for 2*k <= min(n, most) {
		k *= 2
	}
	return k
}

const (
	sqlWholeRun = "INSERT OR FAIL INTO runs (id, flow, state, started, ended, digest, start, owner, code, class, step, message) VALUES "
	valuesOfRun = "(?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?)"
)

// insertRuns inserts runs that ended. Their rows are numbered one after the other:
// nobody else writes, and each number is the largest one and one more.
func (st *statements) insertRuns(ctx context.Context, runs []wholeRun) error {
	text := st.inserts[len(runs)]
	if text == "" {
		text = sqlWholeRun + valuesOfRun + strings.Repeat(", "+valuesOfRun, len(runs)-1)
		st.inserts[len(runs)] = text
	}
	args := st.values[:0]
	for i := range runs {
		b, e := &runs[i].begin, &runs[i].end
		args = append(args, b.ID, b.Flow, string(e.State), nanosOf(b.Started), nanosOf(e.Ended), b.Digest, b.Start,
			e.Failure.Code, e.Failure.Class, e.Failure.Step, e.Failure.Message)
	}
	st.values = args
	done, err := st.do(ctx, text, args...)
	clear(args)
	if err != nil {
		return existing(runs[0].begin.ID, explain(err))
	}
	last, err := done.LastInsertId()
	if err != nil {
		return err //nolint:wrapcheck // the driver has it at hand
	}
	for i := range runs {
		n := last - int64(len(runs)-1-i)
		st.rows[runs[i].begin.ID], st.owned[n] = n, true
	}
	return nil
}
