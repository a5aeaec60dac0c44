package schedule

import "time"

const (
	minuteSeconds = 60
	hourSeconds   = 60 * minuteSeconds
	daySeconds    = 24 * hourSeconds
	// cycleDays is after how many days the calendar is the same again, with the
	// days of the week: 400 years.
	cycleDays = 146_097
)

// A wall is what a clock shows, as seconds since 1970 began on that clock: days
// of 86,400 seconds whatever the zone did.

// nextWall returns the first wall at which the schedule matches that is not
// before from and is before limit.
func (s *Schedule) nextWall(from, limit int64) (int64, bool) {
	if s.every > 0 {
		wall := ceil(from, s.every) * s.every
		return wall, wall < limit
	}
	from = ceil(from, minuteSeconds) * minuteSeconds
	day, rest := floor(from, daySeconds), int(mod(from, daySeconds))
	last := min(floor(limit-1, daySeconds), day+cycleDays)
	for day <= last {
		date := time.Unix(day*daySeconds, 0).UTC()
		if year, month, dayOfMonth := date.Date(); !s.month.has(int(month)) {
			day, rest = time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC).Unix()/daySeconds, 0
			continue
		} else if s.onDay(dayOfMonth, date.Weekday()) {
			if second, ok := s.inDay(rest); ok {
				wall := day*daySeconds + int64(second)
				return wall, wall < limit
			}
		}
		day, rest = day+1, 0
	}
	return 0, false
}

// onDay reports whether a day matches. As crontab(5) has it, one of the two
// fields is enough where both are restricted, that is where neither begins
// with *.
func (s *Schedule) onDay(day int, weekday time.Weekday) bool {
	inMonth, inWeek := s.day.has(day), s.weekday.has(int(weekday))
	if s.day.star || s.weekday.star {
		return inMonth && inWeek
	}
	return inMonth || inWeek
}

// inDay returns the first second of a day that matches and is not before from, a
// whole minute.
func (s *Schedule) inDay(from int) (second int, ok bool) {
	hour := from / hourSeconds
	if s.hour.has(hour) {
		if minute, ok := s.minute.next(from % hourSeconds / minuteSeconds); ok {
			return hour*hourSeconds + minute*minuteSeconds, true
		}
	}
	if hour, ok = s.hour.next(hour + 1); !ok {
		return 0, false
	}
	minute, ok := s.minute.next(0)
	return hour*hourSeconds + minute*minuteSeconds, ok
}

// comes reports whether the schedule has any day.
func (s *Schedule) comes() bool {
	_, ok := s.nextWall(0, cycleDays*daySeconds)
	return ok
}

func floor(a, b int64) int64 { return (a - mod(a, b)) / b }

func ceil(a, b int64) int64 { return -floor(-a, b) }

func mod(a, b int64) int64 { return ((a % b) + b) % b }
