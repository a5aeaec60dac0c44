package people_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/issuer"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/people"
)

const back = "https://console.example.com/login/back"

func newOIDC(t *testing.T, i *issuer.Issuer, change func(c *people.OIDCConfig)) *people.OIDC {
	t.Helper()
	config := people.OIDCConfig{
		Issuer: i.URL, ClientID: i.ClientID, ClientSecret: schema.Secret(i.ClientSecret), Redirect: back, Scopes: []string{"email", "groups"},
		Roles: map[string][]string{"sre": {people.Admin}, "money": {people.View, "finance"}},
	}
	if change != nil {
		change(&config)
	}
	o, err := people.NewOIDC(config)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// comeBack follows somebody to the issuer, and returns the query that leads back.
func comeBack(t *testing.T, o *people.OIDC) (*people.Pending, url.Values) {
	t.Helper()
	address, pending, err := o.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	u, err := resp.Location()
	if err != nil || !strings.HasPrefix(u.String(), back+"?") {
		t.Fatalf("%d %v %v", resp.StatusCode, u, err)
	}
	return pending, u.Query()
}

// Claims of whoever comes back become a person with roles.
func TestOIDC(t *testing.T) {
	type claims = map[string]any
	for name, tt := range map[string]struct {
		claims, info claims
		config       func(c *people.OIDCConfig)
		want         string // name (id): roles
	}{
		"a group":                 {claims{"email": "ann@example.com", "email_verified": true, "groups": []string{"sre", "other"}}, nil, nil, "ann@example.com (u-1): admin"},
		"one text":                {claims{"email": "ann@example.com", "email_verified": "true", "groups": "money"}, nil, nil, "ann@example.com (u-1): view finance"},
		"several groups":          {claims{"groups": []string{"money", "sre"}}, nil, nil, "u-1: view finance admin"},
		"an address of nobody":    {claims{"email": "boss@example.com", "groups": "sre"}, nil, nil, "u-1: admin"},
		"a name that they chose":  {claims{"email": "boss@example.com", "preferred_username": "ann", "groups": "sre"}, nil, nil, "ann (u-1): admin"},
		"another name":            {claims{"name": "Ann", "groups": "sre"}, nil, func(c *people.OIDCConfig) { c.NameClaim = "name" }, "Ann (u-1): admin"},
		"a claim within a claim":  {claims{"realm_access": claims{"roles": []string{"sre"}}}, nil, func(c *people.OIDCConfig) { c.RolesClaim = "realm_access.roles" }, "u-1: admin"},
		"a claim with dots":       {claims{"https://example.com/roles": []string{"sre"}}, nil, func(c *people.OIDCConfig) { c.RolesClaim = "https://example.com/roles" }, "u-1: admin"},
		"told apart":              {claims{}, claims{"groups": []string{"sre"}, "email": "ann@example.com", "email_verified": true}, nil, "ann@example.com (u-1): admin"},
		"told apart of another":   {claims{}, claims{"sub": "u-2", "groups": []string{"sre"}}, nil, ""},
		"what the token says":     {claims{"groups": "money"}, claims{"groups": []string{"sre"}}, nil, "u-1: view finance"},
		"everyone":                {claims{}, nil, func(c *people.OIDCConfig) { c.Everyone = []string{people.View} }, "u-1: view"},
		"no group":                {claims{"email": "ann@example.com", "email_verified": true}, nil, nil, ""},
		"another group":           {claims{"groups": []string{"sales"}}, nil, nil, ""},
		"groups that are no text": {claims{"groups": []any{1, claims{"sre": true}}}, nil, nil, ""},
		"no role that sees pages": {claims{"groups": "m"}, nil, func(c *people.OIDCConfig) { c.Roles = map[string][]string{"m": {"finance"}} }, ""},
		"a public client":         {claims{"groups": "sre"}, nil, func(c *people.OIDCConfig) { c.ClientSecret = "" }, ""}, // this issuer wants a secret
	} {
		t.Run(name, func(t *testing.T) {
			i := issuer.New(t)
			i.Claims, i.Info = tt.claims, tt.info
			o := newOIDC(t, i, tt.config)
			pending, q := comeBack(t, o)
			p, err := o.End(t.Context(), pending, q)
			got := ""
			if err == nil {
				got = p.String() + ": " + strings.Join(p.Roles, " ")
			} else if text := err.Error(); strings.Contains(text, q.Get("code")) || strings.Contains(text, i.ClientSecret) {
				t.Errorf("the error holds what is secret: %v", err)
			}
			if got != tt.want {
				t.Errorf("%q (%v), want %q", got, err, tt.want)
			}
		})
	}
}

// says answers with a text of JSON.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(text))
	}
}

