package schedule

import (
	"slices"
	"time"
)

// lookback is as far as Between looks back before it counts everything.
const lookback = 100 * 365 * 24 * time.Hour

// Between returns the ticks after one time and not after another, oldest first;
// of more than most the latest ones, and cut is then true. It takes no more
// memory than they do.
func (s *Schedule) Between(after, until time.Time, most int) (ticks []time.Time, cut bool) {
	if most < 1 || !after.Before(until) {
		return nil, false
	}
	// Who was away for years from a tick a second does not want all of them
	// counted: look at the end first, and farther back where that was too little.
	for back := time.Hour; back < lookback && until.Add(-back).After(after); back *= 2 {
		if ticks, cut = s.last(until.Add(-back), until, most); cut {
			return ticks, true
		}
	}
	return s.last(after, until, most)
}

func (s *Schedule) last(after, until time.Time, most int) (ticks []time.Time, cut bool) {
	for {
		tick, ok := s.Next(after)
		if !ok || tick.After(until) {
			break
		}
		ticks = append(ticks, tick)
		if len(ticks) >= 2*most+1 {
			ticks, cut = slices.Delete(ticks, 0, len(ticks)-most), true
		}
		after = tick
	}
	if len(ticks) > most {
		return ticks[len(ticks)-most:], true
	}
	return ticks, cut
}
