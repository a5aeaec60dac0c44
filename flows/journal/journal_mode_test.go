package journal_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/medlar-flow/medlar/flows/journal"
)

// A journal holds what services answered: nobody but its owner reads it.
func TestFilesAreTheOwners(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no modes here")
	}
	folder := t.TempDir()
	j, err := journal.Open(filepath.Join(folder, "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	files, err := os.ReadDir(folder)
	if err != nil || len(files) < 3 {
		t.Fatalf("the folder has %v (%v)", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v (%v)", f.Name(), info.Mode(), err)
		}
	}
}