// An answer that is not that of the login, or a token that is not for it, logs nobody in.
func TestOIDCRefuses(t *testing.T) {
	type claims = map[string]any
	for name, tt := range map[string]struct {
		claims claims
		answer func(q url.Values)
		token  http.HandlerFunc
		want   string
	}{
		"another state":      {nil, func(q url.Values) { q.Set("state", "x") }, nil, "another login"},
		"no state":           {nil, func(q url.Values) { q.Del("state") }, nil, "another login"},
		"another issuer":     {nil, func(q url.Values) { q.Set("iss", "https://evil.example") }, nil, "another issuer"},
		"a refusal":          {nil, func(q url.Values) { q.Set("error", "access_denied") }, nil, `"access_denied"`},
		"another code":       {nil, func(q url.Values) { q.Set("code", "x") }, nil, `"invalid_grant"`},
		"another nonce":      {claims{"nonce": "x"}, nil, nil, "another login"},
		"another audience":   {claims{"aud": "x"}, nil, nil, "refused"},
		"another party":      {claims{"aud": []string{"console", "x"}, "azp": "x"}, nil, nil, "another client"},
		"another iss":        {claims{"iss": "https://evil.example"}, nil, nil, "refused"},
		"a token of before":  {claims{"exp": 1_600_000_000}, nil, nil, "refused"},
		"no token":           {nil, nil, says(`{"access_token":"a","token_type":"Bearer"}`), "no id_token"},
		"what is no answer":  {nil, nil, says(`<html>`), "cannot be read"},
		"an answer for ever": {nil, nil, says(`{"access_token":"` + strings.Repeat("a", 2<<20) + `"}`), "cannot be read"},
		"somewhere else": {nil, nil, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/keys", http.StatusTemporaryRedirect)
		}, "not followed"},
		"a failure":        {nil, nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "status 502"},
		"a token unsigned": {nil, nil, says(`{"access_token":"a","token_type":"Bearer","id_token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1LTEifQ."}`), "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			i := issuer.New(t)
			i.Claims = map[string]any{"groups": "sre"}
			for k, v := range tt.claims {
				i.Claims[k] = v
			}
			i.Answer, i.Token = tt.answer, tt.token
			o := newOIDC(t, i, nil)
			pending, q := comeBack(t, o)
			p, err := o.End(t.Context(), pending, q)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v %v, want %q", p, err, tt.want)
			}
		})
	}
}

// The issuer is asked when somebody logs in, and again where it was away; another key
// of it is found.
func TestOIDCIsAskedLate(t *testing.T) {
	i := issuer.New(t)
	i.Claims = map[string]any{"groups": "sre"}
	away := true
	o := newOIDC(t, i, func(c *people.OIDCConfig) {
		c.Transport = transport(func(r *http.Request) (*http.Response, error) {
			if away {
				rec := httptest.NewRecorder()
				rec.WriteHeader(http.StatusServiceUnavailable)
				return rec.Result(), nil
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	if i.Asked() != 0 {
		t.Error("the issuer was asked before anybody logged in")
	}
	if _, _, err := o.Begin(t.Context()); err == nil {
		t.Error("an issuer that is away lets people in")
	}
	away = false
	for n := range 3 {
		pending, q := comeBack(t, o)
		p, err := o.End(t.Context(), pending, q)
		for range 9 {
			if err == nil {
				break
			}
			// A moment after it has fetched keys, go-oidc 3.21 still gives those to who
			// asks for newer ones. Nobody's key changes between two logins that fast.
			pending, q = comeBack(t, o)
			p, err = o.End(t.Context(), pending, q)
		}
		if err != nil || !p.Has(people.Admin) {
			t.Errorf("%d: %v %v", n, p, err)
		}
		if _, err := o.End(t.Context(), pending, q); err == nil {
			t.Errorf("%d: a code is taken twice", n)
		}
		i.Rotate(t)
	}
	if i.Asked() != 1 {
		t.Errorf("the issuer described itself %d times", i.Asked())
	}
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func TestOIDCConfig(t *testing.T) {
	good := people.OIDCConfig{Issuer: "https://id.example.com/realms/a", ClientID: "c", Redirect: back, Everyone: []string{"view"}}
	if _, err := people.NewOIDC(good); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(c *people.OIDCConfig){
		"plain":         func(c *people.OIDCConfig) { c.Issuer = "http://id.example.com" },
		"no issuer":     func(c *people.OIDCConfig) { c.Issuer = "" },
		"no host":       func(c *people.OIDCConfig) { c.Issuer = "https:///x" },
		"a query":       func(c *people.OIDCConfig) { c.Issuer += "?a=b" },
		"a user":        func(c *people.OIDCConfig) { c.Issuer = "https://u:p@id.example.com" },
		"no client":     func(c *people.OIDCConfig) { c.ClientID = "" },
		"no way back":   func(c *people.OIDCConfig) { c.Redirect = "" },
		"nobody":        func(c *people.OIDCConfig) { c.Everyone = nil },
		"an odd role":   func(c *people.OIDCConfig) { c.Everyone = []string{"a b"} },
		"an odd role 2": func(c *people.OIDCConfig) { c.Roles = map[string][]string{"x": {""}} },
	} {
		c := good
		change(&c)
		if _, err := people.NewOIDC(c); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
