package journal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/past"
	"github.com/medlar-flow/medlar/flows/report"
)

// ErrNoRestarts refuses to go on with a restart that the store of the journal did not
// note: the run could be restarted once more.
var ErrNoRestarts = errors.New("the store of the journal does not note restarts: have it make the change journal.RestartRun, and give Run.Next")

// Restart says how a run that ended failed or canceled begins anew.
type Restart struct {
	// From is the step from which on all runs again: its path, or its id where
	// that is one place. Empty for the step that failed, or where the run was
	// canceled.
	From string
	// Flow is the program from now on; nil for the one that the run has.
	Flow *flows.Flow
	// Inputs replace those of the run, by their names; the others stay.
	Inputs map[string]any
	// Again names steps with atMostOnce that are made once more though they
	// happened, or may have.
	Again []string
	// Results are what steps gave, by their paths or ids, for somebody who has
	// looked: these steps do not run again.
	Results map[string]any
}

// RestartPlan is a restart that can begin. Nothing of it has run, and nothing is
// written.
type RestartPlan struct {
	Of    string // the run that is restarted
	RunID string // the run that it goes on as: "RUN.2"
	From  string // the path of the step; empty where the run was canceled between two
	// Owed are the steps that the run did and could not undo, and whose undo the
	// new one owes now, or names where it fails before it comes to them again.
	Owed []string
	// Stays are the steps of handlers that ran and changed something, which
	// nothing undoes.
	Stays []string
	// Kept are the calls, waits for signals and loops whose results are kept, each once and in
	// their order: nothing of them is called.
	Kept []string
	// Waited are the waits for a time that are over, and do not begin anew.
	Waited []string

	journal  *Journal
	registry *connector.Registry
	options  []flows.RunOption
	changes  []Change
}

// Restart begins a run that ended failed or canceled anew from a step, and waits
// for it: it is PlanRestart, Start and Wait.
func (j *Journal) Restart(ctx context.Context, id string, registry *connector.Registry, how Restart, options ...flows.RunOption) (*flows.Result, error) {
	plan, err := j.PlanRestart(ctx, id, registry, how, options...)
	if err != nil {
		return nil, err
	}
	h, err := plan.Start(ctx)
	if err != nil {
		return nil, err
	}
	return h.Wait(context.WithoutCancel(ctx))
}

// PlanRestart finds out whether a run can begin anew as Restart says. What it did
// before that step is read from its records and kept: results, times, random
// values and idempotency keys; nothing of it is called. options are those of
// Resume.
//
// The error is a *RestartError where something keeps the run from that step; a
// *StateError for a run that did not end failed or canceled, a *RestartedError for
// one that was restarted before, and what Resume has for runs that cannot be read.
func (j *Journal) PlanRestart(
	ctx context.Context, id string, registry *connector.Registry, how Restart, options ...flows.RunOption,
) (*RestartPlan, error) {
	p := &planning{journal: j, how: how, options: options}
	if err := p.read(ctx, id, registry); err != nil {
		return nil, err
	}
	if err := p.chooseIn(ctx); err != nil {
		return nil, err
	}
	if err := p.divide(ctx); err != nil {
		return nil, err
	}
	plan, err := p.plan()
	if err != nil {
		return nil, err
	}
	plan.registry = registry
	plan.changes = append(plan.changes, j.traceOf(ctx, plan.Of, plan.RunID)...)
	return plan, nil
}

// Start begins the planned run, as Journal.Start does. It is on disk when Start
// returns, with what it has of the run before, which says from then on that it
// was restarted; all of that at once or nothing.
//
// options come behind those of PlanRestart.
func (p *RestartPlan) Start(ctx context.Context, options ...flows.RunOption) (*Handle, error) {
	r := &run{journal: p.journal, id: p.RunID, cancel: func(error) {}}
	if p.journal.writer == nil {
		return nil, ErrClosed
	}
	if err := p.journal.whole(p.RunID, -1); err != nil {
		return nil, err
	}
	if err := p.journal.writer.add(&job{run: r, changes: func() []Change { return p.changes }}, true); err != nil {
		return nil, p.journal.goesOn(p.Of, p.RunID, err)
	}
	if row, err := p.journal.find(ctx, p.Of); err == nil && row.Next != p.RunID {
		return nil, fmt.Errorf("%w: run %s goes on as %s, and nothing of that has run", ErrNoRestarts, p.Of, p.RunID)
	}
	return p.journal.StartResume(ctx, p.RunID, p.registry, slices.Concat(p.options, options)...)
}

