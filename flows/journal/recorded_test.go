package journal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// recordings hold runs that lack nothing but their end, as an earlier version
// wrote them. UPDATE=FILE writes one anew: only when the form of journals
// changes, since runs of users would be refused like these.
var recordings = map[string]map[string]string{
	"testdata/form1.db": cutFlows,
	// Before each branch had a time of its own.
	"testdata/looptime.db":   timeFlows,
	"testdata/branchtime.db": ownTimeFlows(),
	// Before the retry of a step left calls with atMostOnce alone.
	"testdata/retriedonce.db": {"at most once, retried": `flow: t
steps:
  - {id: a, call: test.change, atMostOnce: true, with: {name: flaky2, value: 1}, retry: {attempts: 3, delay: 1ms}}
output: "${steps.a}"
`},
}

// ownTimeFlows are timeFlows as runs of other names.
func ownTimeFlows() map[string]string {
	own := map[string]string{}
	for name, text := range timeFlows {
		own["own "+name] = text
	}
	return own
}

// timeFlows ask for the time in branches.
var timeFlows = map[string]string{
	"times in a loop": `flow: t
steps:
  - id: l
    forEach: "${1..6}"
    as: n
    concurrency: 2
    do:
      - {set: {t: "${now()}"}}
      - {wait: 3ms}
      - {id: x, call: test.change, with: {name: "x${n}", value: "${now() - ctx.t}"}}
    collect: "${[ctx.t, steps.x]}"
output: "${steps.l}"
`,
	"times in branches": `flow: t
steps:
  - parallel:
      a:
        - {id: a, call: test.change, with: {name: a, value: "${now()}"}}
        - {id: again, call: test.change, with: {name: again, value: "${now()}"}}
      b:
        - {set: {b: "${now()}"}}
        - id: l
          forEach: [1, 2, 3]
          concurrency: 2
          do: [{wait: 2ms}, {set: {t: "${now()}"}}]
          collect: "${ctx.t}"
        - {set: {c: "${now()}"}}
output: "${[steps.a, steps.again, ctx.b, steps.l, ctx.c, now()]}"
`,
}

// TestRecordedRunsAreReadBack: a change of the interpreter that would not
// follow the records of a run under way shows here.
func TestRecordedRunsAreReadBack(t *testing.T) {
	for recorded, texts := range recordings {
		t.Run(filepath.Base(recorded), func(t *testing.T) {
			if os.Getenv("UPDATE") == filepath.Base(recorded) {
				record(t, recorded, texts)
			}
			readBack(t, recorded, len(texts))
		})
	}
}

func readBack(t *testing.T, recorded string, want int) {
	t.Helper()
	text, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	path := newPath(t)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	j := open(t, path)
	runs, err := j.Runs(t.Context(), journal.Filter{State: journal.Interrupted})
	if err != nil || len(runs) != want {
		t.Fatalf("%d runs (%v), want %d", len(runs), err, want)
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

func record(t *testing.T, recorded string, texts map[string]string) {
	t.Helper()
	if err := os.MkdirAll("testdata", 0o700); err != nil {
		t.Fatal(err)
	}
	path := newPath(t)
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for id, text := range texts {
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
