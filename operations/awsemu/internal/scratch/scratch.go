// Package scratch holds folders that last as long as their process. [New] names
// one, [Folder.Remove] removes it, and where the process was killed before that
// a later [Sweep] does.
package scratch

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/medlar-flow/medlar/internal/filelock"
)

const (
	prefix = "awsemu-"
	suffix = ".lock"
)

// Folder is a folder of this process. It is named, not made.
type Folder struct {
	path string
	lock *os.File
}

// New names a folder below parent that is this process's alone. A locked file
// beside it says that the process lives.
func New(parent string) (*Folder, error) {
	parent, err := filepath.Abs(parent)
	if err != nil {
		return nil, fmt.Errorf("finding the folder for temporary files: %w", err)
	}
	const attempts = 10 // a sweep in another process may take a file before it is locked
	for range attempts {
		path := filepath.Join(parent, prefix+rand.Text())
		lock, err := os.OpenFile(path+suffix, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, fmt.Errorf("locking a folder for temporary files: %w", err)
		}
		locked, err := filelock.Try(lock, filelock.Exclusive)
		if err == nil && locked && isStill(lock, path+suffix) {
			return &Folder{path, lock}, nil
		}
		_ = lock.Close()
		if err != nil {
			_ = os.Remove(path + suffix)
			return nil, fmt.Errorf("locking a folder for temporary files: %w", err)
		}
	}
	return nil, errors.New("locking a folder for temporary files: another process removes the lock each time")
}

// isStill reports whether an open file is the one of a path.
func isStill(f *os.File, path string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	found, err := os.Lstat(path)
	return err == nil && os.SameFile(opened, found)
}

// Path returns the absolute path of the folder.
func (f *Folder) Path() string { return f.path }

// Remove removes the folder with everything in it. Removing again does nothing.
func (f *Folder) Remove() error {
	err := os.RemoveAll(f.path)
	// The lock goes last, and while it is held where the system lets us: a folder
	// without one is never removed.
	gone := os.Remove(f.path + suffix)
	if closed := f.lock.Close(); gone != nil && closed == nil {
		gone = os.Remove(f.path + suffix)
	}
	if errors.Is(gone, fs.ErrNotExist) {
		gone = nil
	}
	return errors.Join(err, gone)
}

// Sweep removes the folders below parent that processes left which have ended.
// What it cannot remove, such as another user's, stays.
func Sweep(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), suffix); ok && strings.HasPrefix(name, prefix) && e.Type().IsRegular() {
			sweep(filepath.Join(parent, name))
		}
	}
}

// sweep removes a folder whose lock is free.
func sweep(path string) {
	lock, err := os.OpenFile(path+suffix, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer lock.Close() //nolint:errcheck // nothing was written to it
	if free, err := filelock.Try(lock, filelock.Exclusive); err != nil || !free || !isStill(lock, path+suffix) {
		return
	}
	f := &Folder{path, lock}
	_ = f.Remove()
}
