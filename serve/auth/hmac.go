package auth

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/schema"
)

// mostSignatures bounds how many signatures of one request are looked at.
const mostSignatures = 16

// signature takes requests whose body is signed.
type signature struct {
	scheme
	keys   []signingKey
	window time.Duration
	now    func() time.Time
}

// scheme is one way to sign.
type scheme struct {
	// read returns what the headers say of the signatures; ok is false where there
	// is none to read.
	read func(h header) (c claim, ok bool)
	// main is the header that is named to who sends none.
	main string
	// timed is true where a time is signed, too.
	timed bool
	// unlike is true where no two requests of the sender are alike, though no time is
	// signed: bodies of GitHub name the event that they are of.
	unlike bool
	hash   func() hash.Hash
	// decode reads a secret: as it is where decode is nil.
	decode func(secret string) (signingKey, error)
}

// signingKey is a secret, or a public key.
type signingKey struct {
	secret []byte
	public ed25519.PublicKey
	id     schema.Secret
}

// claim is what a request says of its signatures.
type claim struct {
	signatures [][]byte // by a secret
	asymmetric [][]byte // by ed25519
	unix       int64
	event      string
	// before and after stand around the body in what is signed.
	before, after string
}

// header reads headers of which there is one.
type header func(name string) (string, bool)

func newSignature(in *hmacIn, now func() time.Time) (*signature, error) {
	s := &signature{scheme: schemeOf(in), window: in.Window, now: now}
	if s.window == 0 {
		s.window = 5 * time.Minute
	}
	if _, err := newDigests(in.Secrets); err != nil {
		return nil, err
	}
	for _, secret := range in.Secrets {
		key := signingKey{secret: []byte(secret.Reveal())}
		if s.decode != nil {
			var err error
			if key, err = s.decode(secret.Reveal()); err != nil {
				return nil, err
			}
		}
		key.id = identity("signer", secret.Reveal())
		s.keys = append(s.keys, key)
	}
	return s, nil
}

func schemeOf(in *hmacIn) scheme {
	switch in.Scheme {
	case "github":
		return scheme{read: readGitHub, main: "X-Hub-Signature-256", unlike: true, hash: sha256.New}
	case "stripe":
		return scheme{read: readStripe, main: "Stripe-Signature", timed: true, hash: sha256.New}
	case "slack":
		return scheme{read: readSlack, main: "X-Slack-Signature", timed: true, hash: sha256.New}
	case "standard":
		return scheme{read: readStandard, main: "webhook-signature", timed: true, hash: sha256.New, decode: decodeStandard}
	default:
		return plainScheme(in)
	}
}

func (s *signature) verify(r *http.Request, body Body) (Caller, error) {
	challenge := `HMAC realm="medlar", header="` + s.main + `"`
	c, ok := s.read(func(name string) (string, bool) { return only(r, name) })
	if !ok || len(c.signatures)+len(c.asymmetric) == 0 || len(c.signatures)+len(c.asymmetric) > mostSignatures {
		return Caller{}, unauthorized(challenge, "the request has no signature as "+s.main+" is to have one")
	}
	if s.timed {
		// Compared in seconds, where no time of a header can overflow.
		now, window := s.now().Unix(), int64(s.window/time.Second)
		if c.unix < now-window || c.unix > now+window {
			return Caller{}, unauthorized(challenge, "the signature's time is more than "+s.window.String()+" from now")
		}
	}
	content, err := body()
	if err != nil {
		return Caller{}, fmt.Errorf("reading the body: %w", err)
	}
	id, ok := s.match(c, content)
	if !ok {
		return Caller{}, unauthorized(challenge, "the signature is not one of the body")
	}
	who := Caller{ID: id, Event: c.event}
	if s.timed || s.unlike {
		sum := sha256.New()
		for _, part := range [][]byte{[]byte(c.before), content, []byte(c.after)} {
			sum.Write(part)
		}
		who.Message = hex.EncodeToString(sum.Sum(nil))
	}
	return who, nil
}

// match returns the identity of the first key that made one of the signatures.
func (s *signature) match(c claim, body []byte) (id schema.Secret, ok bool) {
	for _, key := range s.keys {
		if key.public != nil {
			content := slices.Concat([]byte(c.before), body, []byte(c.after))
			for _, given := range c.asymmetric {
				if !ok && ed25519.Verify(key.public, content, given) {
					id, ok = key.id, true
				}
			}
			continue
		}
		sum := hmac.New(s.hash, key.secret)
		sum.Write([]byte(c.before))
		sum.Write(body)
		sum.Write([]byte(c.after))
		want := sum.Sum(nil)
		for _, given := range c.signatures {
			if hmac.Equal(given, want) && !ok {
				id, ok = key.id, true
			}
		}
	}
	return id, ok
}

