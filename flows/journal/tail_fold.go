package journal

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/medlar-flow/medlar/flows/internal/wire"
)

const (
	sqlReadTail  = "SELECT n, owner, data FROM tail ORDER BY n"
	sqlClearTail = "DELETE FROM tail"
	sqlDropTail  = "DELETE FROM tail WHERE n BETWEEN 1 AND ?"
	sqlMarkTail  = "INSERT OR REPLACE INTO tail (n, owner, data) VALUES (0, ?, ?)"
)

// fold puts what is in the tail into the tables.
func (st *statements) fold(ctx context.Context) error {
	t := &st.tail
	if !t.any() {
		return nil
	}
	var changes []Change
	for _, row := range t.list {
		changes = append(changes, row.changes...)
	}
	if err := st.tables(ctx, changes); err != nil {
		return err
	}
	return st.clearTail(ctx)
}

// clearTail drops all rows of the tail, of which all is in the tables.
func (st *statements) clearTail(ctx context.Context) error {
	st.tail.folded = true
	return st.exec(ctx, sqlClearTail)
}

// piece puts a part of what is in the tail into the tables, so that who waits to write
// is not held up for long: the oldest of the runs that have ended, or of all that was
// written where that has stayed for long enough. Should the transaction fail, what is
// known of the tail is given up; see forget.
func (st *statements) piece(ctx context.Context, now time.Time) error {
	t := &st.tail
	var changes []Change
	if t.overdue(now) > 0 {
		changes = t.takeEnded()
	} else {
		changes = t.takeOldest()
	}
	t.drop()
	if len(changes) > 0 {
		if err := st.tables(ctx, changes); err != nil {
			return err
		}
	}
	if !t.any() {
		return st.clearTail(ctx)
	}
	if err := st.exec(ctx, sqlDropTail, t.first()-1); err != nil {
		return err
	}
	return st.exec(ctx, sqlMarkTail, st.owner, encodeMark(t.first()-1, t.done))
}

// first is the number of the oldest row.
func (t *tail) first() int64 { return t.last - int64(len(t.list)) + 1 }

// share is how many changes are put into the tables at once: more where there are many,
// so that more come never faster than they go.
func (t *tail) share(of int) int { return max(t.most, of/4) }

// takeEnded takes out of the tail what runs wrote that have ended, a share of them.
func (t *tail) takeEnded() (changes []Change) {
	ended := map[string]bool{}
	n, most := 0, t.share(t.ready)
	at := int(t.done - t.first() + 1)
	for at = max(at, 0); at < len(t.list) && n < most; at++ {
		for _, c := range t.list[at].changes {
			if e, ok := c.(EndRun); ok {
				n += t.runs[e.RunID].left
				ended[e.RunID] = true
			}
		}
	}
	t.ready -= n
	t.done = t.first() + int64(at) - 1
	changes = make([]Change, 0, n)
	for i := range t.list[:at] {
		row := &t.list[i]
		left := row.changes[:0]
		for _, c := range row.changes {
			if ended[runOf(c)] {
				changes = append(changes, c)
			} else {
				left = append(left, c)
			}
		}
		clear(row.changes[len(left):])
		row.changes = left
	}
	for run := range ended {
		delete(t.runs, run)
	}
	return changes
}

// takeOldest takes all out of the oldest rows, a share of what is in the tail.
func (t *tail) takeOldest() (changes []Change) {
	all := 0
	for _, row := range t.list {
		all += len(row.changes)
	}
	most := t.share(all)
	if t.size >= tailSize {
		most = all
	}
	for i := 0; i < len(t.list) && (i == 0 || len(changes) < most); i++ {
		changes = append(changes, t.list[i].changes...)
		t.list[i].changes = nil
		t.done = max(t.done, t.first()+int64(i))
	}
	for _, c := range changes {
		run := runOf(c)
		r := t.runs[run]
		if r.left--; r.left > 0 {
			t.runs[run] = r
		} else {
			delete(t.runs, run)
		}
	}
	t.ready = 0
	for i := max(int(t.done-t.first()+1), 0); i < len(t.list); i++ {
		t.ready += t.ended(t.list[i].changes)
	}
	return changes
}

