package journal

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/generation"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// plan makes what the new run begins with, or says what keeps it from that.
func (p *planning) plan() (*RestartPlan, error) {
	plan, gen, err := p.decide()
	if err == nil && p.how.Flow != nil {
		err = p.journal.keepsSignals(p.how.Flow)
	}
	if err != nil {
		return nil, err
	}
	_, err = p.journal.find(context.Background(), plan.RunID)
	if err == nil {
		return nil, p.journal.goesOn(plan.Of, plan.RunID, &ExistsError{RunID: plan.RunID})
	}
	records, err := p.copies(plan.RunID)
	if err != nil {
		return nil, err
	}
	gen.Place(p.generations())
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

// decide finds out whether the run can begin there, and what it has of the one
// before.
func (p *planning) decide() (*RestartPlan, *generation.Generation, error) {
	p.left = p.madeAndLeft()
	if err := p.kept(); err != nil {
		return nil, nil, err
	}
	if err := p.madeOnce(); err != nil {
		return nil, nil, err
	}
	plan := &RestartPlan{
		Of: p.row.ID, RunID: p.start.nextName(), From: p.cut.from, journal: p.journal, options: p.options, Stays: p.stays(), Kept: p.keptSteps(), Waited: p.waited(),
	}
	gen := &generation.Generation{Number: p.start.number() + 1, Keys: p.keys(), Owed: p.owed(), Folds: p.foldsLeft(), Allowed: p.allowed}
	if p.start.gen != nil {
		gen.Moved = p.start.gen.Moved
	}
	for _, path := range gen.Owed {
		if p.trail.made[path] == nil {
			gen.Blocks = append(gen.Blocks, path)
		}
	}
	plan.Owed = p.handedOver(gen.Owed)
	return plan, gen, nil
}

// begin is the change that begins the new run.
func (p *planning) begin(id string, gen *generation.Generation) (BeginRun, error) {
	e := p.again.exec
	s, err := newStart(e, p.next.flow, p.journal.keys)
	if err != nil {
		return BeginRun{}, err
	}
	s.name, s.began, s.meaning, s.gen = p.start.name, p.start.began, p.start.meaning, gen
	s.apart = readApart(p.start.apart.value(p.cut.moved))
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
			return p.refuse(c.from, first.path, "", "with what is changed the run comes to %s first, of which there is no record%s", first.path, first.moved)
		}
		return p.refuse(first.path, first.path, "", "%s", first.reason)
	case c.reached:
		return nil
	case c.from == "":
		return p.refuse("", "", "name a step with --from, Restart.From in Go", "it did not fail at a step")
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
	for _, m := range p.left {
		if m.visit == nil || m.visit.cleanup || p.cut.at == nil || m.order > p.cut.at.order || m.visit.scope != "" && p.trail.scope(m.visit.scope).failed {
			continue
		}
		asked := slices.ContainsFunc(p.cut.problems, func(known problem) bool { return known.path == m.path })
		if m.visit == p.cut.at || runtime.Inside(m.path, p.cut.from) || asked {
			continue
		}
		p.cut.problem(m.path, "it changed something before, and the program does not come to it any more")
	}
}

// madeAndLeft returns the changes that happened, or may have, that nothing has
// undone, and that are not kept, in the order in which they were made.
func (p *planning) madeAndLeft() []*made {
	var list []*made
	for _, m := range p.trail.made {
		if m.changes && m.happened && !p.isKept(m) && (m.visit == nil || !m.visit.undone()) {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b *made) int { return cmp.Or(cmp.Compare(a.order, b.order), strings.Compare(a.path, b.path)) })
	return list
}

func (p *planning) isKept(m *made) bool {
	return slices.ContainsFunc(m.records, func(rec *record) bool { return rec.taken })
}

