// Package auth says who sends a request: by bearer token, user name and
// password, API key, a signature of the body, a JWT or a certificate.
//
// Begin with [Parse], which takes what a trigger has under auth, then ask
// [Auth.Verify] for each request. [Schema] declares what can stand there, and
// [Check] finds before anything runs what its types cannot say.
//
// Tokens, passwords and signatures are compared in constant time and appear in
// no error. A failure is a [*Refusal] with the answer's status, made before the
// body is read, but for signatures, which are of the body. The package neither
// limits attempts nor remembers what was sent: that a signed request is not
// done twice is the business of its identity.
package auth

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/medlar-flow/medlar/schema"
)

// Auth knows who may send requests. It is safe for concurrent use.
type Auth struct {
	method method
	name   string
}

// method is one way to say who sends a request.
type method interface {
	// verify returns the caller, or why there is none. body reads the body, once.
	verify(r *http.Request, body func() ([]byte, error)) (Caller, error)
}

// Caller is who sends a request.
type Caller struct {
	// Name is for people: the user name, the subject of a JWT, a name of the
	// certificate. It is empty where only a secret says who it is.
	Name string
	// ID is the same for all requests of a caller, in whatever flow: of one token or
	// secret, one user name, one subject of an issuer, one name of certificates. It is made from the token where there is nothing else, so it belongs
	// into digests and not into logs. Empty where nobody is asked.
	ID schema.Secret
	// Event is an identity of the event that the sender has signed, the webhook-id
	// of Standard Webhooks; else empty.
	Event string
	// Message tells what was signed from everything else that is signed, where a time is
	// signed with it or the sender signs no two requests alike: the same request again has
	// the same. Else it is empty.
	Message string
}

// Body returns the bytes of the request's body; they are signed as they came.
type Body = func() ([]byte, error)

// Options are what Parse is not told by the flow.
type Options struct {
	// Now is the clock; nil for time.Now.
	Now func() time.Time
	// Client fetches the keys of issuers of JWTs; nil for one that follows no
	// redirects. Each fetch takes 10 seconds at most.
	Client *http.Client
}

// None lets everybody in.
func None() *Auth { return &Auth{name: "none"} }

// Parse returns what checks requests as a trigger's auth says, which holds
// values in place of expressions. The error names the parameter that is wrong
// and holds no secret.
func Parse(fields map[string]any, o Options) (*Auth, error) {
	codec := newCodec()
	values, err := codec.Schema().Convert(fields)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the parameter
	}
	if found := Check(values); len(found) > 0 {
		return nil, fmt.Errorf("%s: %s; %s", found[0].Param, found[0].Message, found[0].Help)
	}
	in, err := codec.Decode(values)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the parameter
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &Auth{name: given(values)[0]}
	switch {
	case in.Bearer != nil:
		a.method, err = newBearer(in.Bearer)
	case in.Basic != nil:
		a.method, err = newBasic(in.Basic)
	case in.APIKey != nil:
		a.method, err = newAPIKey(in.APIKey)
	case in.HMAC != nil:
		a.method, err = newSignature(in.HMAC, o.Now)
	case in.JWT != nil:
		a.method = newToken(in.JWT, o)
	default:
		a.method, err = newCertificate(in.MutualTLS, o.Now)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.name, err)
	}
	return a, nil
}

// Verify returns who sends a request. The error is a *Refusal, or that of body,
// which is called for signatures only, at most once, and not where the headers
// say enough. It is to bound what it reads.
func (a *Auth) Verify(r *http.Request, body Body) (Caller, error) {
	if a.method == nil {
		return Caller{}, nil
	}
	return a.method.verify(r, body)
}

// IsNone reports whether everybody is let in.
func (a *Auth) IsNone() bool { return a.method == nil }

// ReadsBody reports whether Verify reads the body.
func (a *Auth) ReadsBody() bool {
	_, ok := a.method.(*signature)
	return ok
}

// AsksForCertificate reports whether the server has to ask for certificates:
// with tls.RequestClientCert, since Verify looks at them itself.
func (a *Auth) AsksForCertificate() bool {
	_, ok := a.method.(*certificate)
	return ok
}

// String returns the name of the way, such as "bearer".
func (a *Auth) String() string { return a.name }

// Format writes what String returns for every verb: there are secrets within.
func (a *Auth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.name) }

// Refusal is why a request is not let in.
type Refusal struct {
	// Status is 401 where it is not known who sends the request, 403 where it is
	// and the caller may not, and 503 where it cannot be found out now.
	Status int
	// Challenge is the answer's WWW-Authenticate; empty where Status is 503.
	Challenge string
	// Message says why, to callers, without anything that they sent.
	Message string
	// Cause is for the log of the server, where there is more to say; it holds no
	// secret. Often nil.
	Cause error
}

// Error returns the message.
func (r *Refusal) Error() string { return r.Message }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

func unauthorized(challenge, message string) *Refusal {
	return &Refusal{Status: http.StatusUnauthorized, Challenge: challenge, Message: message}
}

// identity makes an ID of what tells a caller from others.
func identity(parts ...string) schema.Secret {
	sum := sha256.New()
	for _, part := range append([]string{"medlar caller 1"}, parts...) {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		sum.Write(length[:])
		sum.Write([]byte(part))
	}
	return schema.Secret(hex.EncodeToString(sum.Sum(nil)))
}
