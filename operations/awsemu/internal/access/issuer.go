package access

import (
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/entropy"
)

// Issuer makes temporary credentials and puts them on the keyring. Checking
// them is the verifier's business.
type Issuer struct {
	Keys    *Keyring // where they go
	entropy *entropy.Source
	limit   time.Duration // of every session; 0 for none
}

// NewIssuer makes an issuer whose sessions last at most limit; 0 is no limit.
func NewIssuer(k *Keyring, e *entropy.Source, limit time.Duration) *Issuer {
	return &Issuer{Keys: k, entropy: e, limit: limit}
}

// tokenBytes is how much randomness a session token holds; no state is in it.
const tokenBytes = 192

// MaxToken is the most that a session token may be asked to have, in bytes.
const MaxToken = 4096

// Issue makes a key pair with a session token of at least tokenSize bytes that
// stands for who until now plus valid.
func (i *Issuer) Issue(who Identity, s Session, now time.Time, valid time.Duration, tokenSize int) (Credential, error) {
	id, err := i.entropy.KeyID("ASIA")
	if err != nil {
		return Credential{}, err
	}
	secret, err := i.entropy.Text(30)
	if err != nil {
		return Credential{}, err
	}
	token, err := i.entropy.Text(max(tokenBytes, (tokenSize+3)/4*3))
	if err != nil {
		return Credential{}, err
	}
	if i.limit > 0 {
		valid = min(valid, i.limit)
	}
	c := Credential{
		KeyID: id, Secret: secret, Token: token,
		Expires: now.Add(valid).Truncate(time.Second),
		Who:     who, Session: s,
	}
	i.Keys.add(c, now)
	return c, nil
}
