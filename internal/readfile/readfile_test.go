package readfile_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/internal/readfile"
)

func write(t *testing.T, size int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, bytes.Repeat([]byte{'x'}, size), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file may have as many bytes as the limit, and not one more.
func TestLimit(t *testing.T) {
	const limit = 1 << 20
	for _, size := range []int{0, 1, limit - 1, limit, limit + 1} {
		path := write(t, size)
		for name, read := range map[string]func() ([]byte, error){
			"Path": func() ([]byte, error) { return readfile.Path(t.Context(), path, limit) },
			"FS":   func() ([]byte, error) { return readfile.FS(os.DirFS(filepath.Dir(path)), "f", limit) },
			"Reader": func() ([]byte, error) {
				return readfile.Reader(t.Context(), strings.NewReader(strings.Repeat("x", size)), limit)
			},
		} {
			text, err := read()
			if size <= limit {
				if err != nil || len(text) != size {
					t.Errorf("%s of %d bytes: %d bytes, %v", name, size, len(text), err)
				}
				continue
			}
			if problem := (*readfile.Problem)(nil); !errors.As(err, &problem) || problem.Rule != "file-too-large" || text != nil {
				t.Errorf("%s of %d bytes: %d bytes, %v", name, size, len(text), err)
			}
		}
	}
}

func TestProblems(t *testing.T) {
	dir := t.TempDir()
	fsys := fstest.MapFS{"sub/f": {Data: []byte("x")}}
	for name, c := range map[string]struct {
		read              func() ([]byte, error)
		rule, says, named string
	}{
		"folder": {
			func() ([]byte, error) { return readfile.Path(t.Context(), dir, 9) },
			"unreadable-file", "this is a folder, not a file", "N is a folder, not a file",
		},
		"folder of FS": {
			func() ([]byte, error) { return readfile.FS(fsys, "sub", 9) },
			"unreadable-file", "this is a folder, not a file", "N is a folder, not a file",
		},
		"none": {
			func() ([]byte, error) { return readfile.Path(t.Context(), filepath.Join(dir, "none"), 9) },
			"no-such-file", "there is no such file", "there is no file N",
		},
		"none of FS": {
			func() ([]byte, error) { return readfile.FS(fsys, "none", 9) },
			"no-such-file", "there is no such file", "there is no file N",
		},
		"a name that is no text": {
			func() ([]byte, error) { return readfile.FS(fsys, "f\xff", 9) },
			"unreadable-file", "the file has a name that is no UTF-8", "N has a name that is no UTF-8",
		},
		"above the root": {
			func() ([]byte, error) { return readfile.FS(fsys, "../f", 9) },
			"unreadable-file", "the file is not below the root folder", "N is not below the root folder",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.read()
			var problem *readfile.Problem
			if !errors.As(err, &problem) {
				t.Fatalf("the error is %v", err)
			}
			if problem.Rule != c.rule || problem.Error() != c.says || problem.Naming("N") != c.named {
				t.Errorf("%s: %s / %s", problem.Rule, problem.Error(), problem.Naming("N"))
			}
		})
	}
}

// A reader that never ends is given up when the context ends.
func TestReaderEnds(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // the test is over
	defer w.Close() //nolint:errcheck // it ends the read that was given up
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	cancel(reason)
	if _, err := readfile.Reader(ctx, r, 9); !errors.Is(err, reason) {
		t.Errorf("the error is %v", err)
	}
}
