package journal

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// keptRecords are the records that are kept, those of each scope in the order in which the
// new program comes to them.
func (p *planning) keptRecords() []*record {
	var list []*record
	scopes := map[string][]*record{}
	for _, rec := range p.records {
		if rec.taken && rec.kind != kindEnd {
			list = append(list, rec)
			scopes[rec.scope] = append(scopes[rec.scope], rec)
		}
	}
	for _, of := range scopes {
		slices.SortStableFunc(of, func(a, b *record) int { return cmp.Compare(a.nth, b.nth) })
	}
	for i, rec := range list {
		list[i] = scopes[rec.scope][0]
		scopes[rec.scope] = scopes[rec.scope][1:]
	}
	return list
}

// generations returns those that made the records of copies.
func (p *planning) generations() []int64 {
	var list []int64
	for _, rec := range slices.Concat(p.keptRecords(), p.cut.given) {
		list = append(list, p.generationOf(rec))
	}
	return list
}

// copies are the records that are kept, as the new run has them.
func (p *planning) copies(id string) ([]*record, error) {
	var list []*record
	now := time.Now().UnixNano()
	for _, rec := range p.keptRecords() {
		c := *rec
		c.whole, c.spans, c.trace, c.stood = nil, nil, nil, nil
		c.scope = cmp.Or(p.cut.moved[rec.scope], rec.scope)
		if rec.kind == kindFold && rec.operation != "" {
			c.operation = p.cut.forks[rec.operation]
		}
		if rec.kind == kindDeadline {
			c.until = now + rec.until - rec.at // it begins now
		}
		if err := p.seal(&c, rec, id); err != nil {
			return nil, err
		}
		list = append(list, &c)
	}
	for _, rec := range p.cut.given {
		if rec.sealed {
			rec.body = p.journal.keys.seal(rec.body, aboutRecord(id, rec.scope, rec.path))
		}
		list = append(list, rec)
	}
	return list, nil
}

// seal encrypts what a record holds for its new place.
func (p *planning) seal(c, rec *record, id string) error {
	if rec.settled {
		return nil
	}
	path, stored := rec.path, rec.stored()
	was := stored.path
	if rec.kind == kindFold {
		path, was = foldPath(rec), foldPath(stored)
	}
	if rec.sealed {
		text, err := p.journal.keys.open(rec.body, aboutRecord(p.row.ID, stored.scope, was))
		if err != nil {
			return &LockedError{RunID: p.row.ID, Err: err}
		}
		c.body = p.journal.keys.seal(text, aboutRecord(id, c.scope, path))
	}
	if rec.kind == kindFold {
		c.body = append(appendSpans(nil, nil), c.body...)
	}
	return nil
}

// signals are those that the kept waits got, and those that no wait has got yet. One
// for a wait that comes again is to be given anew.
func (p *planning) signals(id string) ([]Change, error) {
	waits, got := map[string]SignalID{}, map[SignalID]bool{} // true of got where a wait is kept that got it
	for _, rec := range p.records {
		place := placeOf(rec.scope, rec.path)
		switch rec.kind {
		case kindAwait:
			v, err := p.journal.body(p.row.ID, rec)
			if err != nil {
				return nil, unreadable(p.row.ID, err)
			}
			key, _ := v.(string)
			waits[place] = SignalID{p.row.ID, rec.stored().operation, key}
		case kindGiven:
			of := waits[place]
			got[of] = got[of] || rec.taken
		default:
		}
	}
	list, err := p.early(got)
	if err != nil {
		return nil, err
	}
	for of, kept := range got {
		if kept {
			list = append(list, of)
		}
	}
	var changes []Change
	for _, of := range list {
		more, err := p.signal(of, id, got[of])
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	return changes, nil
}

// early lists the signals that the run was given and did not take. A store that has a
// method SignalsOf is asked for those of the run; of another one all are listed.
func (p *planning) early(got map[SignalID]bool) (all []SignalID, err error) {
	id := p.row.ID
	switch s := p.journal.store.(type) {
	case interface {
		SignalsOf(ctx context.Context, run string) ([]SignalID, error)
	}:
		all, err = s.SignalsOf(context.Background(), id)
	case SignalStore:
		all, _, err = s.SignalsSince(context.Background(), 0)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the signals of run %s: %w", id, err)
	}
	return slices.DeleteFunc(all, func(one SignalID) bool {
		_, taken := got[one]
		return taken || one.RunID != id
	}), nil
}

func (p *planning) signal(of SignalID, id string, taken bool) ([]Change, error) {
	j := p.journal
	kept, err := j.given(of)
	if err != nil {
		return nil, err
	}
	values, err := j.openSignal(kept)
	if err != nil {
		return nil, unreadable(p.row.ID, err)
	}
	body, _ := checkSum(kept.about(), 0, kept.Data) // as openSignal does
	now := SignalID{id, p.moves.SignalNow(of.Name), of.Key}
	if !taken && !p.takes(runtime.SignalID{Name: now.Name, Key: now.Key}, values) {
		return nil, nil // nothing waits for that any more
	}
	text, err := blob(values, j.keys, body[0] == isSealed, now.about())
	if err != nil {
		return nil, fmt.Errorf("storing a signal: %w", err)
	}
	given := StoredSignal{SignalID: now, Given: kept.Given, Data: withSum(now.about(), 0, text)}
	changes := []Change{GiveSignal{StoredSignal: given, Most: runtime.MaxEarlySignals}}
	if taken {
		changes = append(changes, TakeSignal{now})
	}
	return changes, nil
}
