package people

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/schema"
)

// Hashes of other programs: of htpasswd as Apache's documentation shows it, and of the
// tests of the program argon2.
const (
	apacheBcrypt = "$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC"
	argonProgram = "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"
	argonID      = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
)

func TestHashes(t *testing.T) {
	made, err := Hash("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	for hash, password := range map[string]string{apacheBcrypt: "myPassword", argonProgram: "password", argonID: "password", made: "correct horse"} {
		h, err := parseHash(hash)
		if err != nil {
			t.Errorf("%s: %v", hash, err)
			continue
		}
		if !h.is([]byte(password)) {
			t.Errorf("%s is not that of %s", hash, password)
		}
		for _, other := range []string{password + " "} {
			if h.is([]byte(other)) {
				t.Errorf("%s is that of %q, too", hash, other)
			}
		}
	}
	again, err := Hash("correct horse")
	if err != nil || again == made {
		t.Errorf("the same password gives the same hash (%v)", err)
	}
	for _, wrong := range []string{"", strings.Repeat("x", mostPassword+1)} {
		if _, err := Hash(schema.Secret(wrong)); err == nil {
			t.Errorf("a password of %d bytes is taken", len(wrong))
		}
	}
}

// A hash that is not whole, costs too much or is of another kind is refused.
func TestHashesThatAreRefused(t *testing.T) {
	for hash, want := range map[string]string{
		"":                                      "bcrypt or argon2",
		"secret":                                "bcrypt or argon2",
		"$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/": "htpasswd -B",
		"{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=":     "htpasswd -B",
		"$2y$05$short":                          "not whole",
		"$2y$31$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC":                  "cost of bcrypt is 31",
		"$argon2d$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG":    "not written as",
		"$argon2id$v=16$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG":   "not written as",
		"$argon2id$v=19$m=65536,t=2$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG":       "not written as",
		"$argon2id$v=19$m=65536,t=2,p=4x$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG":  "not written as",
		"$argon2id$v=19$m=65536,t=0,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG":   "not written as",
		"$argon2id$v=19$m=65536,t=2,p=4$c29$RdescudvJCsgt3ub+b+dWRWJTmaaJObG":           "not written as",
		"$argon2id$v=19$m=9999999,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG": "costs too much",
		"$argon2id$v=19$m=65536,t=99,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG":  "costs too much",
	} {
		if _, err := parseHash(hash); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", hash, err, want)
		} else if len(hash) > 30 && strings.Contains(err.Error(), hash[20:]) {
			t.Errorf("%s stands in %v", hash, err)
		}
	}
}
