package access

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/entropy"
)

// Sealer encodes what only this emulator can decode.
type Sealer struct {
	aead    cipher.AEAD
	entropy *entropy.Source
}

// NewSealer makes a sealer with a key of its own.
func NewSealer(e *entropy.Source) (*Sealer, error) {
	key, err := e.Bytes(32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Sealer{aead: aead, entropy: e}, err
}

// Seal encodes text so that Open alone reads it.
func (s *Sealer) Seal(text []byte) (string, error) {
	nonce, err := s.entropy.Bytes(s.aead.NonceSize())
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, text, nil)), nil
}

// Open decodes what Seal has made; ok is false for anything else.
func (s *Sealer) Open(text string) ([]byte, bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if n := s.aead.NonceSize(); err == nil && len(sealed) >= n {
		plain, err := s.aead.Open(nil, sealed[:n], sealed[n:], nil)
		return plain, err == nil
	}
	return nil, false
}
