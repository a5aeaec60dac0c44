package schedule_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/schedule"
)

func TestParseIsCanonical(t *testing.T) {
	for text, want := range map[string]string{
		"30 2 * * *":                "30 2 * * *",
		"  05\t02 *  *\t* ":         "5 2 * * *",
		"0 9 * * MON-FRI":           "0 9 * * 1-5",
		"0 9 * jan,Mar mon,5":       "0 9 * 1,3 1,5",
		"0 0 * * 7":                 "0 0 * * 0",
		"0 0 * * 5-7":               "0 0 * * 0,5-6",
		"0 0 * * FRI-SUN":           "0 0 * * 0,5-6",
		"0 0 * * 0-7":               "0 0 * * 0-6",
		"*/1 */1 * * *":             "* * * * *",
		"*/15 0-23 * * *":           "*/15 0-23 * * *",
		"*/20,5 * * * *":            "*/20,5 * * * *",
		"*/20,5-7,*/2 1 * * *":      "*/20,2,4-8,10,12,14,16,18,22,24,26,28,30,32,34,36,38,42,44,46,48,50,52,54,56,58 1 * * *",
		"*,5 * * * *":               "* * * * *",
		"0,15,30,45 * * * *":        "0,15,30,45 * * * *",
		"10-50/20 8-17/3 1,2,3 * *": "10,30,50 8,11,14,17 1-3 * *",
		"@hourly":                   "0 * * * *",
		"@DAILY":                    "0 0 * * *",
		"@midnight":                 "0 0 * * *",
		"@weekly":                   "0 0 * * 0",
		"@monthly":                  "0 0 1 * *",
		"@yearly":                   "0 0 1 1 *",
		"@annually":                 "0 0 1 1 *",
		"every 15m":                 "every 15m",
		"Every  90m":                "every 1h30m",
		"every 1d":                  "every 24h",
		"every 3600s":               "every 1h",
		"every 1m30s":               "every 1m30s",
		"every 1s":                  "every 1s",
	} {
		s, err := schedule.Parse(text, nil)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if s.String() != want {
			t.Errorf("%q is %q, want %q", text, s, want)
		}
		if again, err := schedule.Parse(s.String(), nil); err != nil || again.String() != s.String() {
			t.Errorf("%q: %v, %v", s, again, err)
		}
	}
}