// drop drops the oldest rows of which all is in the tables.
func (t *tail) drop() {
	n := 0
	for n < len(t.list) && len(t.list[n].changes) == 0 {
		t.size -= t.list[n].size
		n++
	}
	clear(t.list[:n])
	t.list = t.list[n:]
}

// readTail reads what other processes, or an earlier one, left in the tail, and puts
// it into the tables in their names.
func (st *statements) readTail(ctx context.Context) error {
	var parts []foreignTail
	var mark tailMark
	next := int64(1)
	err := st.each(ctx, sqlReadTail, 3, func(row []driver.Value) (err error) {
		n, _ := row[0].(int64)
		owner, _ := row[1].(string)
		data, _ := row[2].([]byte)
		if n == 0 && next == 1 {
			mark, err = decodeMark(data)
			next = mark.gone + 1
			return err
		}
		changes, err := decodeTail(n, data)
		if err == nil && n != next {
			err = fmt.Errorf("%w: row %d is not there", ErrTail, next)
		}
		next++
		if last := len(parts) - 1; last >= 0 && parts[last].owner == owner {
			changes = append(parts[last].changes, changes...)
			parts = parts[:last]
		}
		parts = append(parts, foreignTail{owner, changes})
		if n == mark.done {
			parts = withoutEnded(parts)
		}
		return err
	})
	if err == nil && mark.set && next <= max(mark.done, mark.gone+1) {
		err = fmt.Errorf("reading the tail of the journal: %w: row %d is not there", ErrTail, next)
	}
	if err != nil || len(parts) == 0 {
		return err
	}
	own := st.owner
	defer func() { st.owner = own }()
	for _, p := range parts {
		st.owner = p.owner
		if err := st.tables(ctx, p.changes); err != nil {
			return againstTables(err)
		}
	}
	clear(st.owned) // they were these processes' runs
	clear(st.rows)
	return st.exec(ctx, sqlClearTail)
}

// againstTables words the error of a tail that does not go with the tables, as where
// its row 0 is gone: what is there already comes again. Nobody else has written since.
func againstTables(err error) error {
	var exists *ExistsError
	var e *sqlite.Error
	if errors.As(err, &exists) || errors.Is(err, ErrNotOwner) || errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT {
		return fmt.Errorf("reading the tail of the journal: %w: it does not go with the tables: %v", ErrTail, err) //nolint:errorlint // it is not that of any run
	}
	return err
}

type foreignTail struct {
	owner   string
	changes []Change
}

// withoutEnded leaves out what runs wrote that ended: it is in the tables.
func withoutEnded(parts []foreignTail) []foreignTail {
	ended := map[string]bool{}
	for _, p := range parts {
		for _, c := range p.changes {
			if e, ok := c.(EndRun); ok {
				ended[e.RunID] = true
			}
		}
	}
	for i := range parts {
		parts[i].changes = slices.DeleteFunc(parts[i].changes, func(c Change) bool { return ended[runOf(c)] })
	}
	return parts
}

// tailMark is row 0 of the tail, which is there where a part of the tail is in the tables:
// rows up to gone are, and of the others up to done what runs wrote that ended there.
type tailMark struct {
	gone, done int64
	set        bool
}

func encodeMark(gone, done int64) []byte {
	return withSum(tailName, 0, binary.AppendVarint(binary.AppendVarint(nil, gone), done))
}

func decodeMark(data []byte) (m tailMark, err error) {
	src, err := checkSum(tailName, 0, data)
	if err == nil {
		r := wire.NewReader(src)
		m = tailMark{gone: r.Varint(), done: r.Varint(), set: true}
		err = r.Err()
	}
	if err != nil {
		return m, fmt.Errorf("%w: row 0: %w", ErrTail, err)
	}
	return m, nil
}
