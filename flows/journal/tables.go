package journal

import (
	"bytes"
	"context"
	"slices"
	"strings"
)

// tables makes changes in the tables. A run that begins and ends among them is
// inserted as it ended, many of them by one statement.
func (st *statements) tables(ctx context.Context, changes []Change) error {
	w := &st.whole
	w.find(changes)
	for left := w.runs; len(left) > 0; {
		n := mostOf(alike(changes, left), mostWhole)
		if err := st.insertRuns(ctx, changes, left[:n]); err != nil {
			return err
		}
		left = left[n:]
	}
	for i, c := range changes {
		if w.taken[i] {
			continue
		}
		if err := st.apply(ctx, c); err != nil {
			return err
		}
	}
	if err := st.flush(ctx); err != nil {
		return err
	}
	for _, r := range w.runs {
		b := changes[r.begin].(BeginRun) //nolint:forcetypeassert // it was found as one
		if err := st.labeled(ctx, b); err != nil {
			return err
		}
		if err := st.uncancel(ctx, b.ID); err != nil {
			return err
		}
	}
	return nil
}

// wholeRun is a run from its beginning to its end, by where these stand among some
// changes.
type wholeRun struct{ begin, end, last int }

// wholeRuns are those that begin and end among some changes, in the order in which they
// began. Their memory is used again.
type wholeRuns struct {
	runs  []wholeRun
	at    map[string]int // which of the runs one is, by its name
	next  []int          // the next change of the same run; 0 for none
	taken []bool         // which changes are of these runs
}

func (w *wholeRuns) find(changes []Change) {
	clear(w.at)
	w.runs = w.runs[:0]
	w.next = append(w.next[:0], make([]int, len(changes))...)
	w.taken = append(w.taken[:0], make([]bool, len(changes))...)
	for i, c := range changes {
		switch c := c.(type) {
		case BeginRun:
			w.at[c.ID] = len(w.runs)
			w.runs = append(w.runs, wholeRun{begin: i, last: i})
		case AddRecord:
			w.follow(c.RunID, i)
		case EndRun:
			if r := w.follow(c.RunID, i); r != nil {
				r.end = i
			}
		}
	}
	w.runs = slices.DeleteFunc(w.runs, func(r wholeRun) bool { return r.end == 0 })
	for _, r := range w.runs {
		w.taken[r.begin] = true
		for i := w.next[r.begin]; i != 0; i = w.next[i] {
			w.taken[i] = true
		}
	}
}

// follow notes a change behind the one before of its run, if that began among these.
func (w *wholeRuns) follow(run string, i int) *wholeRun {
	at, ok := w.at[run]
	if !ok {
		return nil
	}
	r := &w.runs[at]
	w.next[r.last], r.last = i, i
	return r
}

// alike is how many of the first runs one statement may insert: those that failed, or
// those of one program that ended in the same way.
func alike(changes []Change, runs []wholeRun) (n int) {
	first, begin := changes[runs[0].end].(EndRun), changes[runs[0].begin].(BeginRun) //nolint:forcetypeassert // they were found as these
	failed := first.Failure != Failure{}
	for n = 1; n < min(len(runs), mostWhole); n++ {
		e, b := changes[runs[n].end].(EndRun), changes[runs[n].begin].(BeginRun) //nolint:forcetypeassert // and these
		switch {
		case failed != (e.Failure != Failure{}):
			return n
		case !failed && (e.State != first.State || b.Flow != begin.Flow || !bytes.Equal(b.Digest, begin.Digest)):
			return n
		}
	}
	return n
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

// The statements that insert runs that ended. What runs have in common is bound once.
const (
	sqlWholeRun  = "INSERT OR FAIL INTO runs (id, started, ended, start, flow, state, digest) VALUES (?, ?, ?, ?, ?, ?, ?)"
	sqlFurther   = ", (?, ?, ?, ?, ?5, ?6, ?7)"
	sqlFailedRun = "INSERT OR FAIL INTO runs (id, started, ended, start, flow, state, digest, code, class, step, message) VALUES " + sqlFailed
	sqlFailed    = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

// sqlInsert is the statement that inserts so many runs.
func sqlInsert(n int, failed bool) string {
	if failed {
		return sqlFailedRun + strings.Repeat(", "+sqlFailed, n-1)
	}
	return sqlWholeRun + strings.Repeat(sqlFurther, n-1)
}

// insertRuns inserts runs that ended, which are alike, and notes their records. Their rows
// are numbered one after the other: nobody else writes, and each number is the largest
// one and one more.
func (st *statements) insertRuns(ctx context.Context, changes []Change, runs []wholeRun) error {
	args := st.values[:0]
	failed := false
	for i, r := range runs {
		b, e := changes[r.begin].(BeginRun), changes[r.end].(EndRun) //nolint:forcetypeassert // they were found as these
		failed = e.Failure != Failure{}
		args = append(args, b.ID, nanosOf(b.Started), nanosOf(e.Ended), b.Start)
		if i == 0 || failed {
			args = append(args, b.Flow, string(e.State), b.Digest)
		}
		if failed {
			args = append(args, e.Failure.Code, e.Failure.Class, e.Failure.Step, e.Failure.Message)
		}
	}
	st.values = args
	texts := &st.inserts
	if failed {
		texts = &st.failures
	}
	if texts[len(runs)] == "" {
		texts[len(runs)] = sqlInsert(len(runs), failed)
	}
	done, err := st.do(ctx, texts[len(runs)], args...)
	clear(args)
	if err != nil {
		return existing(runOf(changes[runs[0].begin]), explain(err))
	}
	last, err := done.LastInsertId()
	if err != nil {
		return err //nolint:wrapcheck // the driver has it at hand
	}
	for i, r := range runs {
		n := last - int64(len(runs)-1-i)
		for k := st.whole.next[r.begin]; k != 0; k = st.whole.next[k] {
			if c, ok := changes[k].(AddRecord); ok {
				st.pending = append(st.pending, storedRecord{n, c.Number, c.Data})
			}
		}
	}
	return nil
}
