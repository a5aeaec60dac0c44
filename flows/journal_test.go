package flows_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// onJournal makes the helpers run flows as durable runs, onTemporal as
// workflows of Temporal.
var onJournal, onTemporal bool

// carry runs a flow in process or on a journal.
func carry(ctx context.Context, t *testing.T, f *flows.Flow, inputs map[string]any, options ...flows.RunOption) (*flows.Result, error) {
	t.Helper()
	switch {
	case onTemporal:
		return carryOnTemporal(ctx, t, f, inputs, options...)
	case !onJournal:
		return f.Run(ctx, inputs, options...)
	}
	path := filepath.Join(testenv.Memory(t), "test.db")
	j := openJournal(t, path)
	defer j.Close()
	result, err := j.Run(ctx, f, inputs, options...)
	if list, _ := j.Runs(ctx, journal.Filter{}); len(list) == 1 {
		// At the end of the test, so that its listeners hear of nothing twice.
		t.Cleanup(func() { readBack(t, path, list[0].ID, result, err, options) })
	}
	return result, err
}

func openJournal(t *testing.T, path string) *journal.Journal {
	t.Helper()
	keys, err := journal.ParseKeys(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(path, journal.WithKeys(keys))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// tablesOf opens the tables of a journal, with all that was written in them.
func tablesOf(t *testing.T, path string) *sql.DB {
	t.Helper()
	j, err := journal.Inspect(path)
	if err == nil {
		_, err = j.Runs(context.Background(), journal.Filter{Limit: 1}) // also once the test has ended
		_ = j.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(60000)") // the journal writes, too
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// readBack resumes a run as if the process had ended just before the run did:
// nothing happens again, and the run ends as it did.
func readBack(t *testing.T, path, id string, result *flows.Result, failed error, options []flows.RunOption) {
	t.Helper()
	_ = os.Remove(path + ".witness") // which would miss the record
	j := openJournal(t, path)
	defer j.Close()
	db := tablesOf(t, path)
	defer db.Close()
	for _, text := range []string{"DELETE FROM records WHERE seq = (SELECT max(seq) FROM records)", "UPDATE runs SET state = 'running'"} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	r := &recorder{}
	again, err := j.Resume(context.Background(), id, r.everything(t), options...)
	var interrupted *journal.InterruptedError
	if errors.As(err, &interrupted) {
		t.Fatalf("reading back: %v", err)
	}
	if r.noted() != "" {
		t.Errorf("calls when it was read back: %s", r.noted())
	}
	if diff := cmp.Diff(result, again, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); diff != "" {
		t.Errorf("the result (-was +read back):\n%s", diff)
	}
	ignore := cmpopts.IgnoreFields(connector.Error{}, "Err")
	if diff := cmp.Diff(report.AsRunError(failed), report.AsRunError(err), ignore, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the failure (-was +read back):\n%s", diff)
	}
}

// languageTests are those that hold whatever carries the run.
var languageTests = map[string]func(*testing.T){
	"TestOutput": TestOutput, "TestRetry": TestRetry, "TestRetryCountsAttempts": TestRetryCountsAttempts, "TestTimeout": TestTimeout,
	"TestUndoRunsInReverse": TestUndoRunsInReverse, "TestUndoThatFails": TestUndoThatFails,
	"TestUndoneOfInnerFailures": TestUndoneOfInnerFailures, "TestUndoneOfLateFailures": TestUndoneOfLateFailures,
	"TestUndoOfUnknownOutcome": TestUndoOfUnknownOutcome, "TestCancelUndoes": TestCancelUndoes,
	"TestSiblingFailure": TestSiblingFailure, "TestFailures": TestFailures, "TestInputErrors": TestInputErrors,
	"TestConnections": TestConnections, "TestEvents": TestEvents, "TestSignalURLs": TestSignalURLs,
	"TestBlocks": TestBlocks, "TestBlockFailures": TestBlockFailures, "TestFinallyRunsOnCancellation": TestFinallyRunsOnCancellation,
	"TestSubFlows": TestSubFlows, "TestSubFlowConnections": TestSubFlowConnections, "TestSecretsAreRead": TestSecretsAreRead,
	"TestDeepNesting": TestDeepNesting, "TestBlockTimeoutReallyCancels": TestBlockTimeoutReallyCancels,
	"TestFaultAtEveryStep": TestFaultAtEveryStep, "TestSecretsAreNotShown": TestSecretsAreNotShown,
	"TestExamples": TestExamples, "TestFailingCanaryIsUndone": TestFailingCanaryIsUndone,
	"TestIssuedCredentialsAreNotShown": TestIssuedCredentialsAreNotShown,
	"TestUndoOrder":                    TestUndoOrder,
	"TestFailureSemantics":             TestFailureSemantics, "TestValueRules": TestValueRules, "TestGatheredErrorsAreTheFirst": TestGatheredErrorsAreTheFirst,
	"TestTaintFollowsSecrets": TestTaintFollowsSecrets, "TestSecretsStaySecret": TestSecretsStaySecret, "TestUUIDsDiffer": TestUUIDsDiffer,
	"TestUndoHasItsTime": TestUndoHasItsTime, "TestRetriedTryDoesNotRepeatTheUnknown": TestRetriedTryDoesNotRepeatTheUnknown,
	"TestUndoErrorsOfTwoBranches": TestUndoErrorsOfTwoBranches, "TestWaitForNothing": TestWaitForNothing,
	"TestSuppressedIsSeenByHandlers": TestSuppressedIsSeenByHandlers, "TestEnvironmentIsReadOnce": TestEnvironmentIsReadOnce,
	"TestPayloadsStayBytes": TestPayloadsStayBytes, "TestPayloadsAreReadAsValues": TestPayloadsAreReadAsValues,
	"TestSetKeepsWhatOthersHold": TestSetKeepsWhatOthersHold, "TestUndoKeepsCtx": TestUndoKeepsCtx,
	"TestSecretsInPayloads": TestSecretsInPayloads, "TestSensitivePayload": TestSensitivePayload,
}

// TestOnJournal runs the tests of the language once more as durable runs: with
// the same output, the same failure and the same calls in the same order, and
// the same once more when the run is read back.
func TestOnJournal(t *testing.T) {
	onJournal = true
	defer func() { onJournal = false }()
	for name, test := range languageTests {
		t.Run(name, test)
	}
}

// TestRandomFlowsOnJournal: whatever a flow is made of, it gives on a journal
// what it gives in process, also when it is cut off somewhere and resumed.
func TestRandomFlowsOnJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	j := openJournal(t, path)
	defer j.Close()
	db := tablesOf(t, path)
	defer db.Close()
	reg := (&recorder{}).registry(t)
	rapid.Check(t, func(rt *rapid.T) {
		text := randomFlow(rt).b.String()
		flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", reg)
		if err != nil {
			rt.Fatal(err)
		}
		want, err := flow.Run(t.Context(), nil)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := j.Run(t.Context(), flow, nil)
		if err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(want.Output, got.Output); diff != "" {
			rt.Fatalf("output (-in process +journal):\n%s\n%s", diff, text)
		}
		follower := j.Follow(got.RunID, nil)
		followed := func(when string) {
			d, _, err := follower.Read(t.Context())
			whole, other := j.Show(t.Context(), got.RunID)
			if err != nil || other != nil {
				rt.Fatalf("%s: %v, %v", when, err, other)
			}
			if diff := cmp.Diff(whole, d, cmpopts.IgnoreUnexported(journal.Details{}), cmpopts.EquateEmpty()); diff != "" {
				rt.Fatalf("%s (-whole +followed):\n%s\n%s", when, diff, text)
			}
		}
		followed("at its end")
		var n, last int
		if err := db.QueryRow("SELECT max(run), max(seq) FROM records WHERE run = (SELECT max(n) FROM runs)").Scan(&n, &last); err != nil {
			rt.Fatal(err)
		}
		cut := rapid.IntRange(0, last-1).Draw(rt, "cut")
		if _, err := db.Exec("DELETE FROM records WHERE run = ? AND seq > ?; UPDATE runs SET state = 'running' WHERE n = ?", n, cut, n); err != nil {
			rt.Fatal(err)
		}
		followed("cut off")
		again, err := j.Resume(t.Context(), got.RunID, reg)
		followed("resumed")
		if err != nil {
			rt.Fatalf("cut after %d of %d: %v\n%s", cut, last, err, text)
		}
		if diff := cmp.Diff(want.Output, again.Output); diff != "" {
			rt.Fatalf("cut after %d of %d, output (-want +resumed):\n%s\n%s", cut, last, diff, text)
		}
	})
}
