package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	"github.com/medlar-flow/medlar/schema"
)

// digests are those of secrets, so that all of them are compared in the same
// time whatever their lengths.
type digests [][sha256.Size]byte

// newDigests fails where a secret is empty, which anybody could send, or cannot
// be sent.
func newDigests(secrets []schema.Secret) (digests, error) {
	all := make(digests, len(secrets))
	for i, s := range secrets {
		text := s.Reveal()
		if strings.TrimSpace(text) == "" {
			return nil, errors.New("a secret is empty: give it a value, or leave it out")
		}
		if text != strings.TrimSpace(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, errors.New("a secret begins or ends with a space, or holds a line break, so it cannot be sent: take that out")
		}
		all[i] = sha256.Sum256([]byte(text))
	}
	return all, nil
}

// has reports whether text is one of the secrets. How long it takes does not
// depend on which, or how much of one, it is.
func (d digests) has(text string) bool {
	sum := sha256.Sum256([]byte(text))
	found := 0
	for i := range d {
		found |= subtle.ConstantTimeCompare(d[i][:], sum[:])
	}
	return found == 1
}

// only returns a header that is there once; ok is false else.
func only(r *http.Request, name string) (value string, ok bool) {
	values := r.Header.Values(name)
	if len(values) != 1 {
		return "", false
	}
	return values[0], true
}

// credentials returns what stands behind the name of a scheme in Authorization.
func credentials(r *http.Request, scheme string) (text string, ok bool) {
	value, ok := only(r, "Authorization")
	name, text, found := strings.Cut(value, " ")
	if !ok || !found || !strings.EqualFold(name, scheme) {
		return "", false
	}
	return strings.Trim(text, " "), true
}

const (
	bearerChallenge = `Bearer realm="medlar"`
	basicChallenge  = `Basic realm="medlar", charset="UTF-8"`
)

type bearer struct{ tokens digests }

func newBearer(tokens []schema.Secret) (*bearer, error) {
	all, err := newDigests(tokens)
	return &bearer{all}, err
}

func (b *bearer) verify(r *http.Request, _ Body) (Caller, error) {
	token, ok := credentials(r, "Bearer")
	if !ok {
		return Caller{}, unauthorized(bearerChallenge, "the request has no bearer token")
	}
	if !b.tokens.has(token) {
		return Caller{}, unauthorized(bearerChallenge+`, error="invalid_token"`, "the bearer token is not known")
	}
	return Caller{ID: identity("token", token)}, nil
}

type apiKey struct {
	header string
	keys   digests
}

func newAPIKey(in *apiKeyIn) (*apiKey, error) {
	all, err := newDigests(in.Keys)
	return &apiKey{in.Header, all}, err
}

func (a *apiKey) verify(r *http.Request, _ Body) (Caller, error) {
	challenge := `ApiKey realm="medlar", header="` + a.header + `"`
	key, ok := only(r, a.header)
	if !ok || key == "" {
		return Caller{}, unauthorized(challenge, "the request has no API key in the header "+a.header)
	}
	if !a.keys.has(key) {
		return Caller{}, unauthorized(challenge, "the API key is not known")
	}
	return Caller{ID: identity("token", key)}, nil
}

// basic keeps user names and passwords together.
type basic struct{ users digests }

func newBasic(users []basicIn) (*basic, error) {
	b := &basic{}
	for _, user := range users {
		if strings.ContainsRune(user.Username, ':') {
			return nil, errors.New("a user name with a colon cannot be sent")
		}
		if user.Password.Reveal() == "" {
			return nil, errors.New("a password is empty: give it a value")
		}
		b.users = append(b.users, sha256.Sum256([]byte(user.Username+":"+user.Password.Reveal())))
	}
	return b, nil
}

func (b *basic) verify(r *http.Request, _ Body) (Caller, error) {
	username, password, ok := r.BasicAuth()
	if _, once := only(r, "Authorization"); !ok || !once {
		return Caller{}, unauthorized(basicChallenge, "the request has no user name and password")
	}
	if !b.users.has(username + ":" + password) {
		return Caller{}, unauthorized(basicChallenge, "the user name or the password is wrong")
	}
	return Caller{Name: username, ID: identity("user", username)}, nil
}