// goesOn returns the error of a run whose name is taken as what it is where another
// restart was faster.
func (j *Journal) goesOn(of, next string, err error) error {
	var exists *ExistsError
	if !errors.As(err, &exists) {
		return err
	}
	if row, wrong := j.find(context.Background(), of); wrong == nil && row.Next == next {
		return &RestartedError{RunID: of, Next: next}
	}
	return err
}

// planning is a PlanRestart under way.
type planning struct {
	journal *Journal
	how     Restart
	options []flows.RunOption

	// elsewhere is a run that another runtime carried; nil for one of the journal.
	elsewhere *past.Run

	row     *StoredRun
	start   *start
	records []*record
	failure *report.RunError
	flow    *flows.Flow // the program that the run has

	first reading // of all records
	trail *trail  // where it went
	cut   *cut
	again reading // up to the cut: the records that it takes are kept
	left  []*made // see madeAndLeft
	// moves are the steps that stand elsewhere in the program of the restart, and
	// moved is true once what is known of the run has the paths of that.
	moves *past.Moves
	moved bool
	// allowed are the paths of steps that are made again all the same.
	allowed []string
	next    *start // what the new run begins with
}

func (p *planning) refuse(step, latest, help, format string, args ...any) error {
	return &RestartError{RunID: p.row.ID, Step: step, Reason: fmt.Sprintf(format, args...), Latest: latest, Help: help}
}

// read reads the run that is to be restarted.
func (p *planning) read(ctx context.Context, id string, registry *connector.Registry) (err error) {
	j := p.journal
	if p.row, err = j.find(ctx, id); err != nil {
		return j.orLost(id, err)
	}
	switch {
	case p.row.Next != "":
		return &RestartedError{RunID: id, Next: p.row.Next}
	case p.row.State != Failed && p.row.State != Canceled:
		state, err := j.standing(ctx, p.row.Run, map[string]bool{})
		if err != nil {
			return err
		}
		return &StateError{RunID: id, State: state, Want: "restart"}
	}
	if p.start, p.records, err = j.load(ctx, p.row); err != nil {
		return err
	}
	if err := j.whole(id, latest(p.records)); err != nil {
		return err
	}
	if p.start.locked != nil {
		return &LockedError{RunID: id, Err: p.start.locked}
	}
	if p.flow, err = flows.LoadForResume(wire.Files(p.start.files), p.start.file, registry); err != nil {
		return fmt.Errorf("the program of run %s is not accepted: %w", id, err)
	}
	return p.readAll(ctx)
}

// readAll finds out where the run went.
func (p *planning) readAll(ctx context.Context) error {
	end := p.records[len(p.records)-1]
	v, err := p.journal.body(p.row.ID, end)
	m, _ := v.(map[string]any)
	if err != nil || end.kind != kindEnd || m["error"] == nil {
		return &DamagedError{RunID: p.row.ID, Err: fmt.Errorf("its last record does not say how it failed: %w", err)}
	}
	p.failure = wire.FailureOf(m["error"])
	p.trail = newTrail()
	p.first.trail = p.trail
	if err := p.first.through(ctx, p.journal, p.row.ID, p.start, p.records, p.flow, p.start.pinned(p.options)); err != nil {
		return err
	}
	if p.elsewhere == nil && p.first.exec.Sandboxed() != p.start.local {
		return &SandboxError{RunID: p.row.ID, Local: p.start.local}
	}
	if step := p.first.withheld; step != "" {
		return p.refuse(step, "", "with a key in "+whereKeys+", results that hold secrets are stored; begin a new run",
			"its result holds a secret and is not stored, and so nobody knows what the run did behind it")
	}
	if p.first.early {
		return p.refuse("", "", "begin a new run", "its records end before it did")
	}
	p.trail.finish(p.first.exec)
	return nil
}

// chooseIn chooses the step, and divides the loops around it that go one by one, so
// that their other items stand beside the one with the step.
func (p *planning) chooseIn(ctx context.Context) error {
	if err := p.findMoves(); err != nil {
		return err
	}
	for {
		if err := p.choose(); err != nil {
			return err
		}
		t := p.divides()
		if t == nil {
			return nil
		}
		p.divideLoop(t)
		p.reset()
		p.first = reading{}
		if err := p.readAll(ctx); err != nil {
			return err
		}
	}
}

// reset forgets what a reading took.
func (p *planning) reset() {
	for _, rec := range p.records {
		rec.taken = false
	}
	p.start.gen.Forget()
}

