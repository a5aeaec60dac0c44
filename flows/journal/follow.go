package journal

import (
	"bytes"
	"context"
	"fmt"
	"slices"
)

// Follower reads a run again and again, as whoever watches it does. Each time it reads
// only the records that came since, and tells what Show would.
//
// It is not for several goroutines at the same time.
type Follower struct {
	journal *Journal
	id      string
	trim    func(*Step)
	whole   bool // it reads once, and keeps what ReadBack needs
	read    *followed
	mark    string
}

// followed is a run as far as it was read.
type followed struct {
	digest, begin []byte // tell the run from another one of its name
	start         *start
	telling       *telling
	last          int64  // number of the latest record
	sum           string // of that record
	there         []span // the records that there are
	folds         []fold // those among them that stand for others
	folded        []span // the records that these stand for
}

// fold is a record that stands for others.
type fold struct {
	number int64
	spans  []span
}

// Follow returns what reads a run that is watched. trim is called with each step that
// was read, and may shorten what is not needed of it, which is not kept then; nil for
// nothing. It may be called again for a step that goes on.
func (j *Journal) Follow(id string, trim func(step *Step)) *Follower {
	return &Follower{journal: j, id: id, trim: trim}
}

// Read returns what the journal knows of the run by now, and the first one of its steps
// that is another than at the last call: those before it are what they were. The steps
// are the Follower's: they are good until the next call. The parameters of steps cannot
// be read back into them.
//
// The errors are those of Show; after one the next call reads all of the run.
func (f *Follower) Read(ctx context.Context) (d *Details, from int, err error) {
	j := f.journal
	row, err := j.find(ctx, f.id)
	if err != nil {
		f.read = nil
		return nil, 0, err
	}
	d = &Details{Run: row.Run}
	if d.State, err = j.standing(ctx, row.Run, map[string]bool{}); err != nil {
		return nil, 0, fmt.Errorf("reading run %s: %w", f.id, err)
	}
	state := d.State
	d.CancelRequested, _ = j.isCanceled(ctx, f.id)
	records, err := f.catchUp(ctx, row)
	if err != nil {
		f.read = nil
		return d, 0, &DamagedError{RunID: f.id, Err: err}
	}
	if f.read.telling.ended && row.State == Running {
		if err := j.settled(); err != nil { // it has ended since
			return d, 0, fmt.Errorf("reading run %s: %w", f.id, err)
		}
	}
	f.mark = markOf(state, f.read.last, d.CancelRequested, d.Next)
	return d, f.read.tell(d, records), nil
}

// Mark is what Mark of the journal says of the run as it was read: where it is what it
// was before, so is what Read told. It is empty before the first Read.
func (f *Follower) Mark() string { return f.mark }

// Size is how many steps are kept until the next Read.
func (f *Follower) Size() int {
	if f.read == nil {
		return 0
	}
	return len(f.read.telling.steps)
}

// Forget drops what was read: the next Read reads all of the run.
func (f *Follower) Forget() { f.read = nil }

// tell puts what was read into the details of a run, and returns the first step that is
// another than before.
func (r *followed) tell(d *Details, records []*record) (from int) {
	s, t := r.start, r.telling
	d.Origin, d.File, d.Local, d.files = s.origin, s.file, s.local, s.files
	d.start, d.records, d.places = s, records, t.places
	d.Inputs, d.Steps = s.shown, t.steps
	if t.ended {
		d.State, d.Output, d.Err = t.state, t.output, t.err
	}
	from, t.from = min(t.from, len(t.steps)), len(t.steps)
	return from
}

// catchUp reads the records that came since the last call; all of them where there was
// none, or where the run is another one than it was. It returns them where they are to
// be kept.
func (f *Follower) catchUp(ctx context.Context, row *StoredRun) ([]*record, error) {
	if r := f.read; r != nil && bytes.Equal(r.digest, row.Digest) && bytes.Equal(r.begin, row.Start) {
		if goesOn, err := f.more(ctx, r); goesOn || err != nil {
			return nil, err
		}
	}
	s, err := f.journal.start(ctx, row)
	if err != nil {
		return nil, err
	}
	r := &followed{digest: row.Digest, begin: row.Start, start: s, telling: newTelling(f.journal, f.id, s.gen.Last(), f.trim)}
	if f.whole {
		r.telling.places = map[int64]int{}
	}
	f.read = r
	read, err := f.journal.recordsFrom(ctx, f.id, 0)
	if err == nil {
		_, err = r.add(ctx, read)
	}
	if !f.whole {
		return nil, err
	}
	return read.list, err
}

// more reads what came since. It gives false where what was read is not there any more
// for another reason than that a record stands for it.
func (f *Follower) more(ctx context.Context, r *followed) (goesOn bool, err error) {
	read, err := f.journal.recordsFrom(ctx, f.id, r.last)
	if err != nil {
		return false, err
	}
	before, stays := r.last, len(read.list) > 0 && read.list[0].seq == r.last
	if stays {
		if read.first != r.sum {
			return false, nil
		}
		read.list = read.list[1:]
	}
	goesOn, err = r.add(ctx, read)
	return goesOn && (stays || before == 0 || !holds(r.there, before)), err
}

// add takes in records that come behind those that were read. It gives false where they
// stand for a part of a step: then all has to be read anew.
func (r *followed) add(ctx context.Context, read someRecords) (goesOn bool, err error) {
	if len(read.list) == 0 {
		return true, nil
	}
	var gone []span
	for _, rec := range read.list {
		gone = append(gone, rec.spans...)
	}
	if gone = merged(gone); len(gone) > 0 {
		r.there = lacking(r.there, gone)
		r.folds = slices.DeleteFunc(r.folds, func(f fold) bool { return holds(gone, f.number) })
		if !r.telling.drop(gone) {
			return false, nil
		}
	}
	for _, rec := range read.list {
		r.there = with(r.there, rec.seq)
		if len(rec.spans) > 0 {
			r.folds = append(r.folds, fold{rec.seq, rec.spans})
		}
	}
	if len(gone) > 0 {
		r.folded = nil
		for _, f := range r.folds {
			r.folded = append(r.folded, f.spans...)
		}
		r.folded = merged(r.folded)
	}
	if err := checkFolded(r.there, r.folded); err != nil {
		return false, err
	}
	for _, rec := range read.list {
		r.telling.add(ctx, rec)
	}
	r.last, r.sum = read.list[len(read.list)-1].seq, read.last
	return true, nil
}
