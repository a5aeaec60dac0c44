package journal

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// Who reads and is gone before what was written last is in the tables says nothing of
// whether the journal can be written.
func TestWhoReadsIsGone(t *testing.T) {
	f, err := openFile(t.Context(), filepath.Join(t.TempDir(), "runs.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, id := range []string{"a", "b"} { // the first stores the program
		begin := StoredRun{Run: Run{ID: id, Flow: "f", State: Running, Started: time.Unix(int64(i), 0)}, Digest: []byte("d"), Start: []byte("s")}
		if err := f.Commit(t.Context(), []Change{BeginRun{StoredRun: begin, Program: []byte("p")}}); err != nil {
			t.Fatal(err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var failed *WriteError
	if err = f.foldStale(gone, "", time.Second); err == nil || errors.As(err, &failed) {
		t.Errorf("the error is %v", err)
	}
	if err = f.foldStale(t.Context(), "", time.Second); err != nil {
		t.Error(err)
	}
}
