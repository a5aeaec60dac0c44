package console

import (
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// A pause of a repeat lasts until it is over, not until the run has ended; one that is
// under way lasts until now, and one that the end of the run cut short until then.
func TestTimelineOfPauses(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	after := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	pause := func(from, until int) journal.Step {
		return journal.Step{Path: "/poll", Started: after(from), Until: after(until)}
	}
	for name, tt := range map[string]struct {
		ended time.Time
		steps []journal.Step
		want  []string
	}{
		"ended":     {after(3002), []journal.Step{pause(0, 1000), pause(1001, 2001), pause(2002, 3002)}, []string{"1s", "1s", "1s"}},
		"running":   {time.Time{}, []journal.Step{pause(0, 1000), pause(1001, 9001)}, []string{"1s", "2.499s"}},
		"cut short": {after(1500), []journal.Step{pause(0, 1000), pause(1001, 2001)}, []string{"1s", "499ms"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := &journal.Details{Steps: tt.steps}
			if d.State = journal.Running; !tt.ended.IsZero() {
				d.State, d.Ended = journal.Canceled, tt.ended
			}
			var got []string
			for i, part := range strings.Split(string(timeline(d, after(3500))), "</text>") {
				if i%2 == 1 { // a bar has its path, and how long it took
					got = append(got, part[strings.LastIndexByte(part, '>')+1:])
				}
			}
			if strings.Join(got, " ") != strings.Join(tt.want, " ") {
				t.Errorf("the bars say %v, want %v", got, tt.want)
			}
		})
	}
}
