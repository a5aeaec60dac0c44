package serve

import (
	"slices"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// What a schedule says of ticks that come while a run goes, and of those that
// nobody served.
const (
	overlapSkip  = "skip"
	overlapAllow = "allow"
	missedSkip   = "skip"
	missedOnce   = "once"
)

// news are the ticks that came since a schedule was last looked at, and what
// becomes of them.
type news struct {
	anew  bool          // the schedule is new, or another one: it has missed nothing
	back  time.Duration // by how much the clock was set back, where that is much
	until time.Time     // what is decided

	late  []time.Time // ticks that nobody served, and that begin runs one after another
	fresh []time.Time // ticks that begin runs as the overlap lets them

	missed  int  // ticks that nobody served, and that begin no run
	cut     bool // there were more of them than are looked at
	skipped int  // ticks that begin no run because one goes
	full    int  // ticks that begin no run because too many wait
}

// news returns what is new; nil for nothing.
func (k *ticking) news(kept *journal.Ticks, now time.Time) *news {
	if kept.Times != k.times {
		return &news{anew: true, until: now}
	}
	if ahead := kept.Seen.Sub(now); ahead > mostAhead {
		return &news{back: ahead, until: now}
	}
	ticks, cut := k.schedule.Between(kept.Seen, now, mostDue)
	if len(ticks) == 0 {
		return nil
	}
	n := &news{until: ticks[len(ticks)-1], cut: cut}
	served := slices.IndexFunc(ticks, func(at time.Time) bool { return now.Sub(at) <= onTime })
	if served < 0 {
		served = len(ticks)
	}
	switch missed := k.route.trigger.Missed; {
	case served == 0:
		n.fresh = ticks
	case missed == missedSkip:
		n.fresh, n.missed = ticks[served:], served
	case missed == missedOnce:
		n.fresh, n.missed = ticks[len(ticks)-1:], len(ticks)-1
	default:
		n.late, n.fresh = ticks[:served], ticks[served:]
	}
	return n
}

// settle returns how far the schedule has come then. busy says that a run of it
// goes.
func (n *news) settle(kept *journal.Ticks, overlap string, busy bool) *journal.Ticks {
	to := *kept
	to.Seen, to.Due = n.until, slices.Clone(kept.Due)
	wait := func(at time.Time) {
		if len(to.Due) >= mostDue {
			n.full++
			return
		}
		to.Due = append(to.Due, at.UTC())
	}
	for _, at := range n.late {
		wait(at)
	}
	for _, at := range n.fresh {
		if overlap == overlapSkip && (busy || len(to.Due) > 0) {
			n.skipped++
			continue
		}
		wait(at)
	}
	return &to
}
