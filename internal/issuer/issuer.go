// Package issuer is an issuer of OpenID Connect for tests. It logs in whoever comes, as
// whom the test says, and refuses what an issuer has to refuse.
package issuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Issuer is one that listens on this machine. What a test changes, it changes before
// somebody logs in.
type Issuer struct {
	*httptest.Server

	ClientID, ClientSecret string
	// Claims are those of whoever logs in, beside what every token has; they replace
	// it.
	Claims map[string]any
	// Info are the claims of the endpoint for that; nil where it has none.
	Info map[string]any
	// Answer changes what the issuer sends back with; nil for nothing.
	Answer func(q url.Values)
	// Token answers a request for tokens in the place of the issuer; nil for it.
	Token http.HandlerFunc

	mu    sync.Mutex
	key   *ecdsa.PrivateKey
	codes map[string]url.Values // what was asked for
	asked int
}

// New returns an issuer that ends with the test.
func New(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{ClientID: "console", ClientSecret: "s3cret-of-the-client", codes: map[string]url.Values{}}
	i.Rotate(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.describe)
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("GET /keys", i.keys)
	mux.HandleFunc("GET /userinfo", i.info)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

// Rotate gives the issuer another key.
func (i *Issuer) Rotate(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key = key
}

// Asked returns how often the issuer was asked to describe itself.
func (i *Issuer) Asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (i *Issuer) describe(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	i.asked++
	i.mu.Unlock()
	d := map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token",
		"jwks_uri": i.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"},
	}
	if i.Info != nil {
		d["userinfo_endpoint"] = i.URL + "/userinfo"
	}
	write(w, http.StatusOK, d)
}

// authorize sends back whoever comes, with a code.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != i.ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("state") == "" || q.Get("nonce") == "" {
		http.Error(w, "that is no request of the code flow with PKCE", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = q
	i.mu.Unlock()
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {i.URL}}
	if i.Answer != nil {
		i.Answer(back)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// token exchanges a code, once.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	if i.Token != nil {
		i.Token(w, r)
		return
	}
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if id != i.ClientID || secret != i.ClientSecret {
		write(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	i.mu.Lock()
	q, known := i.codes[code]
	delete(i.codes, code)
	i.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || q.Get("redirect_uri") != r.PostFormValue("redirect_uri") || base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") {
		write(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": i.URL, "sub": "u-1", "aud": i.ClientID, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": q.Get("nonce")}
	maps.Copy(claims, i.Claims)
	raw, err := i.sign(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	write(w, http.StatusOK, map[string]any{"access_token": "access-" + rand.Text(), "token_type": "Bearer", "expires_in": 60, "id_token": raw})
}

func (i *Issuer) sign(claims map[string]any) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.key, KeyID: i.keyID()}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err //nolint:wrapcheck // it is for a test
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return "", err //nolint:wrapcheck // as above
	}
	signed, err := signer.Sign(text)
	if err != nil {
		return "", err //nolint:wrapcheck // as above
	}
	return signed.CompactSerialize() //nolint:wrapcheck // as above
}

// keyID names the key; another one has another name.
func (i *Issuer) keyID() string {
	text, _ := i.key.PublicKey.Bytes() // of a curve that has bytes
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:8])
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &i.key.PublicKey, KeyID: i.keyID(), Algorithm: "ES256", Use: "sig"}}}
	i.mu.Unlock()
	write(w, http.StatusOK, set)
}

func (i *Issuer) info(w http.ResponseWriter, _ *http.Request) {
	claims := map[string]any{"sub": "u-1"}
	maps.Copy(claims, i.Info)
	write(w, http.StatusOK, claims)
}
