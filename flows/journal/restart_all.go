package journal

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
)

// RestartAll says which runs begin anew, and how.
type RestartAll struct {
	// Which chooses the runs: those that ended Failed, or Canceled where its State
	// says so. One that was restarted already is left out; what it goes on as is a
	// run of its own. Limit and After are not looked at.
	Which Filter
	// Only chooses among the runs that Which finds; nil for all of them.
	Only func(Run) bool
	// How each of them begins anew. Its Results are those of one run, and mostly
	// have no place here.
	How Restart
	// Options returns the options of a run, and what is called when it has ended;
	// nil for none. An error keeps that run from beginning.
	Options func(ctx context.Context, d *Details) (options []flows.RunOption, done func(), err error)
	// AtOnce bounds the runs that are under way; 20 where it is 0.
	AtOnce int
	// DryRun plans the restarts and begins none.
	DryRun bool
	// Begun is told of each run that has begun; nil for nobody. It is called at the
	// same time for several.
	Begun func(plan *RestartPlan, h *Handle)
	// Each is told what became of each run, one after the other; nil for nobody.
	Each func(RestartOutcome)
}

// RestartOutcome is what became of a run that was to begin anew.
type RestartOutcome struct {
	Run  Run          // the run that had ended
	Plan *RestartPlan // how it begins anew; nil where it is refused
	// Refused is why nothing of it ran, as PlanRestart has it; nil where it began, or
	// could.
	Refused error
	Handle  *Handle       // of the run that it went on as; nil where none began
	Result  *flows.Result // of the run that it went on as; nil where that failed
	Err     error         // how that failed; nil where it did not, and with DryRun
}

// restartAtOnce bounds the runs of a RestartAll, unless it says otherwise.
const restartAtOnce = 20

// RestartAll begins the runs anew that a filter finds, the oldest first, and returns
// when all that it began have ended. What keeps a single run from that is told for
// that run; the error is that of looking for runs.
//
// When ctx ends no further run begins, and those under way go on: Begun has their
// handles.
func (j *Journal) RestartAll(ctx context.Context, registry *connector.Registry, all RestartAll) error {
	list, err := j.Restartable(ctx, all.Which)
	if err != nil {
		return err
	}
	if all.Only != nil {
		list = slices.DeleteFunc(list, func(r Run) bool { return !all.Only(r) })
	}
	if all.AtOnce <= 0 {
		all.AtOnce = restartAtOnce
	}
	var workers sync.WaitGroup
	var telling sync.Mutex
	next := make(chan Run)
	for range min(all.AtOnce, len(list)) {
		workers.Go(func() {
			for r := range next {
				outcome := j.restartOne(ctx, registry, &all, r)
				if all.Each != nil {
					telling.Lock()
					all.Each(outcome)
					telling.Unlock()
				}
			}
		})
	}
	for _, r := range list {
		if !offer(ctx, next, r) {
			break
		}
	}
	close(next)
	workers.Wait()
	return nil
}

// offer gives a run to whoever is free, unless ctx ends first.
func offer(ctx context.Context, next chan<- Run, r Run) bool {
	select {
	case next <- r:
		return true
	case <-ctx.Done():
		return false
	}
}

// restartPage is how many runs are looked up at a time.
const restartPage = 500

// Restartable lists the runs that RestartAll begins anew for a filter, the oldest
// first.
func (j *Journal) Restartable(ctx context.Context, which Filter) ([]Run, error) {
	switch which.State {
	case "":
		which.State = Failed
	case Failed, Canceled:
	default:
		return nil, fmt.Errorf("runs that are %s are not restarted: only those that ended failed or canceled are", which.State)
	}
	which.Limit, which.After = restartPage, ""
	var list []Run
	for {
		page, err := j.Runs(ctx, which)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			slices.Reverse(list)
			return list, nil
		}
		for _, r := range page {
			if r.Next == "" {
				list = append(list, r)
			}
		}
		which.After = page[len(page)-1].Key
	}
}

// restartOne begins one run anew, and waits for its end.
func (j *Journal) restartOne(ctx context.Context, registry *connector.Registry, all *RestartAll, r Run) RestartOutcome {
	o := RestartOutcome{Run: r}
	if ctx.Err() != nil {
		o.Refused = context.Cause(ctx)
		return o
	}
	var options []flows.RunOption
	if all.Options != nil {
		d, err := j.Show(ctx, r.ID)
		var done func()
		if err == nil {
			options, done, err = all.Options(ctx, d)
		}
		if done != nil {
			defer done()
		}
		if err != nil {
			o.Refused = err
			return o
		}
	}
	plan, err := j.PlanRestart(ctx, r.ID, registry, all.How, options...)
	if err != nil {
		o.Refused = err
		return o
	}
	o.Plan = plan
	if all.DryRun {
		plan.changes = nil // what the records hold is not needed any more
		return o
	}
	h, err := plan.Start(context.WithoutCancel(ctx))
	if err != nil {
		o.Plan, o.Refused = nil, err
		return o
	}
	if all.Begun != nil {
		all.Begun(plan, h)
	}
	o.Handle = h
	o.Result, o.Err = h.Wait(context.WithoutCancel(ctx))
	return o
}
