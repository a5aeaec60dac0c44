package schedule

import (
	"math"
	"time"
)

// Times are those of the years that RFC 3339 can write.
var (
	earliest = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	latest   = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).Unix()
)

// Next returns the first tick after a time, in the schedule's zone. ok is false
// where there is none within 400 years, after which the calendar is the same
// again, or before the year 9999 ends.
func (s *Schedule) Next(after time.Time) (tick time.Time, ok bool) {
	if after.Year() > 9999 {
		return time.Time{}, false
	}
	from := max(after.Unix()+1, earliest)
	end := min(from+cycleDays*daySeconds, latest)
	for from < end {
		p := s.period(from)
		if at, ok := s.within(p, from); ok {
			return time.Unix(at, 0).In(s.zone), at < end
		}
		from = p.end
	}
	return time.Time{}, false
}

// period is a time in which a zone does not change its clock.
type period struct {
	start, end int64 // Unix times; end does not belong to it
	offset     int64 // seconds east of UTC
}

// period returns the one that a Unix time belongs to. Where a zone goes by a rule
// instead of a list, time.Time.ZoneBounds (Go 1.26) ends each year after 365 days:
// for the last day of a leap year it returns an end that has passed.
func (s *Schedule) period(at int64) period {
	t := time.Unix(at, 0).In(s.zone)
	start, end := t.ZoneBounds()
	_, offset := t.Zone()
	p := period{start: math.MinInt64, end: math.MaxInt64, offset: int64(offset)}
	if !start.IsZero() {
		p.start = start.Unix()
	}
	if !end.IsZero() {
		p.end = end.Unix()
		for p.end <= at {
			p.end += daySeconds
		}
	}
	return p
}

// within returns the first tick of a period that is not before from, which is in
// it.
func (s *Schedule) within(p period, from int64) (int64, bool) {
	wall, limit := from+p.offset, int64(math.MaxInt64)
	if p.end != math.MaxInt64 {
		limit = p.end + p.offset
	}
	if !s.literal() && p.start != math.MinInt64 && from-p.start < farthest {
		shown := s.shown(p)
		if from == p.start && shown < wall {
			if _, missing := s.nextWall(shown, wall); missing {
				return from, true
			}
		}
		wall = max(wall, shown)
	}
	at, ok := s.nextWall(wall, limit)
	return at - p.offset, ok
}

// farthest is more than a zone ever moves its clock, in seconds.
const farthest = 2 * daySeconds

// shown returns the wall that the zone's clock has not reached before a period
// begins: whatever is earlier was shown, or left out for good.
func (s *Schedule) shown(p period) int64 {
	wall := int64(math.MinInt64)
	for start := p.start; start != math.MinInt64 && p.start-start < farthest; {
		before := s.period(start - 1)
		wall = max(wall, start+before.offset)
		start = before.start
	}
	return wall
}
