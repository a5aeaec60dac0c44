package parity_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	goleak.VerifyTestMain(m)
}

// onJournal runs a flow on a journal that it opens and closes.
func onJournal(t *testing.T, path string, flow *flows.Flow) (*flows.Result, error) {
	t.Helper()
	return onJournalIn(context.Background(), t, path, flow)
}

// onJournalIn is onJournal with the context of the run.
func onJournalIn(ctx context.Context, t *testing.T, path string, flow *flows.Flow) (*flows.Result, error) {
	t.Helper()
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close() //nolint:errcheck // the run says what went wrong
	return j.Run(ctx, flow, nil)
}
