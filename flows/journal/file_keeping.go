package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"time"
)

// Prune deletes runs that ended before a time.
func (f *file) Prune(ctx context.Context, before time.Time) (int64, error) {
	return deleteAll(ctx, f, func() ([]string, error) { return f.Ended(ctx, before, "", "", deleteAtOnce) })
}

// Ended lists runs that ended before a time.
func (f *file) Ended(ctx context.Context, before time.Time, flow string, state State, most int) ([]string, error) {
	if err := f.upToDate(ctx, ""); err != nil {
		return nil, err
	}
	return f.ids(ctx, `SELECT id FROM runs INDEXED BY runs_by_end
		WHERE ended > 0 AND ended < ?1 AND state <> 'running' AND (?2 = '' OR flow = ?2) AND (?3 = '' OR state = ?3)`+
		notHeld("?5")+` ORDER BY ended LIMIT ?4`,
		before.UnixNano(), flow, string(state), most, time.Now().UnixNano())
}

// Held counts those runs that Ended leaves out since they are kept for a time at least.
func (f *file) Held(ctx context.Context, before time.Time, flow string, state State) (map[string]int64, error) {
	if err := f.upToDate(ctx, ""); err != nil {
		return nil, err
	}
	held := map[string]int64{}
	err := f.each(ctx, func(rows *sql.Rows) error {
		var of string
		var n int64
		err := rows.Scan(&of, &n)
		held[of] = n
		return err //nolint:wrapcheck // each explains it
	}, `SELECT flow, count(*) FROM runs INDEXED BY runs_by_end
		WHERE ended > 0 AND ended < ?1 AND state <> 'running' AND (?2 = '' OR flow = ?2) AND (?3 = '' OR state = ?3)
		AND NOT (1`+notHeld("?4")+`) GROUP BY flow`, before.UnixNano(), flow, string(state), time.Now().UnixNano())
	return held, err
}

// Overdue lists runs that are kept no longer. An age that reaches back beyond
// 1970 is none.
func (f *file) Overdue(ctx context.Context, now time.Time, most int) ([]string, error) {
	var least sql.NullInt64
	if err := f.row(ctx, `SELECT min(age) FROM keeping`).Scan(&least); err != nil {
		return nil, f.explain(err)
	}
	if !least.Valid {
		return nil, nil
	}
	if err := f.upToDate(ctx, ""); err != nil {
		return nil, err
	}
	return f.ids(ctx, `SELECT id FROM runs INDEXED BY runs_by_end WHERE ended > 0 AND ended < ?1 - ?2 AND state <> 'running'
		AND ended < ?1 - (SELECT age FROM keeping k WHERE k.flow IN (runs.flow, '') AND k.state IN (runs.state, '')
			ORDER BY k.flow = '', k.state = '' LIMIT 1)`+notHeld("?1")+`
		ORDER BY ended LIMIT ?3`, now.UnixNano(), least.Int64, most)
}

// notHeld leaves out runs that are to be kept for a time at least. The row that says so
// has a state that no run has, so that it is none of those that say when to delete.
func notHeld(now string) string {
	return ` AND ended < ` + now + ` - coalesce((SELECT age FROM keeping k WHERE k.flow = runs.flow AND k.state = '` + leastRow + `'), 0)`
}

const leastRow = "at least"

func (f *file) ids(ctx context.Context, query string, args ...any) (ids []string, err error) {
	err = f.each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err //nolint:wrapcheck // each explains it
	}, query, args...)
	return ids, err
}

// Keepings lists how long runs are kept.
func (f *file) Keepings(ctx context.Context) (list []Keeping, err error) {
	err = f.each(ctx, func(rows *sql.Rows) error {
		var k Keeping
		err := rows.Scan(&k.Flow, &k.State, &k.For)
		if k.State == leastRow {
			k.State, k.Least = "", true
		}
		list = append(list, k)
		return err //nolint:wrapcheck // each explains it
	}, `SELECT flow, state, age FROM keeping ORDER BY flow, state`)
	return list, err
}

// Stats measures the file and its log, and counts runs by an index.
func (f *file) Stats(ctx context.Context) (*Stats, error) {
	if err := f.upToDate(ctx, ""); err != nil {
		return nil, err
	}
	s := &Stats{Runs: map[State]int64{}}
	for _, name := range []string{f.path, f.path + "-wal"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%w", err)
		}
		s.Size += info.Size()
	}
	var oldest int64
	err := f.row(ctx, `SELECT (SELECT * FROM pragma_freelist_count) * (SELECT * FROM pragma_page_size),
		(SELECT count(*) FROM programs), (SELECT coalesce(min(started), 0) FROM runs)`).Scan(&s.Free, &s.Programs, &oldest)
	if err != nil {
		return nil, f.explain(err)
	}
	s.Oldest = timeOf(oldest)
	living, err := f.living(ctx)
	if err != nil {
		return nil, err
	}
	s.Processes = int64(len(living))
	if err := f.countRuns(ctx, s, living); err != nil {
		return nil, err
	}
	s.Keepings, err = f.Keepings(ctx)
	return s, err
}

func (f *file) countRuns(ctx context.Context, s *Stats, living []string) error {
	count := func(rows *sql.Rows) error {
		var state State
		var owner string
		var waits bool
		var n int64
		err := rows.Scan(&state, &owner, &waits, &n)
		switch {
		case state == Running && !slices.Contains(living, owner):
			state = Interrupted
		case state == Running && waits:
			state = Waiting
		}
		s.Runs[state] += n
		return err //nolint:wrapcheck // each explains it
	}
	for _, text := range []string{sqlCountDone, sqlCountEnded, sqlCountOpen} {
		if err := f.each(ctx, count, text); err != nil {
			return err
		}
	}
	return nil
}

// How many runs there are: those that are done are all that no index by state has.
const (
	sqlCountDone = `SELECT 'done', '', FALSE, n FROM (SELECT (SELECT count(*) FROM runs) -
		(SELECT count(*) FROM runs INDEXED BY runs_by_state WHERE ` + sqlNotDone + `) AS n) WHERE n > 0`
	sqlCountEnded = `SELECT state, '', FALSE, count(*) FROM runs INDEXED BY runs_by_state
		WHERE state <> 'running' AND ` + sqlNotDone + ` GROUP BY state`
	sqlCountOpen = `SELECT state, owner, waits, count(*) FROM runs INDEXED BY runs_by_state
		WHERE state = 'running' AND ` + sqlNotDone + ` GROUP BY owner, waits`
)

// row returns what the file has in place of the state.
func (k Keeping) row() string {
	if k.Least {
		return leastRow
	}
	return string(k.State)
}

// age returns how long runs are kept as the file has it.
func (k Keeping) age() int64 { return min(int64(k.For), math.MaxInt64/2) }
