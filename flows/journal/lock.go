package journal

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/medlar-flow/medlar/internal/filelock"
)

// OwnedError says that a journal belongs to one process alone: to one of an
// earlier version, which knows of no other.
type OwnedError struct {
	Path string // of the journal's file
	// Process is that process's number; 0 where it is not known.
	Process int
}

// Error names the journal and the process.
func (e *OwnedError) Error() string {
	if e.Process == 0 {
		return fmt.Sprintf("journal %s is in use by a process of an earlier version", e.Path)
	}
	return fmt.Sprintf("journal %s is in use by process %d, of an earlier version", e.Path, e.Process)
}

// membership is what makes a process one of those that run the runs of a
// journal. Three kinds of file are locked, and the system gives their locks up
// when the process ends, however that happens:
//
//   - runs.db.lock is shared by all of them. Earlier versions take it for
//     themselves, so that they and this one keep off each other.
//   - runs.db.owners/NAME is locked by the process of that name. Rows of runs
//     name it; who can lock it knows that the process has ended.
//   - runs.db.owners/gate is locked while somebody enters.
type membership struct {
	folder string
	name   string
	all    *os.File
	own    *os.File
}

const (
	ownersFolder = ".owners"
	gateName     = "gate"
	nameSize     = 12 // bytes of a process's name, which is their hexadecimal form
)

// gateWait is how long a process waits for others to enter. To enter takes a
// few milliseconds.
const gateWait = 30 * time.Second

// enter makes this process one of a journal's. prepare is called while no other
// process enters; alone says that none is there.
func enter(path string, prepare func(alone bool) error) (m *membership, err error) {
	m = &membership{folder: path + ownersFolder}
	defer func() {
		if err != nil {
			m.close()
			m = nil
		}
	}()
	if err := os.Mkdir(m.folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return m, fmt.Errorf("locking: %w", err)
	}
	gate, err := passGate(filepath.Join(m.folder, gateName))
	if err != nil {
		return m, err
	}
	defer gate.Close() //nolint:errcheck // nothing was written
	if m.all, err = os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return m, fmt.Errorf("locking: %w", err)
	}
	alone, err := filelock.Try(m.all, filelock.Exclusive)
	if err == nil && !alone {
		err = m.share(path)
	}
	if err == nil {
		err = m.takeName(alone)
	}
	if err == nil {
		err = prepare(alone)
	}
	if err == nil && alone {
		err = m.share(path)
	}
	return m, err
}

// passGate waits until nobody else enters.
func passGate(path string) (*os.File, error) {
	gate, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking: %w", err)
	}
	for waited := time.Duration(0); waited < gateWait; waited += time.Millisecond {
		if ok, err := filelock.Try(gate, filelock.Exclusive); err != nil {
			_ = gate.Close()
			return nil, fmt.Errorf("locking: %w", err)
		} else if ok {
			return gate, nil
		}
		time.Sleep(time.Millisecond)
	}
	_ = gate.Close()
	return nil, fmt.Errorf("another process holds %s for too long: look who has it open", path)
}

// share takes the lock that all processes share, or gives up the exclusive one
// for it. Nobody of this version holds that while the gate is passed.
func (m *membership) share(path string) error {
	ok, err := filelock.Try(m.all, filelock.Shared)
	switch {
	case err != nil:
		return fmt.Errorf("locking: %w", err)
	case ok:
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(m.all, 20))
	process, _ := strconv.Atoi(string(text))
	return &OwnedError{Path: path, Process: process}
}

// shut keeps others from entering until leave is called, behind close. alone is false
// where one is there already. Who enters reads what was seen of runs then, and would not
// know what is written of them meanwhile.
func (m *membership) shut(path string) (leave func(), alone bool, err error) {
	gate, err := passGate(filepath.Join(m.folder, gateName))
	if err != nil {
		return func() {}, false, err
	}
	if alone, err = filelock.Try(m.all, filelock.Exclusive); err != nil {
		err = fmt.Errorf("locking %s.lock: %w", path, err)
	}
	return func() { _ = gate.Close() }, alone, err
}

// takeName gives this process a name and a file of its own. What processes that
// have ended left is removed: who is not there is not alive either.
func (m *membership) takeName(alone bool) error {
	if alone {
		_ = m.all.Truncate(0) // an earlier version has written its number
	}
	m.removeDead()
	var random [nameSize]byte
	_, _ = rand.Read(random[:]) // it never fails
	m.name = hex.EncodeToString(random[:])
	own, err := os.OpenFile(m.ownPath(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("locking: %w", err)
	}
	m.own = own
	ok, err := filelock.Try(own, filelock.Exclusive)
	if err == nil && !ok {
		err = errors.New("somebody else holds the file of this process")
	}
	if err != nil {
		return fmt.Errorf("locking %s: %w", m.ownPath(), err)
	}
	_, _ = own.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0) // for people only
	return nil
}

func (m *membership) removeDead() {
	entries, err := os.ReadDir(m.folder)
	if err != nil {
		return // they stay
	}
	for _, e := range entries {
		if alive, err := ownerAlive(m.folder, e.Name()); err == nil && !alive && isOwnerName(e.Name()) {
			_ = os.Remove(filepath.Join(m.folder, e.Name()))
		}
	}
}

func (m *membership) ownPath() string { return filepath.Join(m.folder, m.name) }

func (m *membership) close() {
	if m == nil {
		return
	}
	if m.own != nil {
		_ = m.own.Close()
		_ = os.Remove(m.ownPath()) // nobody else has had the name, or will
	}
	if m.all != nil {
		_ = m.all.Close()
	}
}

// ownerAlive reports whether the process of a name has its file locked. Who
// looks shares the lock with others who look.
func ownerAlive(folder, name string) (bool, error) {
	if !isOwnerName(name) {
		return false, nil
	}
	f, err := os.OpenFile(filepath.Join(folder, name), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking whether a process is alive: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only locked
	free, err := filelock.Try(f, filelock.Shared)
	if err != nil {
		return false, fmt.Errorf("looking whether a process is alive: %w", err)
	}
	return !free, nil
}

// isOwnerName keeps what a damaged row says from naming other files.
func isOwnerName(name string) bool {
	raw, err := hex.DecodeString(name)
	return err == nil && len(raw) == nameSize
}
