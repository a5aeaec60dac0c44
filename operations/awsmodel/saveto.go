package awsmodel

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"github.com/medlar-flow/medlar/connector"
)

// saveToParameter names the file that a body is written to.
const saveToParameter = "saveTo"

// target is a file that a body is to be written to. What is written is a file of
// its own beside it, so that the file appears when it is whole.
type target struct {
	root *os.Root
	name string // below the root
	path string // as it is given
	half string // what is written
	file *os.File
}

// newTarget makes what a body is written to before the request is sent: that the
// folder is there and may be written to is known then.
func newTarget(given string) (t *target, err error) {
	name, err := localPath(given)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(".")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = root.Close()
		}
	}()
	if err := unfitTarget(root.FS(), name, given); err != nil {
		return nil, err
	}
	var random [6]byte
	_, _ = rand.Read(random[:]) // it does not fail
	t = &target{root: root, name: name, path: given, half: name + "." + hex.EncodeToString(random[:]) + ".part"}
	if t.file, err = root.OpenFile(filepath.FromSlash(t.half), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666); err != nil {
		return nil, t.unwritten(err)
	}
	return t, nil
}

// unfitTarget says why nothing can be written under a name of a file system; nil
// where it can, as far as that shows.
func unfitTarget(fsys fs.FS, name, given string) error {
	switch info, err := fs.Stat(fsys, name); {
	case err == nil && info.IsDir():
		return fmt.Errorf("%q is a folder: name a file in it", given)
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%q is a pipe or device, not a plain file", given)
	case err == nil:
		return nil
	}
	folder := path.Dir(name)
	switch info, err := fs.Stat(fsys, folder); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %q for %q: make it first", folder, given)
	case err == nil && !info.IsDir():
		return fmt.Errorf("%q is no folder, so %q cannot be in it", folder, given)
	}
	return nil
}

// Write writes to the file. A failure of it is a *saveError.
func (t *target) Write(p []byte) (int, error) {
	n, err := t.file.Write(p)
	if err != nil {
		return n, &saveError{t.unwritten(err)}
	}
	return n, nil
}

// restart begins anew.
func (t *target) restart() error {
	if _, err := t.file.Seek(0, io.SeekStart); err != nil {
		return &saveError{t.unwritten(err)}
	}
	if err := t.file.Truncate(0); err != nil {
		return &saveError{t.unwritten(err)}
	}
	return nil
}

// keep has the file appear.
func (t *target) keep() error {
	if err := t.file.Close(); err != nil {
		return &saveError{t.unwritten(err)}
	}
	if err := t.root.Rename(filepath.FromSlash(t.half), filepath.FromSlash(t.name)); err != nil {
		return &saveError{t.unwritten(err)}
	}
	t.half = ""
	return nil
}

// close takes away what was not kept.
func (t *target) close() {
	_ = t.file.Close()
	if t.half != "" {
		_ = t.root.Remove(filepath.FromSlash(t.half))
	}
	_ = t.root.Close()
}

// unwritten words an error of the file system without the name of the half file.
func (t *target) unwritten(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%q cannot be written: %w; make room, nothing of it is left there", t.path, err)
	}
	return fmt.Errorf("%q cannot be written: %w", t.path, err)
}

// saveError is a failure to write what was received.
type saveError struct{ err error }

func (e *saveError) Error() string { return saveToParameter + ": " + e.err.Error() }
func (e *saveError) Unwrap() error { return e.err }

// public returns the error as a step sees it.
func (e *saveError) public(effect connector.Effect) error {
	out := &connector.Error{Code: "NotSaved", Class: connector.ClassInvalid, Message: e.Error(), Outcome: connector.OutcomeUnknown, Err: e.err}
	if errors.Is(e.err, syscall.ENOSPC) || errors.Is(e.err, syscall.EDQUOT) {
		out.Class = connector.ClassQuota
	}
	if effect == connector.EffectReadOnly {
		out.Outcome = connector.OutcomeFailed
	}
	return out
}