// What is wrong, where, and what to write.
func TestParseMistakes(t *testing.T) {
	for _, c := range []struct{ text, at, want string }{
		{"", "", "the schedule is empty: write minute, hour, day of the month, month and day of the week, such as 30 2 * * *; @daily; or every 15m"},
		{"30 2 *", "30 2 *", "the schedule has 3 of five fields: write minute, hour, day of the month, month and day of the week, such as 30 2 * * *; @daily; or every 15m"},
		{"15m", "15m", "a duration alone is no schedule: write every 15m"},
		{"0 30 2 * * *", "0 30 2 * * *", "the schedule has 6 fields: there are five, without seconds: write 30 2 * * *"},
		{"0 12 * * ? 2026", "0 12 * * ? 2026", "the schedule has 6 fields: there are five, without years: write 0 12 * * *"},
		{"0 12 ? * 2 *", "0 12 ? * 2 *", "the schedule has 6 fields: there are five, without years: write 0 12 * * 2; days of the week count from 0, Sunday, so 2 may be another day"},
		{"0 0 12 ? * MON", "0 0 12 ? * MON", "the schedule has 6 fields: there are five, without seconds: write 0 12 * * MON"},
		{"0 0 12 * * ? 2026", "0 0 12 * * ? 2026", "the schedule has 7 fields: there are five, without seconds and years: write 0 12 * * *"},
		{"60 2 * * *", "60", "minute 60 does not exist: minutes are 0 to 59"},
		{"0 24 * * *", "24", "hour 24 does not exist: midnight is hour 0 of the next day"},
		{"0 0 0 * *", "0", "day of the month 0 does not exist: days of the month are 1 to 31"},
		{"0 0 * 13 *", "13", "month 13 does not exist: months are 1 to 12"},
		{"0 0 * * 8", "8", "day of the week 8 does not exist: days of the week are 0 to 7"},
		{"99999999999 0 * * *", "99999999999", `minute: "99999999999" is no minute: minutes are 0 to 59`},
		{"0 0 * * MONDAY", "MONDAY", `day of the week: "MONDAY" is no day of the week: write MON`},
		{"0 0 * foo *", "foo", `month: "foo" is no month: months are 1 to 12, or JAN to DEC`},
		{"-5 0 * * *", "", `minute: "" is no minute: minutes are 0 to 59`},
		{"5- 0 * * *", "", `minute: "" is no minute: minutes are 0 to 59`},
		{"0 22-4 * * *", "22-4", "hour: the range 22-4 runs backwards: write 22-23,0-4"},
		{"0 22-4/2 * * *", "22-4", "hour: the range 22-4 runs backwards: split it in two"},
		{"0 0 * * SAT-MON", "SAT-MON", "day of the week: the range SAT-MON runs backwards: write 6,0-1"},
		{"0 0 * * 7-2", "7-2", "day of the week: the range 7-2 runs backwards: write 0-2"},
		{"*/0 * * * *", "*/0", "minute: a step of 0 goes nowhere: write 1 for each, or leave the step out"},
		{"*/90 * * * *", "*/90", "minute: a step of 90 is longer than all minutes: a step is at most 59; every, such as every 90m, goes on over the hour"},
		{"*/x * * * *", "*/x", `minute: "x" is no step: write a number behind /, such as */5`},
		{"*/-5 * * * *", "*/-5", `minute: "-5" is no step: write a number behind /, such as */5`},
		{"5/20 * * * *", "5/20", "minute: a step stands behind * or a range: write 5-59/20, or 5 alone"},
		{"1,,2 * * * *", "1,,2", "minute: a value is missing beside a comma: take out the comma, or write the value"},
		{"0 0 ? * MON", "?", "day of the month: ? is not known here: write *"},
		{"0 0 L * *", "L", "day of the month: L is not known here: write 28-31 and ask in an if whether tomorrow is another month, or write 1 for the day behind it"},
		{"0 0 15W * *", "15W", "day of the month: W is not known here: write the days of the month that it can be, * as day of the week, and ask for the day in an if"},
		{"0 0 * * FRI#2", "FRI#2", "day of the week: # is not known here: the second FRI of a month is among its days 8-14: write these, * as day of the week, and ask for the day in an if"},
		{"0 0 * * 5L", "5L", "day of the week: L is not known here: write 22-31 as day of the month, * here, and ask for the day in an if"},
		{"H 3 * * *", "H", "minute: H is not known here: write a number of your own"},
		{"0~30 3 * * *", "0~30", "minute: a random time is not known here: write one number"},
		{"0 0 31 2 *", "31 2", "the schedule never comes: February has no day 31: write a day up to 29"},
		{"0 0 30,31 FEB *", "30,31 FEB", "the schedule never comes: February has no day 30-31: write a day up to 29"},
		{"0 0 31 4,6 *", "31 4,6", "the schedule never comes: April or June has no day 31: write a day up to 30"},
		{"@reboot", "@reboot", "a start of the server is no time of a schedule: give the flow another trigger"},
		{"@every 5m", "@every", "the schedule has no @every: write every 5m"},
		{"@fortnightly", "@fortnightly", "the schedule has no @fortnightly: there are @hourly, @daily, @weekly, @monthly and @yearly"},
		{"@daily 5", "5", "nothing stands behind @daily: leave it out, or write five fields"},
		{"CRON_TZ=Europe/Berlin 0 2 * * *", "CRON_TZ=Europe/Berlin", "the time zone does not stand in the schedule: write timezone: Europe/Berlin beside the schedule"},
		{"cron(0 12 * * ? *)", "cron(0 12 * * ? *)", "the schedule is not written as cron(…): write 0 12 * * *"},
		{"rate(5 minutes)", "rate(5 minutes)", "the schedule is not written as rate(…): write every 5m"},
		{"every 7m", "7m", "7m do not fill a day, and times count from midnight: write every 6m or every 8m"},
		{"every 55s", "55s", "55s do not fill a day, and times count from midnight: write every 54s or every 1m"},
		{"every 7h", "7h", "7h do not fill a day, and times count from midnight: write every 6h or every 8h"},
		{"every 2d", "2d", "2d is longer than a day, and times count from midnight: write the days, such as 0 0 */2 * * for each second day of a month"},
		{"every 500ms", "500ms", "500ms is not in whole seconds: write at least 1s"},
		{"every -5m", "-5m", "-5m is not in whole seconds: write at least 1s"},
		{"every 0s", "0s", "0s is not in whole seconds: write at least 1s"},
		{"every 5 minutes", "every 5 minutes", "one duration stands behind every: write every 5m"},
		{"every hour", "hour", `"hour" is no duration: write every 1h`},
		{"every", "every", "one duration stands behind every: write a duration, such as every 15m"},
		{"every often", "often", `"often" is no duration: write a duration, such as every 15m`},
		{strings.Repeat("1,", 600) + "1 * * * *", strings.Repeat("1,", 500), "the schedule is longer than 1000 characters"},
	} {
		_, err := schedule.Parse(c.text, nil)
		var found schedule.Mistakes
		if !errors.As(err, &found) {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if err.Error() != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.text, err, c.want)
		}
		if at := c.text[found[0].Start:found[0].End]; at != c.at {
			t.Errorf("%q: at %q, want %q", c.text, at, c.at)
		}
	}
}

func TestParseSaysAllMistakes(t *testing.T) {
	_, err := schedule.Parse("60 24 L 13 8", nil)
	var found schedule.Mistakes
	if !errors.As(err, &found) || len(found) != 5 {
		t.Errorf("%v", err)
	}
}

func TestZone(t *testing.T) {
	for name, want := range map[string]string{
		"": "UTC", "UTC": "UTC", "Europe/Berlin": "Europe/Berlin",
		"Local":            "the time zone Local is another one on each machine: write a name such as Europe/Berlin, America/New_York or UTC",
		"america/new york": `there is no time zone "america/new york": did you mean America/New_York?`,
		"+02:00":           `there is no time zone "+02:00": an offset knows no summer time; write a name such as Europe/Berlin, America/New_York or UTC`,
		"Berlin":           `there is no time zone "Berlin": did you mean Europe/Berlin?`,
		"Europe/Berln":     `there is no time zone "Europe/Berln": did you mean Europe/Berlin?`,
		"new york":         `there is no time zone "new york": did you mean America/New_York?`,
		"Asia/Calcuta":     `there is no time zone "Asia/Calcuta": did you mean Asia/Calcutta?`,
		"Z":                `there is no time zone "Z": write a name such as Europe/Berlin, America/New_York or UTC`,
		"../../etc/passwd": `there is no time zone "../../etc/passwd": write a name such as Europe/Berlin, America/New_York or UTC`,
	} {
		zone, err := schedule.Zone(name)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = zone.String()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}
