package schedule_test

import (
	"fmt"
	"testing"
	"time"
)

// The rules of changed clocks, in the zone's own time.
func TestNextWhereClocksChange(t *testing.T) {
	for _, c := range []struct{ name, zone, text, after, want string }{
		{"a gap", "Europe/Berlin", "30 2 * * *", "2026-03-28 12:00", "29 03:00 +0200, 30 02:30 +0200, 31 02:30 +0200"},
		{"two times in a gap are one tick", "Europe/Berlin", "15,45 2 * * *", "2026-03-28 12:00", "29 03:00 +0200, 30 02:15 +0200, 30 02:45 +0200"},
		{"with one at its end", "Europe/Berlin", "0 2,3 * * *", "2026-03-28 12:00", "29 03:00 +0200, 30 02:00 +0200, 30 03:00 +0200"},
		{"a gap of 30 minutes", "Australia/Lord_Howe", "15 2 * * *", "2026-10-03 12:00", "04 02:30 +1100, 05 02:15 +1100, 06 02:15 +1100"},
		{"a gap at midnight", "America/Sao_Paulo", "0 0 * * *", "2018-11-03 12:00", "04 01:00 -0200, 05 00:00 -0200, 06 00:00 -0200"},
		{"a gap at midnight, within it", "Asia/Beirut", "30 0 * * *", "2026-03-28 12:00", "29 01:00 +0300, 30 00:30 +0300, 31 00:30 +0300"},
		{"an overlap", "Europe/Berlin", "30 2 * * *", "2026-10-24 12:00", "25 02:30 +0200, 26 02:30 +0100, 27 02:30 +0100"},
		{"an overlap, each time once", "America/New_York", "15,45 1 * * *", "2026-10-31 12:00", "01 01:15 -0400, 01 01:45 -0400, 02 01:15 -0500"},
		{"an overlap of 30 minutes", "Australia/Lord_Howe", "45 1 * * *", "2026-04-04 12:00", "05 01:45 +1100, 06 01:45 +1030, 07 01:45 +1030"},
		{"an overlap, asked within its second half", "Europe/Berlin", "30 2 * * *", "2026-10-25T01:10:00Z", "26 02:30 +0100, 27 02:30 +0100, 28 02:30 +0100"},
		{"hours over an overlap", "Europe/Berlin", "0 * * * *", "2026-10-25 01:30", "25 02:00 +0200, 25 02:00 +0100, 25 03:00 +0100"},
		{"hours over a gap", "Europe/Berlin", "0 * * * *", "2026-03-29 00:30", "29 01:00 +0100, 29 03:00 +0200, 29 04:00 +0200"},
		{"minutes of an hour that does not come", "Europe/Berlin", "*/30 2 * * *", "2026-03-28 12:00", "30 02:00 +0200, 30 02:30 +0200, 31 02:00 +0200"},
		{"minutes of an hour that comes twice", "America/New_York", "*/30 1 * * *", "2026-11-01 00:59", "01 01:00 -0400, 01 01:30 -0400, 01 01:00 -0500"},
		{"intervals over an overlap", "Europe/Berlin", "every 30m", "2026-10-25T00:00:00Z", "25 02:30 +0200, 25 02:00 +0100, 25 02:30 +0100"},
		{"intervals are the clock's", "Europe/Berlin", "every 6h", "2026-03-28 20:00", "29 00:00 +0100, 29 06:00 +0200, 29 12:00 +0200"},
		{"half days in autumn", "Europe/Berlin", "every 12h", "2026-10-24 20:00", "25 00:00 +0200, 25 12:00 +0100, 26 00:00 +0100"},
		{"a day that never was", "Pacific/Apia", "0 9 30 12 *", "2011-12-01 00:00", "31 00:00 +1400, 30 09:00 +1400, 30 09:00 +1400"},
		{"a day that never was, each day", "Pacific/Apia", "0 9 * * *", "2011-12-29 08:00", "29 09:00 -1000, 31 00:00 +1400, 31 09:00 +1400"},
		{"a day that came twice", "Pacific/Apia", "0 9 4 7 *", "1892-07-03 00:00", "04 09:00 +1233, 04 09:00 -1126, 04 09:00 -1126"},
		{"an offset with seconds", "Africa/Monrovia", "0 12 * * *", "1972-01-05 13:00", "06 12:00 -0044, 07 12:00 +0000, 08 12:00 +0000"},
		{"the first offset of a zone", "America/New_York", "0 0 * * *", "1880-01-01 12:00", "02 00:00 -0456, 03 00:00 -0456, 04 00:00 -0456"},
		{"midnight comes twice", "America/St_Johns", "0 0 * * *", "2006-10-28 12:00", "29 00:00 -0230, 30 00:00 -0330, 31 00:00 -0330"},
		{"the hour before midnight comes twice", "America/Sao_Paulo", "30 23 * * *", "2018-02-17 12:00", "17 23:30 -0200, 18 23:30 -0300, 19 23:30 -0300"},
		{"leap day over 2100", "UTC", "0 0 29 2 *", "2096-03-01 00:00", "29 00:00 +0000, 29 00:00 +0000, 29 00:00 +0000"},
		{"the last day of a leap year", "Europe/Berlin", "30 2 * * *", "2040-12-30 12:00", "31 02:30 +0100, 01 02:30 +0100, 02 02:30 +0100"},
		{"the last days of leap years, west", "America/New_York", "0 22 31 12 *", "2096-12-31 00:00", "31 22:00 -0500, 31 22:00 -0500, 31 22:00 -0500"},
		{"the last day of a leap year in summer", "America/Santiago", "every 12h", "2044-12-31 00:00", "31 12:00 -0300, 01 00:00 -0300, 01 12:00 -0300"},
		{"far away", "Europe/Berlin", "30 2 * * 0", "2200-03-29 12:00", "30 03:00 +0200, 06 02:30 +0200, 13 02:30 +0200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			zone := mustZone(t, c.zone)
			after, err := time.ParseInLocation("2006-01-02 15:04", c.after, zone)
			if err != nil {
				if after, err = time.Parse(time.RFC3339, c.after); err != nil {
					t.Fatal(err)
				}
			}
			got := ""
			for i, tick := range next(mustParse(t, c.text, zone), after, 3) {
				if i > 0 {
					got += ", "
				}
				got += tick.Format("02 15:04 -0700")
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestNextAtTheEnds(t *testing.T) {
	leap := mustParse(t, "0 0 29 2 *", nil)
	if tick, ok := leap.Next(time.Date(2096, 3, 1, 0, 0, 0, 0, time.UTC)); !ok || tick.Year() != 2104 {
		t.Errorf("after 2096: %v, %v", tick, ok)
	}
	for _, after := range []time.Time{time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(1<<62, 0)} {
		if tick, ok := leap.Next(after); ok || !tick.IsZero() {
			t.Errorf("after %d: %v, %v", after.Year(), tick, ok)
		}
	}
	hourly := mustParse(t, "@hourly", mustZone(t, "America/New_York"))
	for _, after := range []time.Time{{}, time.Unix(-1<<62, 0), time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if tick, ok := hourly.Next(after); !ok || !tick.After(after) {
			t.Errorf("after %v: %v, %v", after, tick, ok)
		}
	}
	at := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	for after, want := range map[time.Time]time.Time{
		at: at.Add(time.Hour), at.Add(-1): at, at.Add(1): at.Add(time.Hour), at.Add(59*time.Minute + 59*time.Second + 999): at.Add(time.Hour),
	} {
		if tick, _ := hourly.Next(after); !tick.Equal(want) {
			t.Errorf("after %v: %v, want %v", after, tick, want)
		}
	}
}

func TestBetween(t *testing.T) {
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text         string
		after, until time.Time
		most         int
		want         string
		cut          bool
	}{
		{"0 * * * *", day, day.Add(3 * time.Hour), 100, "3 01:00 03:00", false},
		{"0 * * * *", day.Add(-1), day.Add(3*time.Hour - 1), 100, "3 00:00 02:00", false},
		{"0 * * * *", day, day.Add(100 * time.Hour), 100, "100 01:00 04:00", false},
		{"0 * * * *", day, day.Add(101 * time.Hour), 100, "100 02:00 05:00", true},
		{"0 * * * *", day, day.Add(5 * time.Hour), 1, "1 05:00 05:00", true},
		{"every 1s", day.AddDate(-80, 0, 0), day, 100, "100 23:58 00:00", true},
		{"0 7 1 1 *", day.AddDate(-300, 0, 0), day, 100, "100 07:00 07:00", true},
		{"0 7 1 1 *", day.AddDate(-50, 0, 0), day, 100, "50 07:00 07:00", false},
		{"0 * * * *", day, day, 100, "0", false},
		{"0 * * * *", day.Add(time.Hour), day, 100, "0", false},
		{"0 * * * *", day, day.Add(time.Hour), 0, "0", false},
	} {
		ticks, cut := mustParse(t, c.text, nil).Between(c.after, c.until, c.most)
		got := fmt.Sprint(len(ticks))
		if len(ticks) > 0 {
			got += ticks[0].Format(" 15:04") + ticks[len(ticks)-1].Format(" 15:04")
		}
		if got != c.want || cut != c.cut {
			t.Errorf("%s from %v to %v: %s, cut %v; want %s, %v", c.text, c.after, c.until, got, cut, c.want, c.cut)
		}
		for i := 1; i < len(ticks); i++ {
			if !ticks[i].After(ticks[i-1]) {
				t.Errorf("%s: %v is not after %v", c.text, ticks[i], ticks[i-1])
			}
		}
	}
}

func BenchmarkNext(b *testing.B) {
	for _, text := range []string{"*/5 * * * *", "30 2 * * *", "0 0 29 2 *", "every 15m"} {
		s := mustParse(b, text, mustZone(b, "Europe/Berlin"))
		after := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := s.Next(after); !ok {
					b.Fatal("no tick")
				}
			}
		})
	}
}