// choose finds the step from which on all runs.
func (p *planning) choose() error {
	p.cut = &cut{first: p.trail, results: map[string]any{}, moved: map[string]string{}, forks: map[string]string{}}
	for name, v := range p.how.Results {
		path, err := p.step(name)
		if err != nil {
			return err
		}
		p.cut.results[path] = v
	}
	from := p.how.From
	if from == "" {
		made := p.trail.made[p.failure.Step]
		if p.failure.Step == "" || runtime.IsStopped(p.failure) && (made == nil || !p.isLast(p.failure.Step)) {
			return nil // it goes on where it was stopped
		}
		from = p.failure.Step
	}
	path, err := p.step(from)
	if err != nil {
		return err
	}
	p.cut.from = path
	cleanup := false
	for _, v := range slices.Backward(p.trail.steps) {
		switch {
		case v.path != path:
		case v.cleanup:
			cleanup = true
		default:
			p.cut.at = v
			return nil
		}
	}
	if cleanup {
		return p.refuse(path, "", "begin at the step whose undo it is, or at the try", "it stands in an undo or a finally, from whose middle no run begins")
	}
	return nil
}

// isLast reports whether the run came to no other step of the same branch after
// that.
func (p *planning) isLast(path string) bool {
	v := p.trail.newest[path]
	return v != nil && p.trail.scope(v.scope).last == v
}

// step returns the path of a step that is named by its path, or by its id where
// that is one place.
func (p *planning) step(name string) (string, error) {
	if strings.HasPrefix(name, "/") {
		return p.stepAt(name), nil
	}
	var found []string
	seen := map[string]bool{}
	for _, v := range p.trail.steps {
		if !v.cleanup && strings.HasSuffix(v.path, "/"+name) && !seen[v.path] {
			seen[v.path] = true
			found = append(found, v.path)
		}
	}
	if len(found) == 0 && p.how.Flow != nil {
		for _, info := range p.how.Flow.Outline() {
			if info.ID == name {
				found = append(found, p.stepAt(info.Path))
			}
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return "", p.refuse(name, "", "name a step of the run by its path, as runs show has them", "the run did not come to a step of that id")
	}
	const most = 5
	list := strings.Join(found[:min(most, len(found))], ", ")
	return "", p.refuse(name, "", "name one by its path, such as "+list, "the id stands in %d places", len(found))
}

// divide reads the run up to that step.
func (p *planning) divide(ctx context.Context) error {
	p.reset()
	p.move()
	next := *p.start
	next.inputs = maps.Clone(p.start.inputs)
	flow := p.flow
	if p.how.Flow != nil {
		flow = p.how.Flow
		for name := range p.start.inputs {
			if flow.Inputs().Field(name) == nil {
				delete(next.inputs, name)
			}
		}
		var given runtime.Options
		for _, option := range p.options {
			option(&given)
		}
		next.origin = given.Origin
	}
	maps.Copy(next.inputs, p.how.Inputs)
	next.flow = flow.Name()
	p.cut.sameLoop = func(path string) bool {
		e := p.again.exec
		l := loops{before: p.start.files, after: filesOf(e), main: p.start.file, mainAfter: e.File(), was: p.flow, is: flow}
		return l.same(p.moves.Was(path), path)
	}
	p.cut.same = func(e runtime.Execution) bool {
		digest, err := digestOf(filesOf(e))
		return err == nil && digest == p.start.digest && runtime.SameSignal(e.Inputs(), p.first.exec.Inputs())
	}
	p.cut.takes = p.takes
	p.again.trail, p.again.cut = newTrail(), p.cut
	err := p.again.through(ctx, p.journal, p.row.ID, &next, p.records, flow, next.pinned(p.options))
	if err == nil && p.again.early {
		err = p.refuse(p.cut.from, "", "begin a new run", "its records cannot be read up to it")
	}
	p.next = &next
	return err
}

// RestartError says that a run cannot begin anew from a step. Nothing ran.
type RestartError struct {
	RunID string // of the run
	// Step is what keeps it from that: a step that cannot be kept, or that cannot
	// be made again.
	Step   string
	Reason string // why
	// Latest is the latest step from which the run can begin; empty where that is
	// not what would help.
	Latest string
	Help   string // what would; may be empty
}

// Error says which step and why.
func (e *RestartError) Error() string {
	if e.Step == "" {
		return fmt.Sprintf("run %s cannot be restarted: %s", e.RunID, e.Reason)
	}
	return fmt.Sprintf("run %s cannot be restarted there: step %s: %s", e.RunID, e.Step, e.Reason)
}

// RestartedError says that a run was restarted before.
type RestartedError struct {
	RunID string // of the run
	Next  string // that it goes on as
}

// Error names the newer one.
func (e *RestartedError) Error() string {
	return fmt.Sprintf("run %s was restarted as %s: only the newest can be restarted", e.RunID, e.Next)
}
