package schedule_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/schedule"
)

// differences are schedules of which croniter says something else on any day.
var differences = map[string]string{
	"0 12 */2 * 5": "*/2 begins with *, so that crontab(5) wants both days to match; croniter takes one of them",
	"0 12 5 * */2": "as above, in the day of the week",
	"0 0 1-31 * 1": "1-31 does not begin with *, so that one of the days is enough; croniter takes all values for *",
	"0 0 13 * 0-6": "as above, in the day of the week",
}

// Where a zone changes its clock on a day, croniter counts with the offset of
// before: on Berlin's 29 March "0 3 * * *" is 04:00, and 02:00 again on the next
// day. What we say of those days is held against the walk instead.
func TestCroniter(t *testing.T) {
	file, err := os.ReadFile("testdata/croniter.txt")
	if err != nil {
		t.Fatal(err)
	}
	same, explained, unused := 0, 0, map[string]bool{}
	for schedule := range differences {
		unused[schedule] = true
	}
	for line := range strings.Lines(string(file)) {
		parts := strings.Split(strings.TrimSpace(line), "\t")
		zone, text := mustZone(t, parts[0]), parts[2]
		after, err := time.ParseInLocation("2006-01-02T15:04:05", parts[1], zone)
		if err != nil {
			t.Fatal(err)
		}
		got := next(mustParse(t, text, zone), after, 3)
		if !strings.HasPrefix(text, "@") && !strings.ContainsAny(strings.ToUpper(text), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			want := walk(text, zone, after, after.Add(3*24*time.Hour), 3)
			if g, w := show(got[:len(want)]), show(want); g != w {
				t.Errorf("%s after %s: %s: got %s, the walk %s", parts[0], parts[1], text, g, w)
			}
		}
		switch _, known := differences[text]; {
		case show(got) == parts[3]:
			same++
		case known, changes(after, got[2]) && after.Add(4*24*time.Hour).After(got[2]):
			explained++
			delete(unused, text)
		default:
			t.Errorf("%s after %s: %s: got %s, croniter %s", parts[0], parts[1], text, show(got), parts[3])
		}
	}
	if same < 240 || explained > 70 || len(unused) > 0 {
		t.Errorf("%d cases agree and %d are explained; differences that are none: %v", same, explained, unused)
	}
}

// changes reports whether the clock of a zone is changed between two times.
func changes(after, until time.Time) bool {
	_, end := after.ZoneBounds()
	return !end.IsZero() && !end.After(until)
}

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := schedule.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func mustParse(t testing.TB, text string, zone *time.Location) *schedule.Schedule {
	t.Helper()
	s, err := schedule.Parse(text, zone)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

// next returns the next n ticks, or fewer.
func next(s *schedule.Schedule, after time.Time, n int) []time.Time {
	var ticks []time.Time
	for len(ticks) < n {
		tick, ok := s.Next(after)
		if !ok {
			break
		}
		ticks = append(ticks, tick)
		after = tick
	}
	return ticks
}

func show(ticks []time.Time) string {
	all := make([]string, len(ticks))
	for i, t := range ticks {
		all[i] = t.UTC().Format(time.RFC3339)
	}
	return strings.Join(all, " ")
}
