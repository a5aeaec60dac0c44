package flows_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// The waits between attempts are a random part of the delay, so that clients
// which failed together don't come back together; or the whole delay where the
// flow says so. The clock is a virtual one.
func TestJitter(t *testing.T) {
	for given, jitter := range map[string]bool{"": true, ", jitter: true": true, ", jitter: false": false} {
		t.Run(given, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first, second := waits(t, "run-1", given), waits(t, "run-2", given)
				for i, wait := range first {
					if !jitter && wait != time.Hour || wait < 0 || wait > time.Hour {
						t.Errorf("wait %d is %s", i, wait)
					}
				}
				if !jitter {
					return
				}
				if slices.Equal(first, second) {
					t.Error("two runs wait for the same times")
				}
				// By chance once in 10^15 times.
				if least, most := slices.Min(first), slices.Max(first); least > 10*time.Minute || most < 50*time.Minute {
					t.Errorf("the waits are between %s and %s", least, most)
				}
			})
		})
	}
}

// waits returns the times between 200 attempts of a step, of at most an hour.
func waits(t *testing.T, id, given string) []time.Duration {
	t.Helper()
	var told, waited []time.Duration
	var ended time.Time
	watch := func(e report.Event) {
		if e.Type != report.StepRetried && e.Type != report.StepFailed {
			return
		}
		if !ended.IsZero() {
			waited = append(waited, e.Time.Sub(ended)) // attempts take no time
		}
		if e.Type == report.StepRetried {
			told, ended = append(told, e.Delay), e.Time
		}
	}
	f := load(t, &recorder{}, fmt.Sprintf("flow: f\nsteps: [{call: test.fail, retry: {attempts: 201, delay: 1h, factor: 1%s}}]\n", given))
	if _, err := f.Run(t.Context(), nil, flows.WithRunID(id), flows.WithListener(watch)); err == nil {
		t.Fatal("the run succeeded")
	}
	if len(told) != 200 {
		t.Fatalf("%d waits", len(told))
	}
	if !slices.Equal(told, waited) {
		t.Errorf("listeners are told of other waits than there are:\n%v\n%v", told, waited)
	}
	return told
}
