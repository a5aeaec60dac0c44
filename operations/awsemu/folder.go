package awsemu

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/medlar-flow/medlar/internal/filelock"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/scratch"
)

// dataFolder returns the folder for code, programs and state, as an absolute path:
// functions run in folders of their own. One for this run alone is made when it
// is needed.
func (e *Emulator) dataFolder(kept string) (string, error) {
	if kept == "" {
		var err error
		if e.scratch, err = scratch.New(os.TempDir()); err != nil {
			return "", err
		}
		return e.scratch.Path(), nil
	}
	folder, err := filepath.Abs(kept)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	return folder, e.keepAlone(folder)
}

// keepAlone locks a folder that is kept: two emulators would each write their
// state over the other's.
func (e *Emulator) keepAlone(folder string) error {
	lock, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	alone, err := filelock.Try(lock, filelock.Exclusive)
	if err == nil && !alone {
		err = fmt.Errorf("another emulator uses %s: stop it, or name a folder of its own", folder)
	}
	if err != nil {
		_ = lock.Close()
		return err
	}
	e.kept = lock
	return nil
}

// leaveFolder removes a folder for this run alone, and lets go of another one.
func (e *Emulator) leaveFolder() error {
	var err error
	if e.scratch != nil {
		err = e.scratch.Remove()
	}
	if e.kept != nil {
		err = errors.Join(err, e.kept.Close())
		e.kept = nil
	}
	return err
}
