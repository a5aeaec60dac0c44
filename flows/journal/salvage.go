package journal

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
)

// salvage is what can be read of a damaged tail, held against the tables. What a row has
// of a run is kept where it follows what is there: the records of a run are numbered,
// and those that are in the tables already are left out, whatever row 0 says.
//
// All rows are of one process: another one puts what is there into the tables before it
// writes (see look), and so does who takes a run or gives one up. So a run that nobody
// owns, or another process, is not in the tail.
type salvage struct {
	rows   []salvagedRow // that can be read
	damage []string
	behind int64 // what stands in rows behind this one is whole
	owners map[string]bool
	mixed  bool // the owners of rows and runs do not go together
	ends   map[string]bool
	runs   map[string]*salvagedRun
	kept   []foreignTail
}

type salvagedRow struct {
	n       int64
	owner   string
	changes []Change
}

// salvagedRun is a run of the tail, or one in the tables that has not ended.
type salvagedRun struct {
	owner   string
	running bool
	last    int64 // number of its latest record
	gap     bool  // records are missing behind some
	whole   bool  // it began, or went on without a gap, behind all that is damaged
	lost    bool  // its beginning is
}

const sqlGoing = "SELECT id, owner, COALESCE((SELECT max(seq) FROM records WHERE run = r.n), 0) FROM runs r WHERE state = 'running' AND " + sqlNotDone

func (f *file) salvage(ctx context.Context) (*salvage, error) {
	s := &salvage{owners: map[string]bool{}, ends: map[string]bool{}, runs: map[string]*salvagedRun{}}
	if err := s.read(ctx, f.st); err != nil {
		return nil, err
	}
	err := f.st.each(ctx, sqlGoing, 3, func(row []driver.Value) error {
		id, _ := row[0].(string)
		owner, _ := row[1].(string)
		last, _ := row[2].(int64)
		s.runs[id] = &salvagedRun{owner: owner, running: true, last: last}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, row := range s.rows {
		for _, c := range row.changes {
			if err := s.know(ctx, f.st, runOf(c)); err != nil {
				return nil, err
			}
			s.take(row, c)
		}
	}
	return s, nil
}

// read reads the rows, and finds out which are damaged or not there.
func (s *salvage) read(ctx context.Context, st *statements) error {
	next, mark := int64(1), tailMark{}
	err := st.each(ctx, sqlReadTail, 3, func(values []driver.Value) error {
		n, _ := values[0].(int64)
		owner, _ := values[1].(string)
		data, _ := values[2].([]byte)
		s.owners[owner] = true
		if n == 0 {
			var err error
			if mark, err = decodeMark(data); err != nil {
				s.damage, next = append(s.damage, "row 0, which says how much is in the tables"), 0
			} else {
				next = mark.gone + 1
			}
			return nil
		}
		if next == 0 { // where the rows begin is not known
			next, s.behind = n, n-1
		}
		if n > next {
			s.missing(next, n-1)
		}
		next = n + 1
		changes, err := decodeTail(n, data)
		if err != nil {
			s.damage, s.behind = append(s.damage, fmt.Sprintf("row %d", n)), n
			return nil
		}
		s.rows = append(s.rows, salvagedRow{n, owner, changes})
		for _, c := range changes {
			if e, ok := c.(EndRun); ok {
				s.ends[e.RunID] = true
			}
		}
		return nil
	})
	if most := max(mark.done, mark.gone+1); mark.set && next <= most {
		s.missing(next, most)
	}
	return err
}

func (s *salvage) missing(from, to int64) {
	text := fmt.Sprintf("row %d is not there", from)
	if to > from {
		text = fmt.Sprintf("rows %d to %d are not there", from, to)
	}
	s.damage, s.behind = append(s.damage, text), to
}

// know finds a run of the tail in the tables, unless it goes on there.
func (s *salvage) know(ctx context.Context, st *statements, id string) error {
	if s.runs[id] != nil {
		return nil
	}
	_, there, err := st.number(ctx, sqlFindRun, id)
	s.runs[id] = &salvagedRun{lost: !there}
	return err
}

// take keeps a change that follows what is there of its run.
func (s *salvage) take(row salvagedRow, c Change) {
	run := s.runs[runOf(c)]
	begin, begins := c.(BeginRun)
	switch {
	case begins && run.lost:
		*run = salvagedRun{owner: row.owner, running: true, whole: row.n > s.behind}
		s.keep(row.owner, begin)
		return
	case begins || !run.running: // it is there, has ended, or its beginning is lost
		return
	}
	s.mixed = s.mixed || run.owner != row.owner
	switch c := c.(type) {
	case AddRecord:
		run.gap = run.gap || c.Number > run.last+1
		if run.gap && !s.ends[c.RunID] {
			return // nothing can be made of what is behind a gap
		}
		run.whole = run.whole || !run.gap && row.n > s.behind
		if c.Number > run.last {
			run.last = c.Number
			s.keep(run.owner, c)
		}
	case EndRun:
		run.running = false
		s.keep(run.owner, c)
	}
}

func (s *salvage) keep(owner string, c Change) {
	at := slices.IndexFunc(s.kept, func(t foreignTail) bool { return t.owner == owner })
	if at < 0 {
		at = len(s.kept)
		s.kept = append(s.kept, foreignTail{owner: owner})
	}
	s.kept[at].changes = append(s.kept[at].changes, c)
}

// doubts reports whether a run that has not ended may stand in what is damaged.
func (s *salvage) doubts(run *salvagedRun) bool {
	switch {
	case len(s.damage) == 0 || run.whole:
		return false
	case s.mixed:
		return true
	case run.owner == "":
		return false
	}
	// Where the rows do not name one owner, nobody knows whose the damaged ones were.
	return len(s.owners) > 1 || len(s.rows) == 0 || s.owners[run.owner]
}
