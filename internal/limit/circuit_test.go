package limit_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/internal/limit"
)

// A circuit opens after so many failures in a row, lets one call try after a while, and
// tells of each change once.
func TestCircuit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := limit.NewCircuit(2, time.Minute)
		var ends []func(limit.Result) limit.Change
		steps := []struct {
			do   string // begin, or the number of a call and what it says
			want string
		}{
			{"begin", "passes"},
			{"0 fails", ""},
			{"begin", "passes"},
			{"1 answers", ""},
			{"begin", "passes"},
			{"2 fails", ""},
			{"begin", "passes"},
			{"begin", "passes"},
			{"3 says nothing", ""},
			{"4 fails", "opened"},
			{"begin", "none for 1m0s"},
			{"wait 20s", ""},
			{"begin", "none for 40s"},
			{"wait 41s", ""},
			{"begin", "passes"},
			{"begin", "none for 0s"},
			{"5 says nothing", ""},
			{"begin", "passes"},
			{"6 fails", "opened"},
			{"begin", "none for 1m0s"},
			{"wait 61s", ""},
			{"begin", "passes"},
			{"7 answers", "closed"},
			{"begin", "passes"},
			{"begin", "passes"},
		}
		for i, s := range steps {
			if got := step(c, &ends, s.do); got != s.want {
				t.Errorf("%d. %s: %q, want %q", i, s.do, got, s.want)
			}
		}
	})
}

func step(c *limit.Circuit, ends *[]func(limit.Result) limit.Change, do string) string {
	var n int
	var what string
	if d, err := time.ParseDuration(do[min(5, len(do)):]); err == nil {
		time.Sleep(d)
		return ""
	}
	if do == "begin" {
		end, wait, ok := c.Allow()
		if !ok {
			return fmt.Sprintf("none for %s", wait)
		}
		*ends = append(*ends, end)
		return "passes"
	}
	_, _ = fmt.Sscanf(do, "%d %s", &n, &what)
	result := map[string]limit.Result{"fails": limit.Fails, "answers": limit.Answers, "says": limit.Nothing}[what]
	return map[limit.Change]string{limit.Opened: "opened", limit.Closed: "closed"}[(*ends)[n](result)]
}
