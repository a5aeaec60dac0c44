package serve

import (
	"context"
	"errors"
	"slices"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/internal/value"
)

// mostRuns bounds the names of runs that are kept of a schedule.
const mostRuns = 100

// blocked reports whether the next run has to wait for one that goes; early is
// closed when that has ended, and nil for one of another process.
func (k *ticking) blocked(ctx context.Context, kept *journal.Ticks) (blocked bool, early <-chan struct{}, err error) {
	if k.most() == 0 {
		return false, nil, nil
	}
	id, early, err := k.running(ctx, kept)
	if id != "" && early == nil {
		early = make(chan struct{}) // it is asked for every now and then
	}
	return id != "", early, err
}

// running returns a run of the schedule that has not ended, where as many go as may:
// the one that was begun first. Empty for none.
func (k *ticking) running(ctx context.Context, kept *journal.Ticks) (id string, ended <-chan struct{}, err error) {
	going := 0
	for _, id := range slices.Backward(kept.Runs) {
		goes, ended, err := k.goes(ctx, id)
		if err != nil {
			return id, nil, err
		}
		if goes {
			going++
		}
		if goes && going == k.most() {
			return id, ended, nil
		}
	}
	return "", nil, nil
}

// goes reports whether a run, or what it was restarted as, has not ended.
func (k *ticking) goes(ctx context.Context, id string) (goes bool, ended <-chan struct{}, err error) {
	if g := k.server.runs.find(id); g != nil {
		select {
		case <-g.done:
		default:
			return true, g.done, nil
		}
	}
	j := k.server.config.Journal
	if j == nil {
		return false, nil, nil
	}
	for range mostRuns {
		b, err := j.Beginning(ctx, id)
		var unknown *journal.UnknownRunError
		switch {
		case errors.As(err, &unknown):
			return false, nil, nil // it was deleted
		case err != nil:
			return false, nil, err //nolint:wrapcheck // it names the run
		case b.Next == "":
			return b.Ended.IsZero(), nil, nil
		}
		id = b.Next
	}
	return false, nil, nil
}

// begin begins the run of the first tick that is due, or leaves it out for good.
// Where there is no room it changes nothing.
func (k *ticking) begin(ctx context.Context, kept *journal.Ticks) (*journal.Ticks, error) {
	at := kept.Due[0]
	to := *kept
	to.Due = slices.Clone(kept.Due[1:])
	run, err := event.Tick(k.route.served.Flow, k.route.trigger, at, k.server.config.Now())
	if err != nil {
		k.say(true, "", err, "the tick of %s begins no run", value.FormatTime(at))
	}
	if run == nil {
		return k.moveOn(ctx, kept, &to)
	}
	to.Runs = []string{run.Run}
	if k.most() != 1 {
		to.Runs = append(slices.Clone(kept.Runs), run.Run)
		to.Runs = to.Runs[max(0, len(to.Runs)-mostRuns):]
	}
	waiting, stop := context.WithTimeout(ctx, k.patience)
	defer stop()
	leave, ok := k.server.room.wait(waiting)
	if !ok {
		return kept, nil
	}
	return k.start(ctx, kept, &to, run, leave)
}

// moveOn keeps how far the schedule has come.
func (k *ticking) moveOn(ctx context.Context, from, to *journal.Ticks) (*journal.Ticks, error) {
	moved, err := k.keeper.move(ctx, from, to)
	if err == nil {
		k.know(moved)
	}
	return moved, err //nolint:wrapcheck // it names the trigger
}

// start begins the run of a tick in the place that leave gives back.
func (k *ticking) start(ctx context.Context, kept, to *journal.Ticks, run *event.Start, leave func()) (*journal.Ticks, error) {
	s := k.server
	id, digest := run.Run, run.Digest
	g, mine := s.runs.claim(id, digest, k.route)
	if !mine {
		leave()
		return k.moveOn(ctx, kept, to) // this process runs it
	}
	if s.drains.Load() {
		leave()
		s.runs.refused(g, shuttingDown())
		return kept, nil
	}
	leave, g.version = k.route.table.held(leave), k.route.version
	options := append(slices.Clip(k.route.options), flows.WithRunID(id), flows.WithTrigger(k.route.trigger.Name, digest))
	options = append(options, s.calledBy(k.route, nil)...)
	told, not := s.tells(g, leave)
	begun, err := k.keeper.begin(ctx, kept, to, k.route.served.Flow, run.Inputs, append(options, told...))
	if err == nil {
		k.know(begun.kept)
		g.handle, g.rested = begun.handle, begun.rested
		close(g.begun)
		return begun.kept, nil
	}
	not()
	s.runs.refused(g, &report.Problem{Code: "NotBegun", Run: id})
	var exists *journal.ExistsError
	var wrong *report.InputError
	switch {
	case errors.As(err, &exists): // another process began it, or it was begun when the clock was wrong
	case errors.As(err, &wrong), errors.Is(err, journal.ErrNeedsKey), errors.Is(err, journal.ErrNoSignals):
		k.say(true, "", err, "the tick of %s begins no run", value.FormatTime(kept.Due[0]))
		to.Runs = kept.Runs
	default:
		return nil, err //nolint:wrapcheck // it says all
	}
	return k.moveOn(ctx, kept, to)
}
