package journal

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// plan makes what the new run begins with, or says what keeps it from that.
func (p *planning) plan() (*RestartPlan, error) {
	if err := p.kept(); err != nil {
		return nil, err
	}
	if err := p.madeOnce(); err != nil {
		return nil, err
	}
	plan := &RestartPlan{
		Of: p.row.ID, RunID: p.start.nextName(), From: p.cut.from, journal: p.journal, options: p.options, Stays: p.stays(),
	}
	_, err := p.journal.find(context.Background(), plan.RunID)
	if err == nil {
		return nil, &ExistsError{RunID: plan.RunID}
	}
	records, err := p.copies(plan.RunID)
	if err != nil {
		return nil, err
	}
	gen := &generation{number: p.start.number() + 1, keys: p.keys(), owed: p.owed()}
	for _, path := range gen.owed {
		if p.trail.made[path] == nil {
			gen.blocks = append(gen.blocks, path)
		}
	}
	if p.start.gen != nil {
		gen.until = p.keptUntil()
	}
	gen.until = append(gen.until, int64(len(records)))
	plan.Owed = p.handedOver(gen.owed)
	begin, err := p.begin(plan.RunID, gen)
	if err != nil {
		return nil, err
	}
	plan.changes = []Change{begin, RestartRun{RunID: plan.Of, Next: plan.RunID}}
	for i, rec := range records {
		n := int64(i + 1)
		plan.changes = append(plan.changes, AddRecord{RunID: plan.RunID, Number: n, Data: withSum(plan.RunID, n, rec.encode())})
	}
	signals, err := p.signals(plan.RunID)
	plan.changes = append(plan.changes, signals...)
	return plan, err
}

// begin is the change that begins the new run.
func (p *planning) begin(id string, gen *generation) (BeginRun, error) {
	e := p.again.exec
	s, err := newStart(e, p.next.flow, p.journal.keys)
	if err != nil {
		return BeginRun{}, err
	}
	s.name, s.began, s.meaning, s.gen = p.start.name, p.start.began, p.start.meaning, gen
	s.file, s.origin, s.connections = e.File(), cmp.Or(s.origin, p.start.origin), p.start.connections
	program, own, err := s.blobs(id, p.journal.keys, e)
	if err != nil {
		return BeginRun{}, err
	}
	return BeginRun{
		StoredRun: StoredRun{
			Run: Run{ID: id, Flow: p.next.flow, State: Running, Started: timeOf(s.at), Owner: p.journal.owner(), Labels: e.Labels()}, Digest: s.digest[:], Start: own,
		},
		Program: program,
	}, nil
}

func filesDigest(e runtime.Execution) (digest [32]byte) {
	files := map[string]any{}
	for name, text := range e.Files() {
		files[name] = text
	}
	if text, err := wire.Encode(files); err == nil {
		digest = sha256.Sum256(text)
	}
	return digest
}

// kept finds what cannot be kept of what the run did before the step, and refuses
// the first.
func (p *planning) kept() error {
	c := p.cut
	for i, v := range c.kept {
		was := p.trail.find(v.scope, v.path, v.nth)
		if v.last && was != nil && was.undone() && p.again.exec.Undone(v.path) <= v.before {
			c.problems = append(c.problems, problem{order: i, path: v.path, reason: "it was undone"})
		}
	}
	if c.loose {
		p.dropped()
	}
	slices.SortStableFunc(c.problems, func(a, b problem) int { return cmp.Compare(a.order, b.order) })
	switch {
	case len(c.problems) > 0:
		first := c.problems[0]
		if first.fresh && !c.reached && c.at != nil {
			return p.refuse(c.from, first.path, "", "the run does not come to it with what is changed, but to %s", first.path)
		}
		return p.refuse(first.path, first.path, "", "%s", first.reason)
	case c.reached:
		return nil
	case c.from == "":
		return p.refuse("", "", "name a step with --from", "it did not fail at a step")
	}
	reason := "the run did not come to it"
	if c.at != nil {
		reason = "the run does not come to it with what is changed"
	}
	for _, rec := range p.records {
		if rec.kind == kindFold && strings.HasPrefix(c.from, rec.path+"[") {
			return p.refuse(c.from, rec.path, "", "%s, or it is in %s, which are one record", reason, foldPath(rec))
		}
	}
	if latest := p.lastCommon(); latest != "" {
		return p.refuse(c.from, latest, "", "%s", reason)
	}
	return p.refuse(c.from, "", "runs show "+p.row.ID+" lists the steps that it came to", "%s", reason)
}

