package flowtest_test

import (
	"strings"
	"testing"
)

// Each undo has its share of the cleanup time once the run was stopped: one that
// hangs leaves two seconds to each behind it, or an equal share of less.
func TestUndosShareTheCleanupTime(t *testing.T) {
	tests := map[string]struct {
		cleanup string
		after   map[string]string // how long undos take
		undone  string
		not     string
	}{
		"all are quick":               {"30s", nil, "/c /b /a", ""},
		"the first hangs":             {"30s", map[string]string{"c": "1h"}, "/b /a", "/c"},
		"the first takes its time":    {"30s", map[string]string{"c": "25s"}, "/c /b /a", ""},
		"the first takes too long":    {"30s", map[string]string{"c": "27s"}, "/b /a", "/c"},
		"two hang":                    {"30s", map[string]string{"c": "1h", "b": "1h"}, "/a", "/c /b"},
		"little time":                 {"3s", map[string]string{"c": "1h"}, "/b /a", "/c"},
		"little time, and all slow":   {"3s", map[string]string{"c": "900ms", "b": "900ms", "a": "900ms"}, "/c /b /a", ""},
		"little time, and one slower": {"3s", map[string]string{"c": "1100ms", "b": "900ms"}, "/b /a", "/c"},
		"what is left goes on":        {"3s", map[string]string{"c": "100ms", "b": "1300ms", "a": "1300ms"}, "/c /b /a", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			answers := "      - {call: shop.any, result: 1}\n"
			for step, after := range tt.after {
				answers = "      - {call: shop.any, step: /" + step + "/undo, result: 1, after: " + after + "}\n" + answers
			}
			flow := "flow: f\ncleanupTimeout: " + tt.cleanup + "\nsteps:\n"
			for _, step := range []string{"a", "b", "c"} {
				flow += "  - {id: " + step + ", call: shop.any, undo: {call: shop.any}}\n"
			}
			suite := load(t, flow+"  - {wait: 1h}\n", "tests:\n  - name: t\n    cancelAfter: 1s\n    answers:\n"+answers)
			o := only(t, suite)
			if o.Err == nil || strings.Join(o.Err.Undone, " ") != tt.undone || strings.Join(o.Err.NotUndone, " ") != tt.not {
				t.Errorf("%+v, want %q undone and %q not", o.Err, tt.undone, tt.not)
			}
		})
	}
}
