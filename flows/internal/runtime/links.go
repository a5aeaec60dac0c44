package runtime

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
)

// LinkPath is where the addresses of signalUrl begin, behind the public address.
const LinkPath = "/-/links/"

// Links says where the addresses of signalUrl lead. What begins a run keeps it with
// the run, so that each step makes the same address again.
type Links struct {
	// Base is the public address, without a slash at its end; empty where there is
	// none.
	Base string
	// Seed is the run's own secret, of which tokens are made; nil until the run
	// begins.
	Seed []byte
}

// seedSize is that of SHA-256, as RFC 2104 wants it at least.
const seedSize = sha256.Size

// Begin returns the links of a run that begins.
func (l Links) Begin() Links {
	if l.Seed == nil {
		l.Seed = make([]byte, seedSize)
		_, _ = rand.Read(l.Seed) // never fails
	}
	return l
}

// tokenSize is how much of a token nobody can guess, in bytes.
const tokenSize = 24

// Token is what shows that somebody was given the address of a signal.
func (l Links) Token(id SignalID) string {
	mac := hmac.New(sha256.New, l.Seed)
	_, _ = mac.Write([]byte(strconv.Itoa(len(id.Name)) + ":" + id.Name + id.Key)) // never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:tokenSize])
}

// Fits reports whether a token is the one of a signal.
func (l Links) Fits(id SignalID, token string) bool {
	return len(l.Seed) > 0 && hmac.Equal([]byte(l.Token(id)), []byte(token))
}

// URL is the address of a signal of a run.
func (l Links) URL(run string, id SignalID) string {
	var parts []string
	for part := range strings.SplitSeq(strings.TrimPrefix(id.Name, "/"), "/") {
		parts = append(parts, url.PathEscape(part))
	}
	address := l.Base + LinkPath + l.Token(id) + "/" + url.PathEscape(run) + "/" + strings.Join(parts, "/")
	if id.Key != "" {
		address += "?key=" + url.QueryEscape(id.Key)
	}
	return address
}

// WithLinks gives the run the links that it began with.
func WithLinks(l Links) func(*Options) { return func(o *Options) { o.Links = l } }
