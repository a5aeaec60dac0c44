package docs

import (
	"strings"
	"testing"
)

// notesHeld says of each row of the notes for the first release, by how its first
// cell begins, which tests hold what is now.
var notesHeld = map[string]string{
	"Go was needed to have the command":        "`internal/release.TestDistDeb`, `cmd/runner.TestTutorial`",
	"`runner version` told a pseudo-version":   "`internal/release.TestDistDeb`",
	"a journal had the form of the day":        "`flows/journal.TestFailuresOfTheFirstForm`",
	"a run that had begun before a change":     "`flows/temporal.TestRecordedHistories`",
	"histories on Temporal of earlier workers": "`flows/temporal.TestRecordedHistories`",
	"a changing call of AWS was sent up to":    "`operations.TestPromiseUnknownIsNotRepeated`, `flows/flowtest.TestUnknownOutcomeIsNotRepeated`",
	"a step's `retry` repeated a call with":    "`flows/journal.TestAtMostOnce`, `flows.TestRetriedTryDoesNotRepeatTheUnknown`",
	"null in a parameter that says how little": "`operations.TestPromiseNullIsRefused`",
	"durations and timestamps were compared":   "`internal/bind.TestTimes`, `flows.TestSwitchOnTimes`",
	"a name of `ctx` took values of any type":  "`flows.TestRuleExamples`",
	"files that a flow names could be pipes":   "`internal/readfile.TestOnlyPlainFiles`",
	"in functions files `0123` and tags were":  "`operations/awsemu.TestReadFixtureMistakes`",
	"`runner runs` called a run that nobody":   "`cmd/runner/testdata/journal.txtar`",
	"`--admin` of a server answered everybody": "`serve/console.TestBeside`, `serve.TestNamesOfOperators`",
	"the command as a library was":             "`internal/api.TestRecord`",
	"embedders took the newest commit":         "`internal/api.TestRecord`",
	"a flow could use what the check let pass": "`flows.TestRuleExamples`",
}

// TestNotesAreHeld: each row of the notes says what was before, what is now and
// what to do, and tests hold what is now.
func TestNotesAreHeld(t *testing.T) {
	used := map[string]bool{}
	rows := row.FindAllString(read(t, "docs/releases/v0.1.0.md"), -1)
	if len(rows) < 8 {
		t.Fatalf("there are %d rows", len(rows))
	}
	for _, line := range rows[2:] {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != 3 {
			t.Errorf("a row has %d cells, not before, now and what to do: %s", len(cells), line)
			continue
		}
		tests := ""
		for begins, held := range notesHeld {
			if strings.HasPrefix(cells[0], begins) {
				used[begins], tests = true, held
			}
		}
		if tests == "" {
			t.Errorf("notesHeld names no test for %q", cells[0])
		}
		checkTests(t, tests)
	}
	for begins := range notesHeld {
		if !used[begins] {
			t.Errorf("notesHeld has %q, which no row begins with", begins)
		}
	}
}
