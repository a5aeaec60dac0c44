package awsmodel

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
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
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	text := hex.EncodeToString(sum[:16])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
