package journal

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// storedRecord is a record with the row of its run.
type storedRecord struct {
	run    int64
	number int64
	data   []byte
}

// mostAdded is how many records one statement adds.
const mostAdded = 64

// sqlAdd is the statement that adds so many records.
func sqlAdd(n int) string {
	if n == 1 {
		return "INSERT OR FAIL INTO records (run, seq, data) VALUES (?, ?, ?)"
	}
	return sqlAdd(1) + strings.Repeat(", (?, ?, ?)", n-1)
}

// add notes a record, to be written with others.
func (st *statements) add(ctx context.Context, c AddRecord) error {
	n, err := st.ownRow(ctx, c.RunID)
	if err != nil {
		return err
	}
	st.pending = append(st.pending, storedRecord{n, c.Number, c.Data})
	return nil
}

// ownRow returns the row of a run that is this process's, which is asked once as long
// as nobody else writes.
func (st *statements) ownRow(ctx context.Context, id string) (int64, error) {
	n, err := st.row(ctx, id)
	if err != nil || st.owned[n] {
		return n, err
	}
	_, owned, err := st.number(ctx, sqlOwned, n, id, st.owner)
	if err != nil {
		return 0, err
	}
	if !owned {
		return 0, ErrNotOwner
	}
	st.owned[n] = true
	return n, nil
}

// flush writes the records that were noted, those of a run beside each other.
func (st *statements) flush(ctx context.Context) (err error) {
	order := func(a, b storedRecord) int { return cmp.Or(cmp.Compare(a.run, b.run), cmp.Compare(a.number, b.number)) }
	if !slices.IsSortedFunc(st.pending, order) {
		slices.SortFunc(st.pending, order)
	}
	for left := st.pending; err == nil && len(left) > 0; {
		n := mostOf(len(left), mostAdded)
		if st.adds[n] == "" {
			st.adds[n] = sqlAdd(n)
		}
		args := st.values[:0]
		for i, r := range left[:n] {
			if i > 0 && r.run == left[i-1].run {
				args = append(args, args[len(args)-3]) // without memory of its own
			} else {
				args = append(args, r.run)
			}
			args = append(args, r.number, r.data)
		}
		st.values = args
		err = st.exec(ctx, st.adds[n], args...)
		left = left[n:]
		clear(args) // they may be large
	}
	clear(st.pending)
	st.pending = st.pending[:0]
	return err
}
