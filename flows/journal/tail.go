package journal

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// tail is what was written of runs and is not in the tables yet: one row of the table of
// that name for each transaction. To write a row takes a few pages of the disk, and
// to put what many of them hold into tables and indexes at once takes far fewer than
// each on its own. Whoever writes anything else, or reads, does that first.
type tail struct {
	list []tailRow // of the table, the oldest first
	last int64     // the number of the newest row
	// done is the number of a row: what runs wrote that had ended by there is in the
	// tables; see piece.
	done  int64
	ready int // changes of runs that ended in rows behind done
	size  int // bytes, about
	runs  map[string]tailedRun
	most  int // changes that are put into the tables at once while others may wait

	version int64 // of the file when the writer looked at it last; see look
	// What the transaction under way does.
	added  []Change
	bytes  int // of these
	folded bool
}

// tailRow is a row of the tail.
type tailRow struct {
	changes []Change // those that are not in the tables
	size    int      // bytes, about
	since   time.Time
}

// tailedRun is what the tail has of a run, and how many changes.
type tailedRun struct {
	has  tailed
	left int
}

// tailed is what the tail has of a run.
type tailed int

const (
	continues tailed = iota + 1 // it is in the table of runs
	begins                      // it begins here
	ends                        // it ends here
)

const (
	// tailTime, tailRows and tailSize are how long, how many and how much stays in the tail.
	// mostPiece is how many changes are put into the tables at once: about as long as a
	// disk is waited for.
	tailTime = 20 * time.Millisecond
	tailRows = 64
	tailSize = 1 << 20

	mostPiece = 256
	// mostTailed is how many bytes of one transaction stand there at most.
	mostTailed = 256 << 10
)

const (
	sqlVersion = "PRAGMA data_version"
	sqlAddTail = "INSERT INTO tail (n, owner, data) VALUES (?, ?, ?)"
)

func (t *tail) any() bool { return len(t.list) > 0 }

// holds reports whether the tail has something of a run, or of any where it has no name.
func (t *tail) holds(run string) bool {
	if run == "" {
		return t.any()
	}
	return t.runs[run].left > 0
}

// due returns how long what is in the tail may stay there; 0 or less for no longer.
func (t *tail) due(now time.Time) time.Duration {
	if !t.any() || t.ready >= t.most {
		return 0
	}
	return t.overdue(now)
}

// overdue is due of what also runs that have not ended wrote.
func (t *tail) overdue(now time.Time) time.Duration {
	if len(t.list) >= tailRows || t.size >= tailSize {
		return 0
	}
	return tailTime - now.Sub(t.list[0].since)
}

// committed notes what the transaction did.
func (t *tail) committed() {
	if t.folded {
		t.empty()
	}
	if len(t.added) > 0 {
		t.list = append(t.list, tailRow{changes: slices.Clone(t.added), size: t.bytes, since: time.Now()})
		t.last++
		t.size += t.bytes
		for _, c := range t.added {
			run := runOf(c)
			r := t.runs[run]
			r.left++
			t.runs[run] = r
		}
		t.ready += t.ended(t.added)
	}
	t.added, t.folded = nil, false
}

// ended is how many changes the tail has of the runs that end among some.
func (t *tail) ended(changes []Change) (n int) {
	for _, c := range changes {
		if e, ok := c.(EndRun); ok {
			n += t.runs[e.RunID].left
		}
	}
	return n
}

func (t *tail) empty() {
	clear(t.list)
	t.list, t.last, t.done, t.ready, t.size = t.list[:0], 0, 0, 0, 0
	clear(t.runs)
}

// runOf is the run of a change that may stand in the tail.
func runOf(c Change) string {
	switch c := c.(type) {
	case BeginRun:
		return c.ID
	case AddRecord:
		return c.RunID
	case EndRun:
		return c.RunID
	}
	return ""
}

// look finds out whether other processes have written since, which this one's
// memory of the file does not know. What is in the tail then is put into the tables.
func (st *statements) look(ctx context.Context) error {
	version, _, err := st.number(ctx, sqlVersion)
	if err != nil || version == st.tail.version {
		return err
	}
	st.forget()
	if err := st.readTail(ctx); err != nil {
		return err
	}
	st.tail.version = version
	return nil
}

