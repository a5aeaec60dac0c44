package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/serve/auth"
)

// issuer is one that a test can change. Tokens are made by the standard library,
// not by the one that checks them.
type issuer struct {
	*httptest.Server
	fetches atomic.Int32
	now     atomic.Int64

	mu     sync.Mutex
	keys   []fields
	answer func(w http.ResponseWriter) // nil: the keys
	about  string                      // empty: the issuer as it is
}

func newIssuer(t *testing.T, keys ...fields) *issuer {
	i := &issuer{keys: keys}
	i.now.Store(1_800_000_000)
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		keys, answer, about := i.keys, i.answer, i.about
		i.mu.Unlock()
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			if about == "" {
				about = i.URL
			}
			_ = json.NewEncoder(w).Encode(fields{"issuer": about, "jwks_uri": i.URL + "/keys"})
		case "/keys":
			i.fetches.Add(1)
			if answer != nil {
				answer(w)
				return
			}
			_ = json.NewEncoder(w).Encode(fields{"keys": keys})
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(func() { goleak.VerifyNone(t, goleak.IgnoreCurrent()) })
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) set(answer func(w http.ResponseWriter), keys ...fields) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answer, i.keys = answer, keys
}

func (i *issuer) auth(t testing.TB, more fields) *auth.Auth {
	in := fields{"issuer": i.URL, "audience": "shop"}
	for name, value := range more {
		in[name] = value
	}
	a, err := auth.Parse(fields{"jwt": in}, auth.Options{Now: func() time.Time { return time.Unix(i.now.Load(), 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// claims are those of a good token, with changes; a nil takes one out.
func (i *issuer) claims(changes fields) fields {
	now := i.now.Load()
	c := fields{"iss": i.URL, "aud": "shop", "sub": "anna", "exp": now + 60, "iat": now}
	for name, value := range changes {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
	return c
}

// Keys of RSA take long to make.
var (
	rsaKey      = sync.OnceValue(makeRSAKey)
	otherRSAKey = sync.OnceValue(makeRSAKey)
)

func makeRSAKey() *rsa.PrivateKey {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return private
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b64(text)
}

// key is a pair of keys with its name.
type key struct {
	alg, kid string
	private  crypto.Signer
}

func newKey(t testing.TB, alg, kid string) key {
	t.Helper()
	var private crypto.Signer
	var err error
	switch alg {
	case "RS256", "PS256":
		private = rsaKey()
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key{alg, kid, private}
}

func (k key) jwk(more fields) fields {
	jwk := fields{"kid": k.kid, "use": "sig"}
	switch public := k.private.Public().(type) {
	case *rsa.PublicKey:
		jwk["kty"], jwk["n"], jwk["e"] = "RSA", b64(public.N.Bytes()), b64(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			panic(err)
		}
		jwk["kty"], jwk["crv"], jwk["x"], jwk["y"] = "EC", "P-256", b64(point[1:33]), b64(point[33:])
	case ed25519.PublicKey:
		jwk["kty"], jwk["crv"], jwk["x"] = "OKP", "Ed25519", b64(public)
	}
	for name, value := range more {
		jwk[name] = value
	}
	return jwk
}

// sign makes a token; header changes what stands in its header.
func (k key) sign(t testing.TB, claims, header fields) string {
	t.Helper()
	head := fields{"alg": k.alg, "kid": k.kid, "typ": "JWT"}
	for name, value := range header {
		if head[name] = value; value == nil {
			delete(head, name)
		}
	}
	content := encode(head) + "." + encode(claims)
	sum := sha256.Sum256([]byte(content))
	var signature []byte
	var err error
	switch private := k.private.(type) {
	case *rsa.PrivateKey:
		if k.alg == "PS256" {
			signature, err = rsa.SignPSS(rand.Reader, private, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		} else {
			signature, err = rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, sum[:])
		}
	case *ecdsa.PrivateKey:
		r, s, signErr := ecdsa.Sign(rand.Reader, private, sum[:])
		signature, err = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), signErr
	case ed25519.PrivateKey:
		signature = ed25519.Sign(private, []byte(content))
	}
	if err != nil {
		t.Fatal(err)
	}
	return content + "." + b64(signature)
}

func bearing(token string) *http.Request { return request("Authorization: Bearer " + token) }

func TestJWTAlgorithms(t *testing.T) {
	for _, alg := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		k := newKey(t, alg, "k")
		i := newIssuer(t, k.jwk(nil))
		a := i.auth(t, nil)
		caller, err := a.Verify(bearing(k.sign(t, i.claims(nil), nil)), unread(t))
		if err != nil || caller.Name != "anna" || caller.ID == "" {
			t.Errorf("%s: %+v, %v", alg, caller, err)
		}
		other := newKey(t, alg, "k")
		if alg[1:] == "S256" && alg[0] != 'E' {
			other.private = otherRSAKey()
		}
		_, err = a.Verify(bearing(other.sign(t, i.claims(nil), nil)), unread(t))
		if r := refused(t, err, http.StatusUnauthorized); r.Message != "the token's signature is wrong" {
			t.Errorf("%s: %v", alg, r.Message)
		}
	}
}

func TestJWTClaims(t *testing.T) {
	k := newKey(t, "ES256", "k")
	i := newIssuer(t, k.jwk(fields{"alg": "ES256"}))
	now := i.now.Load()
	for _, c := range []struct {
		name    string
		auth    fields
		claims  fields
		header  fields
		message string // empty: let in
	}{
		{name: "good"},
		{name: "among several audiences", auth: fields{"audience": []any{"a", "shop"}}, claims: fields{"aud": []string{"x", "shop"}}},
		{name: "ended within the skew", claims: fields{"exp": now - 20}},
		{name: "ended", claims: fields{"exp": now - 40}, message: "the token has ended"},
		{name: "without an end", claims: fields{"exp": nil}, message: "the token does not say when it ends"},
		{name: "not before", claims: fields{"nbf": now + 40}, message: "the token is not valid yet"},
		{name: "made in the future", claims: fields{"iat": now + 40}, message: "the token is not valid yet"},
		{name: "another issuer", claims: fields{"iss": i.URL + "/"}, message: "the token is of another issuer"},
		{name: "no issuer", claims: fields{"iss": nil}, message: "the token is of another issuer"},
		{name: "another audience", claims: fields{"aud": "other"}, message: "the token is for somebody else"},
		{name: "no audience", claims: fields{"aud": nil}, message: "the token is for somebody else"},
		{name: "no subject", claims: fields{"sub": nil}, message: "the token names no subject"},
		{name: "a client", claims: fields{"sub": nil, "client_id": "anna"}},
		{name: "access token", header: fields{"typ": "at+jwt"}},
		{name: "access token in full", header: fields{"typ": "application/at+JWT"}},
		{name: "no type", header: fields{"typ": nil}},
		{name: "logout token", header: fields{"typ": "logout+jwt"}, message: "the token is not of the type JWT or at+jwt"},
		{name: "unknown critical header", header: fields{"crit": []string{"x"}, "x": 1}, message: "the token has a header in crit that is not known here"},
		{name: "exp as text", claims: fields{"exp": "soon"}, message: "the token is signed, and has a claim of another type than RFC 7519 says: exp, nbf and iat are numbers"},
		{name: "no kid", header: fields{"kid": nil}},
		{name: "scopes", auth: fields{"scopes": []any{"read", "write"}}, claims: fields{"scope": "write openid read"}},
		{name: "scopes of scp", auth: fields{"scopes": "read"}, claims: fields{"scp": []string{"read"}}},
		{name: "a scope is missing", auth: fields{"scopes": []any{"read", "write"}}, claims: fields{"scope": "read"}, message: "the token does not allow this"},
	} {
		t.Run(c.name, func(t *testing.T) {
			caller, err := i.auth(t, c.auth).Verify(bearing(k.sign(t, i.claims(c.claims), c.header)), unread(t))
			if c.message == "" {
				if err != nil || caller.Name != "anna" {
					t.Errorf("%+v, %v", caller, err)
				}
				return
			}
			status, challenge := http.StatusUnauthorized, `error="invalid_token", error_description="`+c.message+`"`
			if strings.Contains(c.name, "scope") {
				status, challenge = http.StatusForbidden, `error="insufficient_scope", scope="read write"`
			}
			if r := refused(t, err, status); r.Message != c.message || !strings.HasSuffix(r.Challenge, challenge) {
				t.Errorf("got %s, %s", r.Message, r.Challenge)
			}
		})
	}
}

// What is signed by no key of the issuer, or by a key of the wrong kind.
func TestJWTForged(t *testing.T) {
	k := newKey(t, "RS256", "k")
	i := newIssuer(t, k.jwk(nil), fields{"kty": "oct", "kid": "shared", "k": b64([]byte("secret")), "alg": "HS256"}, fields{"kty": "new", "kid": "new"})
	a := i.auth(t, nil)
	stranger := key{"RS256", "k", otherRSAKey()}
	good := k.sign(t, i.claims(nil), nil)
	parts := strings.Split(good, ".")
	// The public key of RS256 as the secret of HS256, as an old attack has it.
	shared := encode(fields{"alg": "HS256", "kid": "k"}) + "." + parts[1]
	sum := hmac.New(sha256.New, k.private.Public().(*rsa.PublicKey).N.Bytes())
	sum.Write([]byte(shared))
	for name, token := range map[string]string{
		"none":             encode(fields{"alg": "none"}) + "." + parts[1] + ".",
		"HS256":            shared + "." + b64(sum.Sum(nil)),
		"other claims":     parts[0] + "." + encode(i.claims(fields{"sub": "eve"})) + "." + parts[2],
		"no signature":     parts[0] + "." + parts[1] + ".",
		"half":             good[:len(good)/2],
		"text":             "x",
		"empty":            "",
		"a key it brings":  stranger.sign(t, i.claims(nil), fields{"jwk": stranger.jwk(nil)}),
		"very long":        good + strings.Repeat("A", 20_000),
		"a symmetric kid":  k.sign(t, i.claims(nil), fields{"kid": "shared"}),
		"an unknown kid":   k.sign(t, i.claims(nil), fields{"kid": "other"}),
		"RS256 with ES256": newKey(t, "ES256", "k").sign(t, i.claims(nil), nil),
	} {
		caller, err := a.Verify(bearing(token), unread(t))
		if r := refused(t, err, http.StatusUnauthorized); caller.ID != "" || len(token) > 9 && strings.Contains(r.Error()+r.Challenge, token[:9]) {
			t.Errorf("%s: %+v, %v, %s", name, caller, r, r.Challenge)
		}
	}
	if n := i.fetches.Load(); n != 1 {
		t.Errorf("bad tokens had the keys fetched %d times", n)
	}
	if _, err := a.Verify(request(), unread(t)); refused(t, err, http.StatusUnauthorized).Challenge != `Bearer realm="medlar"` {
		t.Error(err)
	}
}

func TestJWTRotation(t *testing.T) {
	first, second := newKey(t, "ES256", "1"), newKey(t, "ES256", "2")
	i := newIssuer(t, first.jwk(nil))
	a := i.auth(t, nil)
	try := func(k key) error {
		_, err := a.Verify(bearing(k.sign(t, i.claims(nil), nil)), unread(t))
		return err
	}
	want := func(step string, k key, good bool, fetches int32) {
		t.Helper()
		if err := try(k); (err == nil) != good || i.fetches.Load() != fetches {
			t.Errorf("%s: %v after %d fetches, want good %v after %d", step, err, i.fetches.Load(), good, fetches)
		}
	}
	want("first", first, true, 1)
	want("kept", first, true, 1)
	i.set(nil, second.jwk(nil))
	want("a new key, fetched just now", second, false, 1)
	i.now.Add(30)
	want("a new key", second, true, 2)
	want("the old one is gone", first, false, 2)
	i.set(nil, first.jwk(nil))
	i.now.Add(599)
	want("still fresh", second, true, 2)
	i.now.Add(1)
	want("a withdrawn key", second, false, 3)

	i.set(func(w http.ResponseWriter) { http.Error(w, "no", http.StatusInternalServerError) })
	i.now.Add(601)
	want("the issuer is down", first, true, 4)
	want("and is left alone for a while", first, true, 4)
	i.now.Add(5)
	want("asked again", first, true, 5)
	i.now.Add(3000)
	r := refused(t, try(first), http.StatusServiceUnavailable)
	if r.Cause == nil || r.Challenge != "" {
		t.Errorf("%+v", r)
	}
	i.set(nil, first.jwk(nil))
	i.now.Add(5)
	want("it is back", first, true, 7)
}

func TestJWTIssuersThatAreWrong(t *testing.T) {
	k := newKey(t, "ES256", "k")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip(err) // a machine that makes no weak keys
	}
	for name, set := range map[string]func(i *issuer){
		"not found":      func(i *issuer) { i.answer = func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) } },
		"no JSON":        func(i *issuer) { i.answer = func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) } },
		"no keys":        func(i *issuer) { i.keys = nil },
		"too large":      func(i *issuer) { i.answer = func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 2<<20)) } },
		"too many":       func(i *issuer) { i.keys = make([]fields, 101) },
		"weak":           func(i *issuer) { i.keys = []fields{key{"RS256", "k", weak}.jwk(nil)} },
		"for encryption": func(i *issuer) { i.keys = []fields{k.jwk(fields{"use": "enc"})} },
		"another issuer": func(i *issuer) { i.about = "https://other.example" },
		"a redirect": func(i *issuer) {
			i.answer = func(w http.ResponseWriter) { w.Header().Set("Location", "/other"); w.WriteHeader(http.StatusFound) }
		},
	} {
		i := newIssuer(t, k.jwk(nil))
		i.mu.Lock()
		set(i)
		i.mu.Unlock()
		_, err := i.auth(t, nil).Verify(bearing(k.sign(t, i.claims(nil), nil)), unread(t))
		if r := refused(t, err, http.StatusServiceUnavailable); r.Cause == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Callers that come at once have the keys fetched once, and keys that are good
// are used while somebody fetches them anew.
func TestJWTFetchesOnce(t *testing.T) {
	k := newKey(t, "ES256", "k")
	i := newIssuer(t, k.jwk(nil))
	a := i.auth(t, fields{"jwks": i.URL + "/keys"})
	token := k.sign(t, i.claims(fields{"exp": i.now.Load() + 10_000}), nil)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := a.Verify(bearing(token), unread(t)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := i.fetches.Load(); n != 1 {
		t.Errorf("%d fetches", n)
	}
	asked, answer := make(chan struct{}), make(chan struct{})
	i.set(func(w http.ResponseWriter) {
		close(asked)
		<-answer
		_ = json.NewEncoder(w).Encode(fields{"keys": []fields{k.jwk(nil)}})
	})
	i.now.Add(601)
	all.Go(func() {
		if _, err := a.Verify(bearing(token), unread(t)); err != nil {
			t.Error(err)
		}
	})
	<-asked
	if _, err := a.Verify(bearing(token), unread(t)); err != nil {
		t.Error(err)
	}
	close(answer)
	all.Wait()
	if n := i.fetches.Load(); n != 2 {
		t.Errorf("%d fetches", n)
	}
}

func BenchmarkJWT(b *testing.B) {
	k := newKey(b, "ES256", "k")
	i := &issuer{}
	i.now.Store(time.Now().Unix())
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(fields{"keys": []fields{k.jwk(nil)}})
	}))
	defer i.Close()
	a := i.auth(b, fields{"jwks": i.URL})
	r := bearing(k.sign(b, i.claims(nil), nil))
	for b.Loop() {
		if _, err := a.Verify(r, nil); err != nil {
			b.Fatal(err)
		}
	}
}
