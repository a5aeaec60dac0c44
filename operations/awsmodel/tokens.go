package awsmodel

import (
	"crypto/rand"
	"crypto/sha256"

	"github.com/medlar-flow/medlar/internal/uuid"
)

// tokenOf returns the token of a step's key: the same for each attempt, and in the
// form that every service takes, that of a UUID. Without a key it is a new one.
func tokenOf(key string) string {
	var sum [sha256.Size]byte
	if key != "" {
		sum = sha256.Sum256([]byte(key))
	} else {
		_, _ = rand.Read(sum[:]) // never fails
	}
	return uuid.Text([16]byte(sum[:16]), 4)
}
