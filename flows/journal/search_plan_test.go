package journal

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// TestQuestionsUseIndexes: SQLite answers each question from an index that has no more
// runs than it has to, in the order in which they are listed, and sorts none.
func TestQuestionsUseIndexes(t *testing.T) {
	f, err := openFile(t.Context(), filepath.Join(testenv.Memory(t), "runs.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const (
		byStart = "r USING INDEX runs_by_start"
		byFlow  = "SEARCH r USING INDEX runs_by_flow (flow=?"
		byState = "SEARCH r USING INDEX runs_by_state (state=?"
	)
	since := time.Unix(1, 0)
	for _, test := range []struct {
		name   string
		filter Filter
		want   string
	}{
		{"all", Filter{}, "SCAN " + byStart},
		{"all since", Filter{Since: since}, "SEARCH " + byStart + " (started>?)"},
		{"a page", Filter{After: "5.1"}, "SEARCH " + byStart + " (started<?)"},
		{"done", Filter{State: Done}, "SCAN " + byStart},
		{"done since", Filter{State: Done, Since: since}, "SEARCH " + byStart + " (started>?)"},
		{"failed", Filter{State: Failed}, byState + ")"},
		{"failed since", Filter{State: Failed, Since: since}, byState + " AND started>?)"},
		{"canceled", Filter{State: Canceled}, byState + ")"},
		{"running", Filter{State: Running}, byState + ")"},
		{"waiting", Filter{State: Waiting}, byState + ")"},
		{"interrupted", Filter{State: Interrupted}, byState + ")"},
		{"of a flow", Filter{Flow: "f"}, byFlow + ")"},
		{"a page of a flow", Filter{Flow: "f", After: "5.1"}, byFlow + " AND started<?)"},
		{"done of a flow", Filter{Flow: "f", State: Done}, byFlow + ")"},
		{"failed of a flow", Filter{Flow: "f", State: Failed}, "SEARCH r USING INDEX runs_by_flow_state (flow=? AND state=?)"},
		{"open of a flow", Filter{Flow: "f", State: Interrupted}, "SEARCH r USING INDEX runs_by_flow_state (flow=? AND state=?)"},
		{"a code", Filter{Code: "C"}, "SEARCH r USING INDEX runs_by_code (code=?)"},
		{"a label", Filter{Labels: map[string]string{"a": "b"}, State: Done}, "SEARCH l USING PRIMARY KEY (name=? AND value=?)"},
	} {
		text, args, err := f.question(t.Context(), test.filter)
		if err != nil {
			t.Fatal(err)
		}
		plan := planOf(t, f, text, args...)
		if len(plan) == 0 || plan[0] != test.want || slices.ContainsFunc(plan, sorts) {
			t.Errorf("%s: %q, want %q", test.name, plan, test.want)
		}
	}
	for _, test := range []struct {
		text string
		want []string
	}{
		{sqlGoing, []string{"SEARCH r USING INDEX runs_by_state (state=?)", "CORRELATED SCALAR SUBQUERY 1", "SEARCH records USING PRIMARY KEY (run=?)"}},
		{sqlCountEnded, []string{"SCAN runs USING COVERING INDEX runs_by_state"}},
	} {
		if diff := cmp.Diff(test.want, planOf(t, f, test.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
	}
}

func sorts(step string) bool { return strings.Contains(step, "TEMP B-TREE") }

func planOf(t *testing.T, f *file, text string, args ...any) (plan []string) {
	t.Helper()
	rows, err := f.db.Query("EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}
