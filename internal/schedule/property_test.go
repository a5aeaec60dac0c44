package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/internal/schedule"
)

// What Next says is what a walk along the clock says, whatever the schedule.
func TestNextIsWhatTheClockShows(t *testing.T) {
	zones := []*time.Location{}
	for _, name := range []string{
		"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia",
		"Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca", "Antarctica/Troll", "Asia/Pyongyang", "America/Caracas",
	} {
		zones = append(zones, mustZone(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		after := time.Unix(rapid.Int64Range(6e8, 50e8).Draw(t, "after"), 0).In(zone)
		// Most of the time, begin near a change of the clock.
		if _, end := after.ZoneBounds(); !end.IsZero() && rapid.IntRange(0, 3).Draw(t, "near") > 0 {
			after = end.Add(-time.Duration(rapid.IntRange(0, 30*3600).Draw(t, "before")) * time.Second)
		}
		text := aSchedule(t)
		s, err := schedule.Parse(text, zone)
		if err != nil {
			t.Skip(err) // a day that never comes
		}
		end := after.Add(40 * time.Hour)
		want := walk(text, zone, after, end, 20)
		got := []time.Time{}
		for _, tick := range next(s, after, 20) {
			if !tick.After(end) {
				got = append(got, tick)
			}
		}
		if show(got) != show(want) {
			t.Fatalf("%s in %v after %v\n got %s\nwant %s", text, zone, after, show(got), show(want))
		}
		laterIsNotSooner(t, s, after)
	})
}

// laterIsNotSooner holds Next to being monotone, and ticks to being later.
func laterIsNotSooner(t *rapid.T, s *schedule.Schedule, after time.Time) {
	first, ok := s.Next(after)
	if !ok {
		return
	}
	if !first.After(after) {
		t.Fatalf("%s: %v is not after %v", s, first, after)
	}
	later := after.Add(time.Duration(rapid.Int64Range(0, int64(300*24*time.Hour)).Draw(t, "later")))
	if second, ok := s.Next(later); ok && second.Before(first) {
		t.Fatalf("%s: after %v comes %v, after %v already %v", s, after, first, later, second)
	} else if later.Before(first) && !second.Equal(first) {
		t.Fatalf("%s: after %v comes %v, after %v, before that, %v", s, after, first, later, second)
	}
}

// aSchedule draws five fields.
func aSchedule(t *rapid.T) string {
	field := func(name string, low, high int) string {
		one := func() string {
			from := rapid.IntRange(low, high).Draw(t, name)
			switch rapid.IntRange(0, 3).Draw(t, "shape") {
			case 0:
				to := rapid.IntRange(from, high).Draw(t, "to")
				return fmt.Sprintf("%d-%d/%d", from, to, rapid.IntRange(1, high-low).Draw(t, "step"))
			case 1:
				return fmt.Sprintf("*/%d", rapid.IntRange(1, high-low).Draw(t, "step"))
			default:
				return fmt.Sprint(from)
			}
		}
		switch rapid.IntRange(0, 4).Draw(t, "many") {
		case 0, 1:
			return "*"
		case 2:
			return one() + "," + one()
		default:
			return one()
		}
	}
	return fmt.Sprintf("%s %s %s %s %s", field("minute", 0, 59), field("hour", 0, 23), field("day", 1, 31), field("month", 1, 12), field("weekday", 0, 7))
}

func FuzzNext(f *testing.F) {
	zones := []string{"UTC", "Europe/Berlin", "Pacific/Apia", "Africa/Monrovia", "Australia/Lord_Howe"}
	for i, text := range []string{"*/5 * * * *", "30 2 29 FEB MON-FRI", "@daily", "every 1h30m", "0 0 * * 5-7", "0 0 31 2 *", "0 12 ? * FRI#2 2026", "cron(0 1 L * ? *)", "1,,2-1/0 a 5/3 13 7-2"} {
		f.Add(text, uint8(i), int64(i)*1e8)
	}
	f.Fuzz(func(t *testing.T, text string, zone uint8, unix int64) {
		s, err := schedule.Parse(text, mustZone(t, zones[int(zone)%len(zones)]))
		if err != nil {
			for _, m := range err.(schedule.Mistakes) { //nolint:errorlint,forcetypeassert // Parse says so
				if m.Start < 0 || m.End < m.Start || m.End > len(text) || m.Message == "" {
					t.Fatalf("%q: %+v", text, m)
				}
			}
			return
		}
		again, err := schedule.Parse(s.String(), s.Zone())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q is %q, which is %v, %v", text, s, again, err)
		}
		after := time.Unix(unix, 0)
		one, okOne := s.Next(after)
		two, okTwo := again.Next(after)
		if okOne != okTwo || !one.Equal(two) {
			t.Fatalf("%q: %v, but as %q %v", text, one, again, two)
		}
		if okOne && !one.After(after) {
			t.Fatalf("%q: %v is not after %v", text, one, after)
		}
	})
}
