package journal

import (
	"os"
	"path/filepath"
	"testing"
)

// Where the system has no statx, files are known by what it says otherwise, and by
// nothing else.
func TestIdentityWithoutStatx(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	old := identity{info: info}
	now, err := identify(path)
	if err != nil || now.info != nil || now.inode == 0 {
		t.Fatalf("%+v, %v", now, err)
	}
	if !old.same(identity{info: info}) || old.same(now) || now.same(old) {
		t.Error("what is known otherwise counts as known")
	}
}
