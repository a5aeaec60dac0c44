package tick_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/tick"
)

// What becomes of the ticks of a minute's schedule that came since 12:00:00.
func TestTicks(t *testing.T) {
	for _, tt := range []struct {
		name, overlap, missed string
		due                   int // that wait already
		busy, during          bool
		now                   string
		want                  string // how many wait, of these the first and the last; missed, skipped, full
	}{
		{"none", "skip", "once", 0, false, false, "12:00:59", "nothing"},
		{"on time", "skip", "once", 0, false, false, "12:01:05", "1 12:01-12:01 0 0 0"},
		{"skipped", "skip", "once", 0, true, false, "12:01:05", "0 0 1 0"},
		{"late, once", "skip", "once", 0, false, false, "12:05:30", "1 12:05-12:05 4 0 0"},
		{"late, skip", "skip", "skip", 0, false, false, "12:05:30", "0 5 0 0"},
		{"late, all", "skip", "all", 0, false, false, "12:05:30", "5 12:01-12:05 0 0 0"},
		{"late, and on time, all", "skip", "all", 0, false, false, "12:05:05", "5 12:01-12:05 0 0 0"},
		{"late, and on time, all, queued", "queue", "all", 0, false, false, "12:05:05", "5 12:01-12:05 0 0 0"},
		{"late, and on time, all, at once", "allow", "all", 0, false, false, "12:05:05", "5 12:01-12:05 0 0 0"},
		{"late, and on time, once", "skip", "once", 0, false, false, "12:05:05", "1 12:05-12:05 4 0 0"},
		{"late, all, one goes", "skip", "all", 0, true, false, "12:05:30", "5 12:01-12:05 0 0 0"},
		{"in the queue", "queue", "once", 2, true, false, "12:01:05", "3 12:00-12:01 0 0 0"},
		{"queue is full", "queue", "once", 100, true, false, "12:01:05", "100 12:00-12:00 0 0 1"},
		{"during a run", "skip", "all", 0, true, true, "12:05:30", "0 0 5 0"},
		{"during a run, queued", "queue", "skip", 0, true, true, "12:05:30", "5 12:01-12:05 0 0 0"},
		{"during a run, too many", "queue", "skip", 98, true, true, "12:05:30", "100 12:00-12:02 0 0 3"},
		{"during a long run", "queue", "skip", 0, true, true, "15:00:30", "100 12:01-13:40 0 0 80"},
		{"during no tick", "queue", "skip", 0, true, true, "12:00:30", "nothing"},
	} {
		rules, err := tick.NewRules("* * * * *", "", tt.overlap, tt.missed)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		now, err := time.Parse(time.DateTime, "2026-05-01 "+tt.now)
		if err != nil {
			t.Fatal(err)
		}
		kept := tick.Kept{Times: rules.Times, Seen: begin}
		for range tt.due {
			kept.Due = append(kept.Due, begin)
		}
		n := rules.News(kept, now)
		if tt.during {
			n = rules.During(kept, now)
		}
		got := "nothing"
		if n != nil {
			to := rules.Settle(n, kept, tt.busy)
			got = fmt.Sprint(len(to.Due))
			if len(to.Due) > 0 {
				got += " " + to.Due[0].Format("15:04") + "-" + to.Due[len(to.Due)-1].Format("15:04")
			}
			got += fmt.Sprint(" ", n.Missed, " ", n.Skipped, " ", n.Full)
			if again := rules.News(to, now); again != nil {
				t.Errorf("%s: it is not over with: %+v", tt.name, again)
			}
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
