package awsemu

import (
	"crypto/subtle"
	"sync"
	"time"
)

// identity is who a key stands for, as GetCallerIdentity tells it.
type identity struct {
	Account string
	Arn     string
	UserID  string
}

// rootIdentity is what a declared key pair stands for: there is no IAM here,
// so an account has one user who may do everything.
func rootIdentity(account string) identity {
	return identity{Account: account, Arn: "arn:aws:iam::" + account + ":root", UserID: account}
}

// session is what temporary credentials carry from one hop to the next.
type session struct {
	role           bool // made by assuming a role, so the next hop is chained
	sourceIdentity string
}

// credential is one key pair. Its secret and token never leave this package
// but in the answer that issues them.
type credential struct {
	keyID   string
	secret  string
	token   string    // "" for a permanent key
	expires time.Time // zero for a permanent key
	who     identity
	session session
}

// carries says whether token is this credential's session token.
func (c credential) carries(token string) bool {
	return subtle.ConstantTimeCompare([]byte(c.token), []byte(token)) == 1
}

func (c credential) expiredAt(now time.Time) bool {
	return !c.expires.IsZero() && !now.Before(c.expires)
}

// keyring holds every key that requests may be signed with.
type keyring struct {
	mu   sync.RWMutex
	keys map[string]credential
}

// forgetAfter is how long an expired key is still known, so that it is
// answered as expired and not as unknown.
const forgetAfter = 24 * time.Hour

// sweepFrom is the number of keys from which add looks for ones to forget.
const sweepFrom = 4096

func (k *keyring) find(keyID string) (credential, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	c, ok := k.keys[keyID]
	return c, ok
}

func (k *keyring) add(c credential, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.keys) >= sweepFrom {
		k.sweep(now)
	}
	k.keys[c.keyID] = c
}

func (k *keyring) sweep(now time.Time) {
	for id, c := range k.keys {
		if c.expiredAt(now.Add(-forgetAfter)) {
			delete(k.keys, id)
		}
	}
}

// newKeyring holds the default pair and the pairs that the fixture declares.
func newKeyring(f *Fixture) *keyring {
	k := &keyring{keys: map[string]credential{
		AccessKeyID: {keyID: AccessKeyID, secret: SecretAccessKey, who: rootIdentity(Account)},
	}}
	for _, a := range f.accounts {
		k.keys[a.keyID] = credential{keyID: a.keyID, secret: a.secret, who: rootIdentity(a.account)}
	}
	return k
}
