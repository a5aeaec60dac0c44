package temporal

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

func TestRecordsReadBack(t *testing.T) {
	l := newRecords()
	l.scopes[""] = []*record{
		{kind: kindResult, path: "/a", at: 5, value: map[string]any{"x": int64(1)}},
		{kind: kindSleep, path: "/w", at: 6, until: 100},
		{kind: kindStop, at: 7, count: 3, cause: runtime.ByTimeout},
		{kind: kindJoin, path: "/l", at: 8, count: 9, index: -1, cause: runtime.ByUser},
	}
	l.scopes["/0.3"] = []*record{{kind: kindFailure, path: "/l[3]/b", value: wire.Failure(&connector.Error{Code: "Broken"})}}
	for i := range int64(5) {
		l.settle("/0", i, settled{at: 9})
	}
	l.settle("/0", 7, settled{at: 9, value: "seven"})
	l.settle("/0", 8, settled{at: 9, gathered: &report.RunError{Failure: report.Failure{Code: "Gathered"}}})
	text, err := wire.Encode(l.value())
	if err != nil {
		t.Fatal(err)
	}
	v, err := wire.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	back, err := readRecords(v)
	if err != nil {
		t.Fatal(err)
	}
	equal := cmp.AllowUnexported(records{}, record{}, settled{})
	ignore := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Outcome" || p.Last().String() == ".Class" }, cmp.Ignore())
	if diff := cmp.Diff(l, back, equal, ignore); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
}

func TestRecordsTowardsAFork(t *testing.T) {
	tests := []struct {
		id   string
		want bool
	}{
		{"", true},
		{"/0", true},
		{"/0.1", true},  // an earlier fork has ended
		{"/1.4", true},  // on the way
		{"/1.5", false}, // beside it
		{"/1.4/0.7", true},
		{"/1.4/2", true},
		{"/1.4/2.6", false}, // inside of the fork
		{"/1.4/2.6/0.1", false},
		{"/1.5/0.1", false},
	}
	for _, tt := range tests {
		if got := leadsTo(tt.id, "/1.4/2"); got != tt.want {
			t.Errorf("%q leads to /1.4/2: %t", tt.id, got)
		}
	}
}

func TestDamagedRecords(t *testing.T) {
	for name, v := range map[string]any{
		"a record of another length": map[string]any{"scopes": map[string]any{"": []any{[]any{"r"}}}},
		"a record of other types":    map[string]any{"scopes": map[string]any{"": []any{[]any{"r", "p", "x", int64(1), int64(1), int64(1), "", nil}}}},
		"too many iterations":        map[string]any{"forks": map[string]any{"/0": []any{[]any{int64(0), int64(1) << 60, int64(0), nil, map[string]any{}}}}},
		"too few values":             map[string]any{"forks": map[string]any{"/0": []any{[]any{int64(0), int64(3), int64(0), []any{"a"}, map[string]any{}}}}},
		"a failure without a place":  map[string]any{"forks": map[string]any{"/0": []any{[]any{int64(0), int64(1), int64(0), nil, map[string]any{"x": nil}}}}},
	} {
		if _, err := readRecords(v); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
