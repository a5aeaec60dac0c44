package access

import (
	"crypto/subtle"
	"sync"
	"time"
)

// Identity is who a key stands for, as GetCallerIdentity tells it.
type Identity struct {
	Account string // of twelve digits
	Arn     string // of a user, a root or an assumed role
	UserID  string // as GetCallerIdentity tells it
}

// rootIdentity is what a declared key pair stands for: there is no IAM here,
// so an account has one user who may do everything.
func rootIdentity(account string) Identity {
	return Identity{Account: account, Arn: "arn:aws:iam::" + account + ":root", UserID: account}
}

// Session is what temporary credentials carry from one hop to the next.
type Session struct {
	Role           bool   // made by assuming a role, so the next hop is chained
	SourceIdentity string // "" for none
}

// Credential is one key pair. Its secret and token never leave this package
// but in the answer that issues them.
type Credential struct {
	KeyID   string    // what a request names it by
	Secret  string    // what it signs with
	Token   string    // "" for a permanent key
	Expires time.Time // zero for a permanent key
	Who     Identity  // who it stands for
	Session Session   // zero for a permanent key
}

// carries says whether token is this credential's session token.
func (c Credential) carries(token string) bool {
	return subtle.ConstantTimeCompare([]byte(c.Token), []byte(token)) == 1
}

func (c Credential) expiredAt(now time.Time) bool {
	return !c.Expires.IsZero() && !now.Before(c.Expires)
}

// Keyring holds every key that requests may be signed with.
type Keyring struct {
	mu   sync.RWMutex
	keys map[string]Credential
}

// forgetAfter is how long an expired key is still known, so that it is
// answered as expired and not as unknown.
const forgetAfter = 24 * time.Hour

// sweepFrom is the number of keys from which add looks for ones to forget.
const sweepFrom = 4096

// Find returns the key of that id.
func (k *Keyring) Find(keyID string) (Credential, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	c, ok := k.keys[keyID]
	return c, ok
}

func (k *Keyring) add(c Credential, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.keys) >= sweepFrom {
		k.sweep(now)
	}
	k.keys[c.KeyID] = c
}

func (k *Keyring) sweep(now time.Time) {
	for id, c := range k.keys {
		if c.expiredAt(now.Add(-forgetAfter)) {
			delete(k.keys, id)
		}
	}
}

// NewKeyring makes a keyring without keys.
func NewKeyring() *Keyring { return &Keyring{keys: map[string]Credential{}} }

// AddRoot adds the permanent key pair of an account's own user.
func (k *Keyring) AddRoot(account, keyID, secret string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys[keyID] = Credential{KeyID: keyID, Secret: secret, Who: rootIdentity(account)}
}
