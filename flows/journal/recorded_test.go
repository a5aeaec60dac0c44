package journal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// recorded holds runs of cutFlows that lack nothing but their end, as an
// earlier version wrote them. UPDATE=1 writes it anew: only when the form of
// journals changes, since runs of users would be refused like these.
const recorded = "testdata/form1.db"

// TestRecordedRunsAreReadBack: a change of the interpreter that would not
// follow the records of a run under way shows here.
func TestRecordedRunsAreReadBack(t *testing.T) {
	if os.Getenv("UPDATE") != "" {
		record(t)
	}
	text, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	path := newPath(t)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	j := open(t, path)
	runs, err := j.Runs(t.Context(), journal.Filter{State: journal.Running})
	if err != nil || len(runs) != len(cutFlows) {
		t.Fatalf("%d runs (%v), want %d", len(runs), err, len(cutFlows))
	}
	for _, run := range runs {
		c := &calls{}
		result, err := j.Resume(t.Context(), run.ID, c.registry(t))
		if len(c.noted()) > 0 {
			t.Errorf("%s calls %v", run.ID, c.noted())
		}
		want, _ := os.ReadFile(outcomeFile(run.ID))
		if got := outcome(t, result, err); got != string(want) {
			t.Errorf("%s ends as\n%s\nwant\n%s", run.ID, got, want)
		}
	}
}

func outcomeFile(id string) string {
	return filepath.Join("testdata", strings.ReplaceAll(id, " ", "-")+".outcome")
}

func record(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll("testdata", 0o700); err != nil {
		t.Fatal(err)
	}
	path := newPath(t)
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for id, text := range cutFlows {
		result, err := j.Run(t.Context(), load(t, &calls{fail: brokenOrFlaky()}, text), nil, flows.WithRunID(id))
		if err := os.WriteFile(outcomeFile(id), []byte(outcome(t, result, err)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	closed(t, j)
	change(t, path, "DELETE FROM records WHERE (run, seq) IN (SELECT run, max(seq) FROM records GROUP BY run)")
	change(t, path, "UPDATE runs SET state = 'running'")
	change(t, path, "VACUUM")
	change(t, path, "PRAGMA wal_checkpoint(TRUNCATE)")
	db, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(recorded, db, 0o600); err != nil {
		t.Fatal(err)
	}
}
