package flowtest_test

import (
	"strings"
	"testing"
)

// A call that changes something and may have happened is made again only where
// its step says that it may be, also in a test.
func TestUnknownOutcomeIsNotRepeated(t *testing.T) {
	tests := map[string]struct {
		step, answer string
		calls        int
	}{
		"may have happened":                    {"", "{result: 1, after: 1m}", 1},
		"may have happened, and may be twice":  {"idempotent: true, ", "{result: 1, after: 1m}", 3},
		"may have happened, and may be once":   {"atMostOnce: true, ", "{result: 1, after: 1m}", 1},
		"surely failed":                        {"", "{error: {code: Busy, class: throttled}}", 3},
		"surely failed, and may be done once":  {"atMostOnce: true, ", "{error: {code: Busy, class: throttled}}", 1},
		"surely failed, and may be done twice": {"idempotent: true, ", "{error: {code: Busy, class: throttled}}", 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			suite := load(t, "flow: f\nsteps:\n  - {id: c, call: shop.any, "+test.step+
				"timeout: 10s, retry: {attempts: 3, delay: 1s, on: [timeout, throttled]}}\n",
				"tests:\n  - name: t\n    answers:\n      - "+strings.Replace(test.answer, "{", "{call: shop.any, ", 1)+"\n")
			if o := only(t, suite); len(o.Calls) != test.calls || o.Err == nil {
				t.Errorf("%d calls, not %d: %v", len(o.Calls), test.calls, o.Err)
			}
		})
	}
}