// forget gives up what is known of the file: it is asked again.
func (st *statements) forget() {
	clear(st.rows)
	clear(st.owned)
	clear(st.programs)
	st.tail.empty()
	st.tail.added, st.tail.folded, st.tail.version = nil, false, -1
}

// make makes changes: in the tail where all of them may stand there, else in the tables.
func (st *statements) make(ctx context.Context, changes []Change) error {
	may, err := st.mayTail(ctx, changes)
	if err != nil {
		return err
	}
	if may {
		return st.addTail(ctx, changes)
	}
	if err := st.fold(ctx); err != nil {
		return err
	}
	for _, c := range changes {
		if err := st.apply(ctx, c); err != nil {
			return err
		}
	}
	if err := st.flush(ctx); err != nil {
		return err
	}
	for _, c := range changes {
		if b, ok := c.(BeginRun); ok {
			st.programs[string(b.Digest)] = true
		}
	}
	return nil
}

// mayTail reports whether changes may stand in the tail: what every run does, where
// nobody else can have to do with it.
func (st *statements) mayTail(ctx context.Context, changes []Change) (bool, error) {
	if !st.fitTail(changes) {
		return false, nil
	}
	for _, c := range changes {
		switch c := c.(type) {
		case BeginRun:
			if err := st.unknown(ctx, &c); err != nil {
				return false, err
			}
			st.tail.runs[c.ID] = tailedRun{has: begins}
		case AddRecord:
			if err := st.tailOwned(ctx, c.RunID); err != nil {
				return false, err
			}
		case EndRun:
			if err := st.tailOwned(ctx, c.RunID); err != nil {
				return false, err
			}
			r := st.tail.runs[c.RunID]
			r.has = ends
			st.tail.runs[c.RunID] = r
		}
	}
	return true, nil
}

// fitTail reports whether changes are of the kinds that may stand in the tail, and not
// so large that it is better to write them once.
func (st *statements) fitTail(changes []Change) bool {
	size := 0
	for _, c := range changes {
		switch c := c.(type) {
		case BeginRun:
			if !st.programs[string(c.Digest)] {
				return false
			}
			size += len(c.Start)
		case AddRecord:
			size += len(c.Data)
		case EndRun:
		default:
			return false
		}
	}
	return size <= mostTailed
}

// unknown refuses a run of whose name there is one.
func (st *statements) unknown(ctx context.Context, c *BeginRun) (err error) {
	_, there := st.tail.runs[c.ID]
	if !there && !c.made {
		_, there, err = st.number(ctx, sqlFindRun, c.ID)
	}
	if err == nil && there {
		err = &ExistsError{RunID: c.ID}
	}
	return err
}

// tailOwned makes sure that a run is this process's.
func (st *statements) tailOwned(ctx context.Context, id string) error {
	switch st.tail.runs[id].has {
	case begins, continues:
		return nil
	case ends:
		return ErrNotOwner
	}
	if _, err := st.ownRow(ctx, id); err != nil {
		return err
	}
	st.tail.runs[id] = tailedRun{has: continues}
	return nil
}

func (st *statements) addTail(ctx context.Context, changes []Change) error {
	data, err := st.encodeTail(changes)
	if err != nil {
		return err
	}
	st.tail.added, st.tail.bytes = changes, len(data)
	return st.exec(ctx, sqlAddTail, st.tail.last+1, st.owner, data)
}

// each calls f with the rows of a question.
func (st *statements) each(ctx context.Context, text string, columns int, f func(row []driver.Value) error) error {
	stmt, err := st.statement(ctx, text)
	if err != nil {
		return explain(err)
	}
	rows, err := stmt.QueryContext(ctx, nil)
	if err != nil {
		return explain(err)
	}
	defer rows.Close() //nolint:errcheck // it was only read
	row := make([]driver.Value, columns)
	for {
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return explain(err)
		}
		if err := f(row); err != nil {
			return fmt.Errorf("reading the tail of the journal: %w", err)
		}
	}
}
