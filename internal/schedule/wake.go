package schedule

import (
	"slices"
	"time"
)

// Wakes are times that have every tick of a schedule among them, in terms that a timer
// without our rules understands: clocks and calendars in UTC, where nothing is left out
// and nothing comes twice. Whoever is woken asks the schedule.
type Wakes struct {
	// Calendars are clock times in UTC; nil for a schedule that says "every".
	Calendars []Calendar
	// Every is the distance of a schedule that says so, counted from 1970 in UTC, plus
	// each of Phases.
	Every  time.Duration
	Phases []time.Duration
}

// Calendar is the clock times at which all of its fields match; an empty field always
// does, but for Seconds, of which it is 0. Sunday is 0.
type Calendar struct {
	Seconds, Minutes, Hours, Days, Months, Weekdays []int
}

// Wakes returns those of a schedule. What the zone does to its clock is looked at for so
// many years from a time on: such changes most often come on the same days each year,
// and these are then found in later years, too.
func (s *Schedule) Wakes(from time.Time, years int) Wakes {
	until := from.AddDate(years, 0, 0)
	var w Wakes
	offsets := s.offsets(from, until)
	if s.every > 0 {
		w.Every = time.Duration(s.every) * time.Second
		for _, o := range offsets {
			if phase := time.Duration(mod(-o.seconds, s.every)) * time.Second; !slices.Contains(w.Phases, phase) {
				w.Phases = append(w.Phases, phase)
			}
		}
		return w
	}
	c := Calendar{Months: s.month.values(&months)}
	inMonth, inWeek := s.day.values(&days), s.weekday.values(&weekdays)
	dates := []Calendar{c}
	if s.day.star || s.weekday.star {
		dates[0].Days, dates[0].Weekdays = inMonth, inWeek
	} else { // one of them is enough
		dates = append(dates, c)
		dates[0].Days, dates[1].Weekdays = inMonth, inWeek
	}
	for _, o := range offsets {
		for _, date := range dates {
			w.Calendars = append(w.Calendars, s.inUTC(date, o)...)
		}
	}
	w.Calendars = append(w.Calendars, s.afterGaps(from, until)...)
	return w
}

// offset is a distance of a zone's clock from UTC, and the months in which it has that.
type offset struct {
	seconds int64
	months  []int // all in UTC, in their order; nil for all
}

// offsets lists those of a time.
func (s *Schedule) offsets(from, until time.Time) []offset {
	var found []offset
	for at := from.Unix(); at < until.Unix(); {
		p := s.period(at)
		i := slices.IndexFunc(found, func(o offset) bool { return o.seconds == p.offset })
		if i < 0 {
			i = len(found)
			found = append(found, offset{seconds: p.offset})
		}
		end := min(p.end, until.Unix())
		for month := time.Unix(at, 0).UTC(); len(found[i].months) < 12 && month.Unix() < end; {
			found[i].months = with(found[i].months, int(month.Month()))
			month = time.Date(month.Year(), month.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		}
		at = end
	}
	for i := range found {
		if len(found[i].months) == 12 {
			found[i].months = nil
		}
	}
	return found
}

// inUTC returns the times of a day, and the dates, while the zone has an offset.
func (s *Schedule) inUTC(date Calendar, o offset) []Calendar {
	type key struct {
		day     int64  // by how much the date is another one
		minutes uint64 // at which
	}
	var order []key
	at := map[key][]int{} // the hours
	second := int(mod(-o.seconds, minuteSeconds))
	for day := int64(-2); day <= 2; day++ {
		for hour := range int64(24) {
			var set uint64
			for minute := range int64(60) {
				wall := day*daySeconds + hour*hourSeconds + minute*minuteSeconds + int64(second) + o.seconds
				if wall < 0 || wall >= daySeconds || !s.hour.has(int(wall/hourSeconds)) || !s.minute.has(int(wall%hourSeconds/minuteSeconds)) {
					continue
				}
				set |= 1 << minute
			}
			if set == 0 {
				continue
			}
			k := key{day, set}
			if at[k] == nil {
				order = append(order, k)
			}
			at[k] = append(at[k], int(hour))
		}
	}
	var list []Calendar
	for _, k := range order {
		c := date.moved(int(k.day))
		c.Seconds, c.Minutes, c.Hours = []int{second}, field{set: k.minutes}.values(&minutes), at[k]
		if len(at[k]) == 24 {
			c.Hours = nil
		}
		if o.months != nil {
			both := slices.DeleteFunc(slices.Clone(o.months), func(m int) bool { return !matches(c.Months, m) })
			if len(both) == 0 {
				continue
			}
			c.Months = both
		}
		list = append(list, c)
	}
	return list
}

// moved returns the dates that are so many days later; where a month ends in between,
// its last days or the first one.
func (c Calendar) moved(by int) Calendar {
	if by == 0 {
		return c
	}
	var to Calendar
	for _, day := range c.Days {
		switch moved := day + by; {
		case moved < 1:
			for last := 28 + moved; last <= 31; last++ {
				to.Days = with(to.Days, last)
			}
		case moved > 28:
			for first := 1; first <= moved-28; first++ {
				to.Days = with(to.Days, first)
			}
			if moved <= 31 {
				to.Days = with(to.Days, moved)
			}
		default:
			to.Days = with(to.Days, moved)
		}
	}
	for _, month := range c.Months {
		to.Months = with(to.Months, month)
		to.Months = with(to.Months, int(mod(int64(month-1+by/max(by, -by)), 12))+1)
	}
	for _, day := range c.Weekdays {
		to.Weekdays = with(to.Weekdays, int(mod(int64(day+by), 7)))
	}
	return to
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
	at = at.UTC()
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
// moments after its gaps.
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
		first := time.Unix(at, 0).UTC()
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
