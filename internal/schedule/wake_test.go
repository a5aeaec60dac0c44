package schedule_test

import (
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/schedule"
)

// Whoever wakes at the times of Wakes meets every tick, on days of change too, and is
// seldom woken in vain.
func TestWakesMeetEveryTick(t *testing.T) {
	from := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "America/Santiago", "Africa/Cairo", "Asia/Kathmandu"} {
		place, err := schedule.Zone(zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{
			"30 2 * * *", "0 0 * * *", "15,45 1-3 * * *", "0 12 13 * 5", "0 12 */2 * 5", "*/15 * * * *", "0 */2 * * *", "30 23 1 * *", "0 3 29 2 *",
			"0 9 * * MON-FRI", "59 23 31 12 *", "@hourly", "@weekly", "every 15m", "every 6h", "every 90s", "every 96m", "every 12h", "every 24h", "5 0 1-7 * 0",
		} {
			s, err := schedule.Parse(text, place)
			if err != nil {
				t.Fatal(err)
			}
			wakes := s.Wakes(from, 30)
			at, n := from, 0
			for n = range 1000 {
				next, ok := s.Next(at)
				if !ok || next.Year() > 2056 {
					break
				}
				if !wakes.Match(next) {
					t.Fatalf("%s in %s: nobody wakes at the tick %s: %+v", text, zone, next, wakes)
				}
				at = next
			}
			if n < 5 {
				t.Errorf("%s in %s: %d ticks", text, zone, n)
			}
			if wakes.Match(at.Add(time.Nanosecond)) || wakes.Match(at.Add(time.Second)) && wakes.Every != time.Second {
				t.Errorf("%s in %s: woken behind %s", text, zone, at)
			}
		}
	}
}

// In a zone without changes of its clock the times are the ticks.
func TestWakesAreTheTicks(t *testing.T) {
	for _, text := range []string{"30 2 * * *", "0 12 13 * 5", "0 12 */2 * 5", "every 6h", "*/7 5-7 * JAN,FEB 1"} {
		s, err := schedule.Parse(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		wakes := s.Wakes(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 5)
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); at.Month() < 4; at = at.Add(time.Minute) {
			next, _ := s.Next(at.Add(-time.Second))
			if ticks := next.Equal(at); ticks != wakes.Match(at) {
				t.Fatalf("%s: %s ticks: %t", text, at, ticks)
			}
		}
	}
}