// madeOnce refuses to make a step with atMostOnce again that nobody has allowed.
func (p *planning) madeOnce() error {
	allowed := map[string]bool{}
	p.allowed = nil
	for _, name := range p.how.Again {
		path, err := p.step(name)
		if err != nil {
			return err
		}
		allowed[path] = true
		p.allowed = append(p.allowed, path)
	}
	for path := range p.cut.results {
		if !slices.ContainsFunc(p.cut.given, func(rec *record) bool { return runtime.StepOf(rec.path) == path }) {
			return p.refuse(path, "", "", "a result was given for it, and no branch begins there")
		}
	}
	for _, m := range p.left {
		if !m.atMostOnce || allowed[m.path] || p.cut.isGiven(m.path) {
			continue
		}
		reason := "it has atMostOnce, and happened"
		if m.unknown {
			reason = "it has atMostOnce, and nobody knows whether it happened"
		}
		return p.refuse(m.path, "", "look whether it happened: --result "+m.path+"=@FILE says what it gave, --again "+m.path+" makes it once more (Restart.Results and Again in Go)", "%s", reason)
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
	for _, m := range p.left {
		if p.answers(m) {
			list = append(list, m.path)
		}
	}
	return list
}

// keptSteps lists the steps whose results are kept.
func (p *planning) keptSteps() []string {
	var list []string
	for _, rec := range p.records {
		if !rec.taken {
			continue
		}
		switch rec.kind {
		case kindResult, kindWithheld, kindFailure, kindGiven, kindRanOut:
			list = append(list, runtime.StepOf(rec.path))
		case kindFold:
			list = append(list, foldPath(rec))
		default:
		}
	}
	return without(list, nil)
}

// waited are the waits for a time that are kept.
func (p *planning) waited() []string {
	var list []string
	for _, rec := range p.records {
		if rec.taken && rec.kind == kindSleep {
			list = append(list, runtime.StepOf(rec.path))
		}
	}
	return without(list, nil)
}

// keys are those that steps get again: of what happened, or may have.
func (p *planning) keys() map[string]*generation.Key {
	keys := map[string]*generation.Key{}
	if p.start.gen != nil {
		for path, k := range p.start.gen.Keys {
			if m := p.trail.made[path]; m == nil || p.isKept(m) {
				keys[path] = k
			}
		}
	}
	for _, m := range p.left {
		if !p.answers(m) && !p.cut.isGiven(m.path) {
			keys[m.path] = &generation.Key{Key: m.key, Print: m.print, Undone: p.again.exec.Undone(m.path), Since: p.start.number() + 1}
		}
	}
	return keys
}

// foldsLeft are iterations and rounds that are one record, and are not kept.
func (p *planning) foldsLeft() []generation.Fold {
	var folds []generation.Fold
	if p.start.gen != nil {
		folds = slices.Clone(p.start.gen.Folds)
	}
	for _, rec := range p.records {
		if rec.kind != kindFold || rec.taken || rec.path == "" {
			continue
		}
		f := generation.Fold{Path: rec.path, From: rec.index, To: rec.count, Loose: p.cut.loose}
		if g := p.start.gen; g != nil {
			f.Number = g.Of(rec.seq)
		}
		folds = append(folds, f)
	}
	return folds
}

// owed lists what is to be undone and what the new run does not come to by reading
// its records.
func (p *planning) owed() []string {
	list := p.owedBefore()
	if g := p.start.gen; g != nil {
		for _, path := range g.Owed {
			if p.trail.made[path] == nil {
				list = append(list, path)
			}
		}
	}
	return without(list, p.again.exec.Owed())
}

// owedBefore lists what the run before had done and not undone.
func (p *planning) owedBefore() []string {
	list := slices.Clone(p.first.exec.Owed())
	for i, path := range list {
		list[i] = p.moves.Now(path)
	}
	return list
}

// handedOver lists all that the run before could not undo.
func (p *planning) handedOver(left []string) []string {
	before := p.owedBefore()
	return slices.Concat(before, without(left, before))
}

// without returns the paths of a list that are not in another one, each once.
func without(list, other []string) []string {
	known := map[string]bool{}
	for _, path := range other {
		known[path] = true
	}
	var left []string
	for _, path := range list {
		if !known[path] {
			known[path] = true
			left = append(left, path)
		}
	}
	return left
}