// lastCommon returns the last step before the one to restart from to which the run
// comes with what is changed, too; empty where that is not what it misses.
func (p *planning) lastCommon() string {
	if p.cut.at == nil {
		return ""
	}
	for _, v := range slices.Backward(p.trail.steps[:p.cut.at.order]) {
		if !v.cleanup && p.again.trail.find(v.scope, v.path, v.nth) != nil {
			return v.path
		}
	}
	return ""
}

// dropped finds the changes that the run made before the step, and that it does
// not ask for any more.
func (p *planning) dropped() {
	for _, m := range p.madeAndLeft() {
		if m.visit == nil || m.visit.cleanup || p.cut.at == nil || m.order > p.cut.at.order || m.visit.scope != "" && p.trail.scope(m.visit.scope).failed {
			continue
		}
		inside := strings.HasPrefix(m.path, p.cut.from+"/") || strings.HasPrefix(m.path, p.cut.from+"[")
		asked := slices.ContainsFunc(p.cut.problems, func(known problem) bool { return known.path == m.path })
		if m.visit == p.cut.at || inside || asked {
			continue
		}
		p.cut.problems = append(p.cut.problems, problem{
			order: len(p.cut.kept), path: m.path, reason: "it changed something before, and the program does not come to it any more",
		})
	}
}

// madeAndLeft returns the changes that happened, or may have, that nothing has
// undone, and that are not kept, in the order in which they were made.
func (p *planning) madeAndLeft() []*made {
	kept := map[int64]bool{}
	for _, rec := range p.records {
		kept[rec.seq] = rec.taken
	}
	var list []*made
	for _, m := range p.trail.made {
		isKept := slices.ContainsFunc(m.seqs, func(seq int64) bool { return kept[seq] })
		if m.changes && m.happened && !isKept && (m.visit == nil || !m.visit.undone()) {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b *made) int { return cmp.Or(cmp.Compare(a.order, b.order), strings.Compare(a.path, b.path)) })
	return list
}

// madeOnce refuses to make a step with atMostOnce again that nobody has allowed.
func (p *planning) madeOnce() error {
	allowed := map[string]bool{}
	for _, name := range p.how.Again {
		path, err := p.step(name)
		if err != nil {
			return err
		}
		allowed[path] = true
	}
	for _, m := range p.madeAndLeft() {
		if !m.atMostOnce || allowed[m.path] || p.cut.isGiven(m.path) {
			continue
		}
		reason := "it has atMostOnce, and happened"
		if m.unknown {
			reason = "it has atMostOnce, and nobody knows whether it happened"
		}
		return p.refuse(m.path, "", "look whether it happened: --result "+m.path+"=@FILE says what it gave, --again "+m.path+" makes it once more", "%s", reason)
	}
	return nil
}

