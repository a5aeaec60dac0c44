// Package tick decides what becomes of the ticks of a schedule: which begin runs
// now, which wait, and which are left out, by what the trigger says of overlaps and
// of ticks that nobody served. It reads no clock and keeps nothing: how far a
// schedule has come is given, and given back.
package tick

import (
	"slices"
	"time"

	"github.com/medlar-flow/medlar/internal/schedule"
)

// What a schedule says of ticks that come while a run goes, and of those that
// nobody served.
const (
	Skip  = "skip"
	Once  = "once"
	Allow = "allow"
)

// How a schedule is followed.
const (
	// OnTime is how late a tick may be noticed and is still one that somebody served.
	OnTime = 10 * time.Second
	// MostAhead is how far the clock may have been set back before what it showed is
	// taken for wrong.
	MostAhead = time.Hour
	// MostDue bounds the ticks that wait for their runs to begin.
	MostDue = 100
)

// Kept is how far a schedule has come.
type Kept struct {
	Times string      // the schedule and its zone, in one spelling
	Seen  time.Time   // ticks up to it are decided on
	Due   []time.Time // ticks that wait for their runs to begin
}

// Rules are what a trigger says of its ticks.
type Rules struct {
	Schedule *schedule.Schedule
	Times    string // the schedule and its zone, in one spelling
	Overlap  string // skip, queue or allow
	Missed   string // skip, once or all
}

// NewRules returns those of a trigger. The error says what is wrong with its schedule
// or its zone.
func NewRules(text, zone, overlap, missed string) (*Rules, error) {
	place, err := schedule.Zone(zone)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	times, err := schedule.Parse(text, place)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	return &Rules{Schedule: times, Times: times.String() + " " + place.String(), Overlap: overlap, Missed: missed}, nil
}

// News are the ticks that came since a schedule was last looked at, and what
// becomes of them.
type News struct {
	Anew  bool          // the schedule is new, or another one: it has missed nothing
	Back  time.Duration // by how much the clock was set back, where that is much
	Until time.Time     // what is decided

	Late  []time.Time // ticks that nobody served, and that begin runs one after another
	Fresh []time.Time // ticks that begin runs as the overlap lets them

	Missed  int  // ticks that nobody served, and that begin no run
	Cut     bool // there were more of them than are looked at
	Skipped int  // ticks that begin no run because one goes
	Full    int  // ticks that begin no run because too many wait
}

// News returns what is new; nil for nothing.
func (r *Rules) News(kept Kept, now time.Time) *News {
	if kept.Times != r.Times {
		return &News{Anew: true, Until: now}
	}
	if ahead := kept.Seen.Sub(now); ahead > MostAhead {
		return &News{Back: ahead, Until: now}
	}
	ticks, cut := r.Schedule.Between(kept.Seen, now, MostDue)
	if len(ticks) == 0 {
		return nil
	}
	n := &News{Until: ticks[len(ticks)-1], Cut: cut}
	served := slices.IndexFunc(ticks, func(at time.Time) bool { return now.Sub(at) <= OnTime })
	if served < 0 {
		served = len(ticks)
	}
	switch {
	case served == 0:
		n.Fresh = ticks
	case r.Missed == Skip:
		n.Fresh, n.Missed = ticks[served:], served
	case r.Missed == Once:
		n.Fresh, n.Missed = ticks[len(ticks)-1:], len(ticks)-1
	case r.Overlap == Allow:
		n.Late, n.Fresh = ticks[:served], ticks[served:]
	default: // those on time would meet the runs of the others, and be skipped
		n.Late = ticks
	}
	return n
}

// During returns what is new where a run went all the time since the schedule was last
// looked at: its ticks met that, and were served; nil for nothing.
func (r *Rules) During(kept Kept, now time.Time) *News {
	n := &News{}
	last, cut := r.Schedule.Between(kept.Seen, now, MostDue)
	if len(last) == 0 {
		return nil
	}
	n.Until = last[len(last)-1]
	if r.Overlap == Skip {
		n.Skipped, n.Cut = len(last), cut
		return n
	}
	at, room := kept.Seen, MostDue-len(kept.Due)
	for {
		next, ok := r.Schedule.Next(at)
		if !ok || next.After(now) || len(n.Fresh) > room {
			break
		}
		n.Fresh = append(n.Fresh, next)
		at = next
	}
	if len(n.Fresh) > room { // Settle leaves one out, and those behind it are cut
		rest, _ := r.Schedule.Between(at, now, MostDue)
		n.Full = len(rest)
	}
	return n
}

// Settle returns how far the schedule has come then. busy says that a run of it
// goes.
func (r *Rules) Settle(n *News, kept Kept, busy bool) Kept {
	to := Kept{Times: r.Times, Seen: n.Until, Due: slices.Clone(kept.Due)}
	wait := func(at time.Time) {
		if len(to.Due) >= MostDue {
			n.Full++
			return
		}
		to.Due = append(to.Due, at.UTC())
	}
	for _, at := range n.Late {
		wait(at)
	}
	for _, at := range n.Fresh {
		if r.Overlap == Skip && (busy || len(to.Due) > 0) {
			n.Skipped++
			continue
		}
		wait(at)
	}
	return to
}
