package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Which file a path leads to is known by the file, however it is named and written.
func TestIdentity(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a", "a")
	write("b", "a")
	if err := os.Symlink(at("a"), at("link")); err != nil {
		t.Skipf("no links: %v", err)
	}
	first, err := identify(at("a"))
	if err != nil {
		t.Fatal(err)
	}
	write("a", "written to")
	for name, same := range map[string]bool{"a": true, "link": true, "b": false} {
		got, err := identify(at(name))
		if err != nil || first.same(got) != same || got.same(first) != same {
			t.Errorf("%s: %v, %v", name, first.same(got), err)
		}
	}
	if err := os.Rename(at("b"), at("a")); err != nil {
		t.Fatal(err)
	}
	if got, err := identify(at("a")); err != nil || first.same(got) {
		t.Errorf("another file in its place: %+v, %v", got, err)
	}
	if got, err := identify(at("none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %+v, %v", got, err)
	}
}