// answers reports whether a step of a handler or a finally answered an ending of
// the try in which the run is restarted: another ending is answered anew.
func (p *planning) answers(m *made) bool {
	from := p.cut.from
	for block, try := range p.trail.handlers {
		if strings.HasPrefix(m.path, block+"/") && strings.HasPrefix(from, try+"/try/") {
			return true
		}
	}
	const name = "/finally/"
	for i := strings.Index(m.path, name); i >= 0 && m.visit != nil && m.visit.cleanup; {
		if try := m.path[:i]; strings.HasPrefix(from, try+"/try/") || strings.HasPrefix(from, try+"/catch[") {
			return true
		}
		next := strings.Index(m.path[i+1:], name)
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return false
}

// stays lists the changes of handlers that nothing undoes.
func (p *planning) stays() []string {
	var list []string
	for _, m := range p.madeAndLeft() {
		if p.answers(m) {
			list = append(list, m.path)
		}
	}
	return list
}

// keys are those that steps get again: of what happened, or may have.
func (p *planning) keys() map[string]*keptKey {
	keys := map[string]*keptKey{}
	left := p.madeAndLeft()
	if p.start.gen != nil {
		for path, k := range p.start.gen.keys {
			m := p.trail.made[path]
			if m == nil || slices.ContainsFunc(p.records, func(rec *record) bool { return rec.taken && slices.Contains(m.seqs, rec.seq) }) {
				keys[path] = k
			}
		}
	}
	for _, m := range left {
		if !p.answers(m) && !p.cut.isGiven(m.path) {
			keys[m.path] = &keptKey{key: m.key, print: m.print, undone: p.again.exec.Undone(m.path), since: p.start.number() + 1}
		}
	}
	return keys
}

// owed lists what is to be undone and what the new run does not come to by reading
// its records.
func (p *planning) owed() []string {
	kept := map[string]bool{}
	for _, path := range p.again.exec.Owed() {
		kept[path] = true
	}
	var list []string
	add := func(paths []string) {
		for _, path := range paths {
			if !kept[path] {
				kept[path] = true
				list = append(list, path)
			}
		}
	}
	add(p.first.exec.Owed())
	if g := p.start.gen; g != nil {
		for _, path := range g.owed {
			if m := p.trail.made[path]; m == nil {
				add([]string{path})
			}
		}
	}
	return list
}

// handedOver lists all that the run before could not undo.
func (p *planning) handedOver(left []string) []string {
	list := slices.Clone(p.first.exec.Owed())
	for _, path := range left {
		if !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	return list
}

// keptUntil returns how many of the records that are kept are of generation 0, of
// that and 1, and so on.
func (p *planning) keptUntil() []int64 {
	until := make([]int64, len(p.start.gen.until))
	for i, last := range p.start.gen.until {
		for _, rec := range p.records {
			if rec.taken && rec.seq <= last {
				until[i]++
			}
		}
	}
	return until
}

// copies are the records that are kept, as the new run has them.
func (p *planning) copies(id string) ([]*record, error) {
	var list []*record
	now := time.Now()
	for _, rec := range p.records {
		if !rec.taken || rec.kind == kindEnd {
			continue
		}
		c := *rec
		c.whole, c.spans, c.trace = nil, nil, nil
		c.scope = cmp.Or(p.cut.moved[rec.scope], rec.scope)
		if rec.kind == kindDeadline {
			c.until = renewed(rec, now)
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
	path := rec.path
	if rec.kind == kindFold {
		path = foldPath(rec)
	}
	if rec.sealed {
		text, err := p.journal.keys.open(rec.body, aboutRecord(p.row.ID, rec.scope, path))
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
	waits, got, kept := map[string]SignalID{}, map[SignalID]bool{}, map[SignalID]bool{}
	for _, rec := range p.records {
		place := rec.scope + "\x00" + rec.path
		switch rec.kind {
		case kindAwait:
			v, err := p.journal.body(p.row.ID, rec)
			if err != nil {
				return nil, unreadable(p.row.ID, err)
			}
			key, _ := v.(string)
			waits[place] = SignalID{p.row.ID, rec.operation, key}
		case kindGiven:
			got[waits[place]] = true
			kept[waits[place]] = kept[waits[place]] || rec.taken
		default:
		}
	}
	early, err := p.early(got)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for _, of := range slices.Concat(early, slices.Collect(maps.Keys(kept))) {
		if got[of] && !kept[of] {
			continue
		}
		more, err := p.signal(of, id, kept[of])
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	return changes, nil
}

// early lists the signals that the run was given and did not take, where the store
// can list them.
func (p *planning) early(got map[SignalID]bool) ([]SignalID, error) {
	lists, ok := p.journal.store.(interface {
		SignalsOf(ctx context.Context, run string) ([]SignalID, error)
	})
	if !ok {
		return nil, nil
	}
	all, err := lists.SignalsOf(context.Background(), p.row.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the signals of run %s: %w", p.row.ID, err)
	}
	return slices.DeleteFunc(all, func(id SignalID) bool { return got[id] }), nil
}

func (p *planning) signal(of SignalID, id string, taken bool) ([]Change, error) {
	j := p.journal
	kept, err := j.signals.Signal(context.Background(), of)
	if err == nil && (kept == nil || kept.Closed) {
		err = fmt.Errorf("the signal %s that it was given is not there", of.Name)
	}
	if err != nil {
		return nil, &DamagedError{RunID: p.row.ID, Err: err}
	}
	values, err := j.openSignal(kept)
	if err != nil {
		return nil, unreadable(p.row.ID, err)
	}
	body, _ := checkSum(kept.about(), 0, kept.Data) // as openSignal does
	now := SignalID{id, of.Name, of.Key}
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
