//go:build unix

package readfile_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/medlar-flow/medlar/internal/readfile"
)

func pipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	return path
}

// A pipe that the command names is read until its writer ends.
func TestPipe(t *testing.T) {
	path := pipe(t)
	wrote := make(chan error, 1)
	go func() { wrote <- os.WriteFile(path, []byte("hello"), 0) }()
	text, err := readfile.Path(t.Context(), path, 9)
	if err != nil || string(text) != "hello" {
		t.Errorf("%q, %v", text, err)
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
}

// A pipe that nobody writes to is given up when the context ends: before it was
// opened, and while it is being opened.
func TestPipeWithoutWriter(t *testing.T) {
	path := pipe(t)
	reason := errors.New("enough")
	for _, early := range []bool{true, false} {
		ctx, cancel := context.WithCancelCause(t.Context())
		if early {
			cancel(reason)
		}
		ended := make(chan error, 1)
		go func() {
			_, err := readfile.Path(ctx, path, 9)
			ended <- err
		}()
		cancel(reason)
		if err := <-ended; !errors.Is(err, reason) {
			t.Errorf("early %v: the error is %v", early, err)
		}
	}
}

// What a flow names is a plain file: a pipe is refused, and not opened.
func TestPipeOfFS(t *testing.T) {
	path := pipe(t)
	_, err := readfile.FS(os.DirFS(filepath.Dir(path)), filepath.Base(path), 9)
	var problem *readfile.Problem
	if !errors.As(err, &problem) || problem.Rule != "unreadable-file" || problem.Naming("N") != "N is a pipe or device, not a plain file" {
		t.Errorf("the error is %v", err)
	}
}
