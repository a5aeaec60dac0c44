package journal

import (
	"path/filepath"
	"testing"
)

// TestEverythingIsSynced: what was written survives a loss of power.
func TestEverythingIsSynced(t *testing.T) {
	j, err := Open(filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var mode string
	var synchronous int
	if err := j.store.(*file).db.QueryRow("SELECT (SELECT * FROM pragma_journal_mode), (SELECT * FROM pragma_synchronous)").Scan(&mode, &synchronous); err != nil {
		t.Fatal(err)
	}
	if mode != "wal" || synchronous != 2 {
		t.Errorf("journal_mode=%s, synchronous=%d; want wal, 2 (FULL)", mode, synchronous)
	}
}
