package people

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"github.com/medlar-flow/medlar/schema"
)

// hashed is a password as a file has it.
type hashed interface {
	// is reports whether it is made from a password.
	is(password []byte) bool
}

// What a hash may cost: a line of a file must not cost a server its memory or its time.
const (
	mostBcrypt   = 14      // about a second
	mostMemory   = 1 << 17 // KiB: 128 MiB
	mostTime     = 10
	mostParallel = 16
	mostPassword = 1024 // bytes
)

var errHash = errors.New("the password is to be hashed with bcrypt or argon2: htpasswd -B makes such lines, and so does console passwd")

// parseHash reads a hash as htpasswd and others write it: $2y$… or $argon2id$….
func parseHash(text string) (hashed, error) {
	switch {
	case strings.HasPrefix(text, "$2"):
		cost, err := bcrypt.Cost([]byte(text))
		switch {
		case err != nil:
			return nil, errors.New("the hash of bcrypt is not whole")
		case cost > mostBcrypt:
			return nil, fmt.Errorf("the cost of bcrypt is %d, and more than %d takes too long", cost, mostBcrypt)
		}
		return bcryptHash(text), nil
	case strings.HasPrefix(text, "$argon2"):
		return parseArgon(text)
	}
	return nil, errHash
}

type bcryptHash string

func (h bcryptHash) is(password []byte) bool {
	// Of a longer password bcrypt looks at the first 72 bytes alone.
	return len(password) <= 72 && bcrypt.CompareHashAndPassword([]byte(h), password) == nil
}

// argonHash is one of argon2, whose form is that of the Password Hashing Competition:
// $argon2id$v=19$m=65536,t=3,p=4$SALT$HASH.
type argonHash struct {
	id           bool // argon2id; else argon2i
	memory, time uint32
	threads      uint8
	salt, sum    []byte
}

func parseArgon(text string) (hashed, error) {
	parts := strings.Split(text, "$")
	wrong := errors.New("the hash of argon2 is not written as $argon2id$v=19$m=…,t=…,p=…$SALT$HASH")
	if len(parts) != 6 || parts[1] != "argon2id" && parts[1] != "argon2i" || parts[2] != "v=19" {
		return nil, wrong
	}
	h := &argonHash{id: parts[1] == "argon2id"}
	if n, err := fmt.Sscanf(parts[3]+" ", "m=%d,t=%d,p=%d ", &h.memory, &h.time, &h.threads); err != nil || n != 3 {
		return nil, wrong
	}
	var err, other error
	h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	h.sum, other = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	switch {
	case err != nil || other != nil || len(h.salt) < 8 || len(h.sum) < 16 || len(h.salt) > 64 || len(h.sum) > 64:
		return nil, wrong
	case h.time < 1 || h.threads < 1:
		return nil, wrong
	case h.memory > mostMemory || h.time > mostTime || h.threads > mostParallel:
		return nil, fmt.Errorf("the hash of argon2 costs too much: at most m=%d,t=%d,p=%d", mostMemory, mostTime, mostParallel)
	}
	return h, nil
}

func (h *argonHash) is(password []byte) bool {
	return subtle.ConstantTimeCompare(h.make(password), h.sum) == 1
}

func (h *argonHash) make(password []byte) []byte {
	of := argon2.Key
	if h.id {
		of = argon2.IDKey
	}
	return of(password, h.salt, h.time, h.memory, h.threads, uint32(len(h.sum))) //nolint:gosec // it is 64 at most
}

// Hash returns the hash of a password for a file of users: argon2id with 19 MiB and two
// passes, which OWASP names as the least.
func Hash(password schema.Secret) (string, error) {
	if len(password) == 0 || len(password) > mostPassword {
		return "", fmt.Errorf("a password has 1 to %d bytes", mostPassword)
	}
	h := argonHash{id: true, memory: 19456, time: 2, threads: 1, salt: make([]byte, 16), sum: make([]byte, 32)}
	_, _ = rand.Read(h.salt) // it never fails
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", h.memory, h.time, h.threads,
		b64.EncodeToString(h.salt), b64.EncodeToString(h.make([]byte(password)))), nil
}
