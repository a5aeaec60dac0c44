package schedule

import (
	"slices"
	"time"
)

// Wakes are times that have every tick of a schedule among them, in the terms of a
// timer that knows clocks and calendars, and not the rules of this package: a time that
// a zone leaves out is left out there, one that comes twice comes twice. Whoever is
// woken asks the schedule.
type Wakes struct {
	// Zone is where Calendars are meant.
	Zone *time.Location
	// Calendars are clock times; nil for a schedule that says "every".
	Calendars []Calendar
	// Every is the distance of a schedule that says so, counted from 1970 in UTC, plus
	// each of Phases.
	Every  time.Duration
	Phases []time.Duration
}

// Calendar is the clock times at which all of its fields match; an empty field always
// does.
type Calendar struct {
	Seconds, Minutes, Hours, Days, Months, Weekdays []int // Seconds empty is 0; Sunday is 0
}

// Wakes returns those of a schedule. What the zone does to its clock is looked at for so
// many years from a time on: such changes most often come on the same days each year,
// and these are then found in later years, too.
func (s *Schedule) Wakes(from time.Time, years int) Wakes {
	until := from.AddDate(years, 0, 0)
	w := Wakes{Zone: s.zone}
	if s.every > 0 {
		w.Every = time.Duration(s.every) * time.Second
		for at := from; at.Before(until); {
			p := s.period(at.Unix())
			phase := time.Duration(mod(-p.offset, s.every)) * time.Second
			if !slices.Contains(w.Phases, phase) {
				w.Phases = append(w.Phases, phase)
			}
			if p.end >= latest {
				break
			}
			at = time.Unix(p.end, 0)
		}
		slices.Sort(w.Phases)
		return w
	}
	c := Calendar{Minutes: s.minute.values(&minutes), Hours: s.hour.values(&hours), Months: s.month.values(&months)}
	inMonth, inWeek := s.day.values(&days), s.weekday.values(&weekdays)
	if s.day.star || s.weekday.star {
		c.Days, c.Weekdays = inMonth, inWeek
		w.Calendars = []Calendar{c}
	} else {
		byMonth, byWeek := c, c
		byMonth.Days, byWeek.Weekdays = inMonth, inWeek
		w.Calendars = []Calendar{byMonth, byWeek}
	}
	w.Calendars = append(w.Calendars, s.afterGaps(from, until)...)
	return w
}

// Match reports whether somebody is woken at a time.
func (w *Wakes) Match(at time.Time) bool {
	if at.Nanosecond() != 0 {
		return false
	}
	for _, phase := range w.Phases {
		if mod(at.Unix()-int64(phase/time.Second), int64(w.Every/time.Second)) == 0 {
			return true
		}
	}
	at = at.In(w.Zone)
	return slices.ContainsFunc(w.Calendars, func(c Calendar) bool {
		second := at.Second() == 0
		if len(c.Seconds) > 0 {
			second = slices.Contains(c.Seconds, at.Second())
		}
		return second && matches(c.Minutes, at.Minute()) && matches(c.Hours, at.Hour()) && matches(c.Days, at.Day()) &&
			matches(c.Months, int(at.Month())) && matches(c.Weekdays, int(at.Weekday()))
	})
}

func matches(field []int, v int) bool { return len(field) == 0 || slices.Contains(field, v) }

// values lists what matches; nil for everything.
func (f field) values(k *kind) []int {
	if f.set == k.all() {
		return nil
	}
	var list []int
	for v := k.min; v <= k.max; v++ {
		if f.has(v) {
			list = append(list, v)
		}
	}
	return list
}

// afterGaps returns when the ticks come whose time the zone leaves out: the first
// moments after its gaps, by their clock times.
func (s *Schedule) afterGaps(from, until time.Time) []Calendar {
	if s.literal() {
		return nil
	}
	var found []Calendar
	for at := from.Unix(); at < until.Unix(); {
		p := s.period(at)
		if p.end >= latest {
			break
		}
		at = p.end
		first := time.Unix(at, 0).In(s.zone)
		if tick, ok := s.Next(first.Add(-time.Second)); !ok || !tick.Equal(first) {
			continue
		}
		i := slices.IndexFunc(found, func(c Calendar) bool {
			return c.Seconds[0] == first.Second() && c.Minutes[0] == first.Minute() && c.Hours[0] == first.Hour()
		})
		if i < 0 {
			i = len(found)
			found = append(found, Calendar{Seconds: []int{first.Second()}, Minutes: []int{first.Minute()}, Hours: []int{first.Hour()}})
		}
		found[i].Days, found[i].Months = with(found[i].Days, first.Day()), with(found[i].Months, int(first.Month()))
	}
	return found
}

// with returns a list with a value, each once, in their order.
func with(list []int, v int) []int {
	at, there := slices.BinarySearch(list, v)
	if there {
		return list
	}
	return slices.Insert(list, at, v)
}