// readGitHub reads "sha256=" and the signature of the body. No time is signed.
func readGitHub(h header) (c claim, ok bool) {
	value, ok := h("X-Hub-Signature-256")
	given, found := strings.CutPrefix(value, "sha256=")
	return c.hex(given), ok && found
}

// readSlack reads "v0=" and the signature of v0, time and body.
func readSlack(h header) (c claim, ok bool) {
	value, ok := h("X-Slack-Signature")
	stamp, timed := h("X-Slack-Request-Timestamp")
	given, found := strings.CutPrefix(value, "v0=")
	c.before = "v0:" + stamp + ":"
	ok = ok && timed && found && c.at(stamp)
	return c.hex(given), ok
}

// readStripe reads t=time,v1=signature, the last once for each secret; v0 is of
// test modes.
func readStripe(h header) (c claim, ok bool) {
	value, ok := h("Stripe-Signature")
	timed := false
	for part := range strings.SplitSeq(value, ",") {
		name, text, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			if timed || !c.at(text) {
				return claim{}, false
			}
			timed, c.before = true, text+"."
		case "v1":
			c = c.hex(text)
		}
	}
	return c, ok && timed
}

// readStandard reads a list of "v1," and a signature of id, time and body, or
// "v1a," and one by ed25519.
func readStandard(h header) (c claim, ok bool) {
	id, hasID := h("webhook-id")
	stamp, timed := h("webhook-timestamp")
	value, ok := h("webhook-signature")
	c.before, c.event = id+"."+stamp+".", id
	for part := range strings.SplitSeq(value, " ") {
		version, text, _ := strings.Cut(part, ",")
		given, err := base64.StdEncoding.DecodeString(text)
		switch {
		case err != nil:
		case version == "v1":
			c.signatures = append(c.signatures, given)
		case version == "v1a":
			c.asymmetric = append(c.asymmetric, given)
		}
	}
	ok = ok && hasID && id != "" && timed && c.at(stamp)
	return c, ok
}

// decodeStandard reads a secret: base64 behind whsec_, or a public key behind
// whpk_.
func decodeStandard(secret string) (signingKey, error) {
	text, public := strings.CutPrefix(secret, "whpk_")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "whsec_"))
	switch {
	case err != nil || len(raw) == 0:
		return signingKey{}, errors.New("a secret is not base64 behind whsec_ or whpk_: give it as the sender shows it")
	case public && len(raw) != ed25519.PublicKeySize:
		return signingKey{}, fmt.Errorf("a public key behind whpk_ has %d bytes, not 32: give it as the sender shows it", len(raw))
	case public:
		return signingKey{public: raw}, nil
	}
	return signingKey{secret: raw}, nil
}

// plainScheme is the one that a flow describes.
func plainScheme(in *hmacIn) scheme {
	s := scheme{main: in.Header, timed: in.Timestamp != "", hash: sha256.New}
	switch in.Algorithm {
	case "sha384":
		s.hash = sha512.New384
	case "sha512":
		s.hash = sha512.New
	}
	signed := in.Signed
	if signed == "" {
		if signed = "{body}"; s.timed {
			signed = "{timestamp}.{body}"
		}
	}
	before, after, _ := strings.Cut(signed, "{body}")
	s.read = func(h header) (c claim, ok bool) {
		value, ok := h(in.Header)
		given, found := strings.CutPrefix(value, in.Prefix)
		if ok = ok && found; s.timed {
			stamp, timed := h(in.Timestamp)
			ok = ok && timed && c.at(stamp)
			c.before, c.after = strings.ReplaceAll(before, "{timestamp}", stamp), strings.ReplaceAll(after, "{timestamp}", stamp)
		} else {
			c.before, c.after = before, after
		}
		if in.Encoding == "base64" {
			if raw, err := base64.StdEncoding.DecodeString(given); err == nil {
				c.signatures = append(c.signatures, raw)
			}
			return c, ok
		}
		return c.hex(given), ok
	}
	return s
}

// hex adds a signature that is written so; another one is left out.
func (c claim) hex(text string) claim {
	if raw, err := hex.DecodeString(text); err == nil && len(raw) > 0 {
		c.signatures = append(c.signatures, raw)
	}
	return c
}

// at reads the time, in digits alone, and reports whether it is one.
func (c *claim) at(text string) bool {
	unix, err := strconv.ParseInt(text, 10, 64)
	c.unix = unix
	return err == nil && text[0] >= '0' && text[0] <= '9' && len(text) < 16
}
