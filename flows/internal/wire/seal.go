package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Keys encrypt what may not be stored in the clear. The zero Keys has none.
type Keys struct{ aeads []cipher.AEAD }

// ParseKeys reads keys as the environment holds them: base64 of 16, 24 or 32
// bytes, several separated by commas. The first one encrypts, all decrypt, so
// a new key is put in front of the old ones. Empty text gives no keys.
func ParseKeys(text string) (Keys, error) {
	var keys Keys
	for i, part := range strings.Split(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(part)
		if err != nil {
			return Keys{}, fmt.Errorf("key %d is not base64", i+1)
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return Keys{}, fmt.Errorf("key %d has %d bytes, expected 32 (or 24 or 16)", i+1, len(raw))
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return Keys{}, fmt.Errorf("key %d: %w", i+1, err)
		}
		keys.aeads = append(keys.aeads, aead)
	}
	return keys, nil
}

// None reports whether there is no key.
func (k Keys) None() bool { return len(k.aeads) == 0 }

// ErrSealed says that no key at hand opens something.
var ErrSealed = errors.New("it is encrypted with a key that is not at hand")

// Seal encrypts with the first key. about is what the text belongs to: it
// opens there only. There must be a key.
func (k Keys) Seal(text []byte, about string) []byte {
	nonce := make([]byte, k.aeads[0].NonceSize(), k.aeads[0].NonceSize()+len(text)+k.aeads[0].Overhead())
	_, _ = rand.Read(nonce) // never fails
	return k.aeads[0].Seal(nonce, nonce, text, []byte(about))
}

// Open decrypts with the key that fits; the error is ErrSealed where none does.
func (k Keys) Open(sealed []byte, about string) ([]byte, error) {
	for _, aead := range k.aeads {
		if len(sealed) < aead.NonceSize() {
			break
		}
		nonce, text := sealed[:aead.NonceSize()], sealed[aead.NonceSize():]
		if plain, err := aead.Open(nil, nonce, text, []byte(about)); err == nil {
			return plain, nil
		}
	}
	return nil, ErrSealed
}
