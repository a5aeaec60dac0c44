package filelock_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/medlar-flow/medlar/internal/filelock"
	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	os.Exit(m.Run())
}

func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestTry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, second := open(t, path), open(t, path)
	if ok, err := filelock.Try(first, filelock.Exclusive); !ok || err != nil {
		t.Fatalf("a free file: %v, %v", ok, err)
	}
	if ok, err := filelock.Try(second, filelock.Exclusive); ok || err != nil {
		t.Errorf("a locked file: %v, %v", ok, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if ok, err := filelock.Try(second, filelock.Exclusive); !ok || err != nil {
		t.Errorf("one that was let go: %v, %v", ok, err)
	}
	closed := open(t, path)
	_ = closed.Close()
	if ok, err := filelock.Try(closed, filelock.Exclusive); ok || err == nil {
		t.Errorf("a closed file: %v, %v", ok, err)
	}
}

// A shared lock is shared, and becomes exclusive when nobody else has it.
func TestShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, second := open(t, path), open(t, path)
	for _, f := range []*os.File{first, second} {
		if ok, err := filelock.Try(f, filelock.Shared); !ok || err != nil {
			t.Fatalf("sharing: %v, %v", ok, err)
		}
	}
	if ok, err := filelock.Try(first, filelock.Exclusive); ok || err != nil {
		t.Errorf("alone, while it is shared: %v, %v", ok, err)
	}
	_ = second.Close()
	if ok, err := filelock.Try(first, filelock.Exclusive); !ok || err != nil {
		t.Errorf("alone, afterwards: %v, %v", ok, err)
	}
}
