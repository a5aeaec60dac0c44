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
	files := 0
	err = filepath.WalkDir(folder, func(path string, f os.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		info, err := f.Info()
		if err != nil {
			return err
		}
		want := os.FileMode(0o600)
		if f.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		files++
		return nil
	})
	if err != nil || files < 5 {
		t.Errorf("%d files (%v)", files, err)
	}
}
