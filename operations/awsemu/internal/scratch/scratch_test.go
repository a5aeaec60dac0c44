package scratch_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/scratch"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	os.Exit(m.Run())
}

// names returns what is in a folder.
func names(t *testing.T, folder string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func fill(t *testing.T, folder string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(folder, "code"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "code", "a"), []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRemove(t *testing.T) {
	parent := t.TempDir()
	f, err := scratch.New(parent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.Path()); !os.IsNotExist(err) {
		t.Errorf("the folder is made before it is needed: %v", err)
	}
	fill(t, f.Path())
	for range 2 {
		if err := f.Remove(); err != nil {
			t.Error(err)
		}
	}
	if left := names(t, parent); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// What a living process uses stays, and so does what is none of ours.
func TestSweep(t *testing.T) {
	parent := t.TempDir()
	alive, err := scratch.New(parent)
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Remove() //nolint:errcheck // the folder goes with the test
	fill(t, alive.Path())
	dead := filepath.Join(parent, "awsemu-DEAD")
	fill(t, dead)
	for _, name := range []string{dead + ".lock", filepath.Join(parent, "awsemu-EMPTY.lock"), filepath.Join(parent, "other.lock")} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fill(t, filepath.Join(parent, "other"))
	fill(t, filepath.Join(parent, "awsemu-without-lock"))
	scratch.Sweep(parent)
	want := map[string]bool{
		filepath.Base(alive.Path()): true, filepath.Base(alive.Path()) + ".lock": true,
		"other": true, "other.lock": true, "awsemu-without-lock": true,
	}
	for _, name := range names(t, parent) {
		if !want[name] {
			t.Errorf("%s is left", name)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s is gone", name)
	}
}
