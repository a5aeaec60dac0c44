package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// Repaired is what [Repair] found in a journal whose latest transactions cannot all be
// read.
type Repaired struct {
	// Damage says what cannot be read, each of it in a line; empty where all can.
	Damage []string
	// Unsure are the runs that have not ended, as far as is known, and may have lost the
	// last of their records: Resume refuses them with a *LossError.
	Unsure []string
	// Gaps are the runs that have ended, and of whose records some are missing.
	Gaps []string
	// Lost are the runs whose beginning is lost, and nothing of them is kept.
	Lost []string
	// Unnamed is how many runs more were seen of which nothing is left, their names
	// neither. Those that ended are among them if that was in the minute before the last
	// did: earlier ones may have been deleted.
	Unnamed int

	ended [][runHash]byte // of these, by the hashes of their names
}

// Repair goes on without what cannot be read of the latest transactions of a journal:
// what of them can be read is kept, as far as it follows from what is there. A run that
// has not ended, and that was or may have been in what is damaged, is not resumed until
// somebody accepts its loss (see [WithAcceptedLoss]). All others are as they were: those
// that ended, that nobody was running, that another process ran, and that went on behind
// the damage without a gap.
//
// Without acceptLoss nothing is changed: Repaired is what would become of it. No other
// process may have the journal open. A copy from before the damage has the runs that are
// lost here, and not what was done since.
func Repair(ctx context.Context, path string, acceptLoss bool) (found *Repaired, err error) {
	real, err := resolved(path)
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	if there, err := isFile(real); err != nil || !there {
		if err == nil {
			err = fs.ErrNotExist
		}
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	f, err := openFile(ctx, real, true)
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	leave, alone, err := f.member.shut(real)
	defer func() { _ = f.Close(); leave() }() // all is on disk
	switch {
	case err != nil:
		return nil, fmt.Errorf("journal %s: %w", path, err)
	case !f.alone || !alone:
		return nil, fmt.Errorf("journal %s: another process uses it, end that first", path)
	}
	if err = f.caughtUp(ctx); err == nil {
		return &Repaired{}, nil
	}
	if errors.Is(err, ErrTail) {
		found, err = f.repair(ctx, acceptLoss)
	}
	if err != nil {
		return nil, fmt.Errorf("repairing journal %s: %w", path, err)
	}
	return found, nil
}

// repair puts what can be read of the tail into the tables, and drops the rest.
func (f *file) repair(ctx context.Context, acceptLoss bool) (found *Repaired, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	st := f.st
	if err := st.start(ctx, writeWait); err != nil {
		return nil, err
	}
	defer st.forget()
	s, err := f.salvage(ctx)
	if err == nil {
		found, err = f.found(ctx, s)
	}
	if err == nil && acceptLoss {
		err = f.putBack(ctx, s, found)
	}
	if err != nil || !acceptLoss {
		return found, errors.Join(err, st.exec(context.WithoutCancel(ctx), sqlRollback))
	}
	if err := st.exec(ctx, sqlCommit); err != nil {
		return nil, errors.Join(err, st.exec(context.WithoutCancel(ctx), sqlRollback))
	}
	return found, f.log.sync()
}

// putBack writes what is kept, after it is on disk which runs are in doubt.
func (f *file) putBack(ctx context.Context, s *salvage, found *Repaired) error {
	doubt := found.ended
	for _, id := range slices.Concat(found.Unsure, found.Lost) {
		doubt = append(doubt, hashOf(id))
	}
	if err := f.witness.doubt(doubt); err != nil {
		return err
	}
	st := f.st
	own := st.owner
	defer func() { st.owner = own }()
	for _, part := range s.kept {
		st.owner = part.owner
		if err := st.tables(ctx, part.changes); err != nil {
			return err
		}
	}
	return st.exec(ctx, sqlClearTail)
}

// found says what becomes of the runs.
func (f *file) found(ctx context.Context, s *salvage) (*Repaired, error) {
	r := &Repaired{Damage: s.damage}
	for id, run := range s.runs {
		switch {
		case run.lost:
			r.Lost = append(r.Lost, id)
		case run.running && (run.gap || s.doubts(run)):
			r.Unsure = append(r.Unsure, id)
		case run.gap:
			r.Gaps = append(r.Gaps, id)
		}
	}
	for _, list := range [][]string{r.Unsure, r.Gaps, r.Lost} {
		slices.Sort(list)
	}
	if len(r.Damage) == 0 {
		r.Damage = []string{"the rows do not go with the tables; all of them can be read"}
	}
	there := make([]Run, 0, len(s.runs))
	for id := range s.runs {
		there = append(there, Run{ID: id})
	}
	ids, err := f.ids(ctx, "SELECT id FROM runs")
	for _, id := range ids {
		there = append(there, Run{ID: id})
	}
	if len(s.damage) > 0 {
		r.ended = f.witness.endedLately(there)
	}
	r.Unnamed = f.witness.missing(there) + len(r.ended)
	return r, err
}
