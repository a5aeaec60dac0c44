package bundle

import (
	"crypto/sha256"
	"encoding/base64"
)

// Digest returns the SHA-256 of code as Lambda tells it, in base64.
func Digest(code []byte) string {
	sum := sha256.Sum256(code)
	return base64.StdEncoding.EncodeToString(sum[:])
}
