package schedule_test

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// walk says when a schedule of five fields without names ticks, by looking at
// the clock each minute: slow, and by another way than the package. It is for
// zones whose offsets are whole minutes.
func walk(text string, zone *time.Location, after, until time.Time, most int) []time.Time {
	fields := strings.Fields(text)
	literal := fields[0][0] == '*' || fields[1][0] == '*'
	var ticks []time.Time
	var shown time.Time
	begin := after
	if !literal {
		begin = after.Add(-30 * time.Hour) // so that shown knows a change of the clock
	}
	for t := begin.Truncate(time.Minute); !t.After(until) && len(ticks) < most; t = t.Add(time.Minute) {
		wall := clock(t.In(zone))
		hit := literal && matches(fields, wall)
		if !literal && !shown.IsZero() {
			for w := shown.Add(time.Minute); !w.After(wall); w = w.Add(time.Minute) {
				hit = hit || matches(fields, w)
			}
		}
		if wall.After(shown) {
			shown = wall
		}
		if hit && t.After(after) {
			ticks = append(ticks, t.In(zone))
		}
	}
	return ticks
}

// clock returns what a clock shows as a time of UTC.
func clock(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
}

func matches(fields []string, wall time.Time) bool {
	day := fits(fields[2], wall.Day(), 1, 31)
	weekday := fits(fields[4], int(wall.Weekday()), 0, 6) || wall.Weekday() == time.Sunday && fits(fields[4], 7, 7, 7)
	if fields[2][0] != '*' && fields[4][0] != '*' {
		day = day || weekday
	} else {
		day = day && weekday
	}
	return day && fits(fields[0], wall.Minute(), 0, 59) && fits(fields[1], wall.Hour(), 0, 23) && fits(fields[3], int(wall.Month()), 1, 12)
}

func fits(list string, value, low, high int) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(one string) bool {
		low, high, step := low, high, 1
		if base, every, ok := strings.Cut(one, "/"); ok {
			one, step = base, number(every)
		}
		if one != "*" {
			from, to, isRange := strings.Cut(one, "-")
			if low = number(from); isRange {
				high = number(to)
			} else {
				high = low
			}
		}
		return low <= value && value <= high && (value-low)%step == 0
	})
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}
