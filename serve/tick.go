package serve

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/tick"
)

// ticking is the schedule of a trigger. One goroutine follows it.
type ticking struct {
	server   *Server
	route    *route
	rules    *tick.Rules
	keeper   tickKeeper
	patience time.Duration // that a tick waits for room before the clock is looked at again

	mu      sync.Mutex
	kept    *journal.Ticks // as it was last known; nil before it is read
	leftOut int64          // ticks since the start that begin no run

	// What was told last: it is not said again with each tick.
	failing, skippedFor string
}

// newTicking makes the schedule of a trigger.
func newTicking(r *route) (*ticking, error) {
	t := r.trigger
	rules, err := tick.NewRules(t.Schedule, t.Zone, t.Overlap, t.Missed)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	if c := r.server.config.Carrier; c != nil {
		if _, follows := c.(Scheduler); !follows {
			return nil, errors.New("those who carry the runs follow no schedule: serve it with a journal")
		}
	}
	if j := r.server.config.Journal; j != nil && !j.KeepsTicks() {
		return nil, errors.New("the store of the journal keeps no ticks of schedules: serve it with one that does, or without a journal")
	}
	return &ticking{
		server: r.server, route: r, rules: rules,
		keeper: r.server.ticks, patience: time.Second,
	}, nil
}

// mostSleep bounds how long nobody looks at the clock, which may be set, and stands
// still for timers while the machine sleeps.
const mostSleep = 10 * time.Second

// follow begins the runs of the schedule until ctx ends.
func (k *ticking) follow(ctx context.Context) {
	for ctx.Err() == nil {
		rest, early, err := k.step(ctx)
		if err != nil && ctx.Err() == nil {
			k.problem("cannot be followed; it is tried again", err)
			rest, early = mostSleep, nil
		}
		k.server.config.sleep(ctx, rest, early)
	}
}

// sleep waits for a while, for early or for the end of ctx.
func sleep(ctx context.Context, d time.Duration, early <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-early:
	case <-timer.C:
	}
}

// step does what is to be done now, and returns how long that stays so; early is
// closed where it may end before, and nil where not.
func (k *ticking) step(ctx context.Context) (rest time.Duration, early <-chan struct{}, err error) {
	kept, err := k.read(ctx)
	if err != nil {
		return 0, nil, err
	}
	kept, err = k.notice(ctx, kept)
	for err == nil && len(kept.Due) > 0 && ctx.Err() == nil {
		var blocked bool
		if blocked, early, err = k.blocked(ctx, kept); err != nil || blocked {
			break
		}
		before := len(kept.Due)
		if kept, err = k.begin(ctx, kept); err == nil && len(kept.Due) == before {
			return 0, nil, nil // there was no room
		}
	}
	var moved *journal.MovedError
	if errors.As(err, &moved) {
		k.know(nil) // another process was faster; what is left to do is read anew
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, err
	}
	k.failing = ""
	if early != nil {
		return min(k.untilNext(), time.Second), early, nil
	}
	return k.untilNext(), nil, nil
}

// untilNext returns how long to sleep.
func (k *ticking) untilNext() time.Duration {
	now := k.server.config.Now()
	next, ok := k.rules.Schedule.Next(now)
	if !ok {
		return mostSleep
	}
	return min(next.Sub(now), mostSleep)
}

// read returns how far the schedule has come. Other processes may have moved it.
func (k *ticking) read(ctx context.Context) (*journal.Ticks, error) {
	kept, err := k.keeper.ticks(ctx, k.route.served.Flow.Name(), k.route.trigger.Name)
	var damaged *journal.DamagedTicksError
	if errors.As(err, &damaged) {
		k.problem("begins anew: how far it had come cannot be read", err)
		err = nil
	}
	if err == nil {
		k.know(kept)
	}
	return kept, err
}

// know remembers how far the schedule has come, for those who ask.
func (k *ticking) know(kept *journal.Ticks) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = kept
}

// notice decides on the ticks that have come since.
func (k *ticking) notice(ctx context.Context, kept *journal.Ticks) (*journal.Ticks, error) {
	now := k.server.config.Now()
	before := tick.Kept{Times: kept.Times, Seen: kept.Seen, Due: kept.Due}
	n := k.rules.News(before, now)
	if n == nil {
		return kept, nil
	}
	running := ""
	if k.route.trigger.Overlap == tick.Skip && len(n.Fresh) > 0 {
		var err error
		if running, _, err = k.running(ctx, kept); err != nil {
			return nil, err
		}
	}
	to, after := *kept, k.rules.Settle(n, before, running != "")
	to.Times, to.Seen, to.Due = after.Times, after.Seen, after.Due
	moved, err := k.keeper.move(ctx, kept, &to)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the trigger
	}
	k.know(moved)
	k.tell(n, running)
	return moved, nil
}
