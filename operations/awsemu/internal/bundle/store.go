package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/medlar-flow/medlar/internal/regex"
)

// Store keeps zips in a folder, each under the SHA-256 of its bytes.
type Store struct {
	dir string

	mu       sync.Mutex
	unpacked map[string]*folder
}

// folder is an unpacked zip: unpacked once, whoever asks first.
type folder struct {
	once sync.Once
	path string
	err  error
}

// Open makes a store in dir, which it creates when there is something to keep.
// What an earlier store left there is found again.
func Open(dir string) *Store {
	return &Store{dir: dir, unpacked: map[string]*folder{}}
}

var hashName = regex.Late{Text: `^[0-9a-f]{64}$`}

// Put checks a zip and keeps it. The hash, in hexadecimal, is its name.
func (s *Store) Put(file []byte) (hash string, err error) {
	if err := Check(file); err != nil {
		return "", err
	}
	sum := sha256.Sum256(file)
	hash = hex.EncodeToString(sum[:])
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return "", err
	}
	to := s.file(hash)
	if _, err := os.Stat(to); err == nil {
		return hash, nil
	}
	return hash, writeWhole(to, file)
}

// Get returns a zip that was put; the error is fs.ErrNotExist where none was.
func (s *Store) Get(hash string) ([]byte, error) {
	if !hashName.Get().MatchString(hash) {
		return nil, fs.ErrNotExist
	}
	return os.ReadFile(s.file(hash))
}

// Folder returns the path of the unpacked zip. What is in it is shared by all
// that run it.
func (s *Store) Folder(hash string) (string, error) {
	s.mu.Lock()
	f, ok := s.unpacked[hash]
	if !ok {
		f = &folder{}
		s.unpacked[hash] = f
	}
	s.mu.Unlock()
	f.once.Do(func() { f.path, f.err = s.unpack(hash) })
	return f.path, f.err
}

func (s *Store) file(hash string) string { return filepath.Join(s.dir, hash+".zip") }

// unpack unpacks beside the place where the folder is to be and moves it there
// when it is complete.
func (s *Store) unpack(hash string) (string, error) {
	file, err := s.Get(hash)
	if err != nil {
		return "", fmt.Errorf("reading the code: %w", err)
	}
	to := filepath.Join(s.dir, hash)
	if _, err := os.Stat(to); err == nil {
		return to, nil
	}
	z, err := open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return "", err
	}
	half, err := os.MkdirTemp(s.dir, "unpacking-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(half)
	if err := unpack(z, half); err != nil {
		return "", err
	}
	if err := os.Chmod(half, 0o755); err != nil { //nolint:gosec // code that functions read
		return "", err
	}
	if err := os.Rename(half, to); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return to, nil
}

// writeWhole writes a file that is either complete or not there.
func writeWhole(to string, content []byte) error {
	half, err := os.CreateTemp(filepath.Dir(to), "writing-")
	if err != nil {
		return err
	}
	defer os.Remove(half.Name())
	_, err = half.Write(content)
	if closed := half.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(half.Name(), to)
}
