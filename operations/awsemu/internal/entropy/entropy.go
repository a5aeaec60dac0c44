package entropy

import (
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"sync"

	"github.com/medlar-flow/medlar/internal/uuid"
)

// Source gives the random names of an emulator; it is safe for concurrent use
// though its source may not be.
type Source struct {
	mu     sync.Mutex
	source io.Reader
}

// New reads from source, one reader at a time.
func New(source io.Reader) *Source { return &Source{source: source} }

// Bytes returns n random bytes.
func (e *Source) Bytes(n int) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := make([]byte, n)
	if _, err := io.ReadFull(e.source, b); err != nil {
		return nil, fmt.Errorf("reading random bytes: %w", err)
	}
	return b, nil
}

// UUID returns a version 4 UUID: request ids and revision ids.
func (e *Source) UUID() (string, error) {
	b, err := e.Bytes(16)
	if err != nil {
		return "", err
	}
	return uuid.Text([16]byte(b), 4), nil
}

// KeyID returns an access key id of 20 characters that begins with prefix.
func (e *Source) KeyID(prefix string) (string, error) {
	b, err := e.Bytes(16)
	if err != nil {
		return "", err
	}
	return (prefix + base32.StdEncoding.EncodeToString(b))[:20], nil
}

// Text returns base64 text of n random bytes.
func (e *Source) Text(n int) (string, error) {
	b, err := e.Bytes(n)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b), nil
}
