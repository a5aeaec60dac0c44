//go:build unix

package readfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/medlar-flow/medlar/internal/readfile"
)

// Files that a flow names are refused, without opening them, unless they are
// plain ones. A test that waits for ever is one that opened a pipe.
func TestOnlyPlainFiles(t *testing.T) {
	at := pipe(t)
	folder := filepath.Dir(at)
	if err := os.WriteFile(filepath.Join(folder, "plain"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, link := range map[string]string{"link": "plain", "link to a pipe": "pipe", "device": "/dev/null", "nowhere": "none"} {
		if err := os.Symlink(link, filepath.Join(folder, name)); err != nil {
			t.Skip("no links here:", err)
		}
	}
	const special, none = `"N" is a pipe or device, not a plain file`, `there is no file "N"`
	for name, want := range map[string]string{
		"plain": "", "link": "", "pipe": special, "link to a pipe": special, "device": special, "nowhere": none, "none": none,
		".": `"N" is a folder, not a file`,
	} {
		_, plain := readfile.Plain(filepath.Join(folder, name), 9)
		_, ofFS := readfile.FS(os.DirFS(folder), name, 9)
		_, stat := readfile.Stat(os.DirFS(folder), name)
		f, _, opened := readfile.Open(os.DirFS(folder), name)
		if opened == nil {
			_ = f.Close()
		}
		for by, err := range map[string]error{"Plain": plain, "FS": ofFS, "Stat": stat, "Open": opened} {
			var problem *readfile.Problem
			switch {
			case err == nil && want == "":
			case !errors.As(err, &problem):
				t.Errorf("%s of %s: %v, want %q", by, name, err, want)
			default:
				if got := readfile.About(`"N"`, err).Error(); got != want {
					t.Errorf("%s of %s: %q, want %q", by, name, got, want)
				}
			}
		}
	}
}
