package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/auth"
)

type fields = map[string]any

func mustParse(t testing.TB, in fields, now time.Time) *auth.Auth {
	t.Helper()
	a, err := auth.Parse(in, auth.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// request makes one with headers, "Name: value".
func request(headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/orders", http.NoBody)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func body(text string) auth.Body { return func() ([]byte, error) { return []byte(text), nil } }

// unread fails a test whose body is read.
func unread(t testing.TB) auth.Body {
	return func() ([]byte, error) {
		t.Error("the body was read")
		return nil, nil
	}
}

// refused checks that err is a refusal of this status, with a challenge.
func refused(t *testing.T, err error, status int) *auth.Refusal {
	t.Helper()
	var r *auth.Refusal
	if !errors.As(err, &r) || r.Status != status || r.Challenge == "" != (status == http.StatusServiceUnavailable) {
		t.Errorf("got %#v, want a refusal with %d", err, status)
		return &auth.Refusal{}
	}
	return r
}

func TestTokens(t *testing.T) {
	const token, other = "correct-horse", "battery-staple"
	two := []any{token, other}
	aladdin := "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" // RFC 7617, section 2
	users := fields{"basic": []any{fields{"username": "Aladdin", "password": "open sesame"}, fields{"username": "Ali", "password": "a:b"}}}
	for _, c := range []struct {
		name      string
		auth      fields
		headers   []string
		who       string // "-" for nobody
		challenge string
	}{
		{"bearer", fields{"bearer": token}, []string{"Authorization: Bearer " + token}, "", ""},
		{"bearer, the scheme in other letters", fields{"bearer": token}, []string{"Authorization: bEARER  " + token}, "", ""},
		{"bearer, the second of two", fields{"bearer": two}, []string{"Authorization: Bearer " + other}, "", ""},
		{"bearer, none", fields{"bearer": token}, nil, "-", `Bearer realm="medlar"`},
		{"bearer, another scheme", fields{"bearer": token}, []string{aladdin}, "-", `Bearer realm="medlar"`},
		{"bearer, wrong", fields{"bearer": token}, []string{"Authorization: Bearer correct-horsf"}, "-", `Bearer realm="medlar", error="invalid_token"`},
		{"bearer, short", fields{"bearer": token}, []string{"Authorization: Bearer correct-hors"}, "-", `Bearer realm="medlar", error="invalid_token"`},
		{"bearer, long", fields{"bearer": token}, []string{"Authorization: Bearer correct-horses"}, "-", `Bearer realm="medlar", error="invalid_token"`},
		{"bearer, empty", fields{"bearer": token}, []string{"Authorization: Bearer "}, "-", `Bearer realm="medlar", error="invalid_token"`},
		{"bearer, twice", fields{"bearer": token}, []string{"Authorization: Bearer " + token, "Authorization: Bearer " + token}, "-", `Bearer realm="medlar"`},
		{"key", fields{"apiKey": fields{"keys": token}}, []string{"x-api-key: " + token}, "", ""},
		{"key of another header", fields{"apiKey": fields{"header": "X-Shop", "keys": two}}, []string{"X-Shop: " + other}, "", ""},
		{"key, none", fields{"apiKey": fields{"keys": token}}, nil, "-", `ApiKey realm="medlar", header="X-API-Key"`},
		{"key, empty", fields{"apiKey": fields{"keys": token}}, []string{"X-API-Key: "}, "-", `ApiKey realm="medlar", header="X-API-Key"`},
		{"key, wrong", fields{"apiKey": fields{"keys": two}}, []string{"X-API-Key: " + token + other}, "-", `ApiKey realm="medlar", header="X-API-Key"`},
		{"key, twice", fields{"apiKey": fields{"keys": two}}, []string{"X-API-Key: " + token, "X-API-Key: " + other}, "-", `ApiKey realm="medlar", header="X-API-Key"`},
		{"basic", users, []string{aladdin}, "Aladdin", ""},
		{"basic, a password with a colon", users, []string{"Authorization: Basic QWxpOmE6Yg=="}, "Ali", ""},
		{"basic, one user", fields{"basic": fields{"username": "Aladdin", "password": "open sesame"}}, []string{aladdin}, "Aladdin", ""},
		{"basic, another's password", users, []string{"Authorization: Basic QWxpOm9wZW4gc2VzYW1l"}, "-", `Basic realm="medlar", charset="UTF-8"`},
		{"basic, no base64", users, []string{"Authorization: Basic ???"}, "-", `Basic realm="medlar", charset="UTF-8"`},
		{"basic, none", users, nil, "-", `Basic realm="medlar", charset="UTF-8"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := mustParse(t, c.auth, time.Now())
			caller, err := a.Verify(request(c.headers...), unread(t))
			if c.who == "-" {
				if r := refused(t, err, http.StatusUnauthorized); r.Challenge != c.challenge {
					t.Errorf("challenge %s, want %s", r.Challenge, c.challenge)
				}
				if caller != (auth.Caller{}) {
					t.Errorf("caller %+v", caller)
				}
				return
			}
			if err != nil || caller.Name != c.who || caller.ID == "" || a.ReadsBody() || a.AsksForCertificate() || a.IsNone() {
				t.Errorf("caller %+v, error %v", caller, err)
			}
		})
	}
}

// Who sends the same token is the same caller, whatever the flow; others are not.
func TestCallers(t *testing.T) {
	id := func(in fields, headers ...string) string {
		caller, err := mustParse(t, in, time.Now()).Verify(request(headers...), unread(t))
		if err != nil {
			t.Fatal(err)
		}
		return caller.ID.Reveal()
	}
	one := id(fields{"bearer": "one"}, "Authorization: Bearer one")
	same := []string{
		id(fields{"bearer": []any{"two", "one"}}, "Authorization: Bearer one"),
		id(fields{"apiKey": fields{"keys": "one"}}, "X-API-Key: one"),
	}
	for _, other := range same {
		if other != one {
			t.Errorf("the same token is %s and %s", one, other)
		}
	}
	seen := map[string]bool{one: true}
	for _, other := range []string{
		id(fields{"bearer": []any{"two", "one"}}, "Authorization: Bearer two"),
		id(fields{"basic": fields{"username": "one", "password": "two"}}, "Authorization: Basic b25lOnR3bw=="),
	} {
		if seen[other] || len(other) != 64 {
			t.Errorf("%s is the identity of two callers", other)
		}
		seen[other] = true
	}
}

func TestNone(t *testing.T) {
	caller, err := auth.None().Verify(request(), unread(t))
	if err != nil || caller != (auth.Caller{}) || !auth.None().IsNone() || auth.None().String() != "none" {
		t.Errorf("%+v, %v", caller, err)
	}
}

// What cannot be is said when the server starts, or before that by Check.
func TestParseMistakes(t *testing.T) {
	for _, c := range []struct {
		auth fields
		want string
	}{
		{fields{}, "nothing says who may send requests; give one of bearer, basic, apiKey, hmac, jwt, mutualTls; auth: none lets everybody in"},
		{fields{"bearer": "a", "basic": fields{"username": "a", "password": "b"}}, "bearer and basic are given together; give one"},
		{fields{"oauth": "a"}, "oauth"},
		{fields{"bearer": []any{}}, "bearer"},
		{fields{"bearer": ""}, "a secret is empty"},
		{fields{"bearer": []any{"good", " "}}, "a secret is empty"},
		{fields{"bearer": "hunter2\n"}, "a secret begins or ends with a space, or holds a line break"},
		{fields{"basic": fields{"username": "a:b", "password": "c"}}, "a user name with a colon cannot be sent"},
		{fields{"basic": fields{"username": "a", "password": ""}}, "a password is empty"},
		{fields{"apiKey": fields{"header": "X Key", "keys": "a"}}, "apiKey.header"},
		{fields{"hmac": fields{"scheme": "paypal", "secrets": "a"}}, "hmac.scheme"},
		{fields{"hmac": fields{"scheme": "plain", "secrets": "a"}}, "plain does not say where the signature is; add header:"},
		{fields{"hmac": fields{"scheme": "github", "secrets": "a", "header": "X"}}, "hmac.header: github has a header of its own; leave it out, or write scheme: plain"},
		{fields{"hmac": fields{"scheme": "github", "secrets": "a", "window": "5m"}}, "hmac.window: no time is signed"},
		{fields{"hmac": fields{"scheme": "plain", "header": "X", "secrets": "a", "window": "5m"}}, "hmac.window: no time is signed"},
		{fields{"hmac": fields{"scheme": "plain", "header": "X", "secrets": "a", "signed": "{timestamp}"}}, "the body is not signed"},
		{fields{"hmac": fields{"scheme": "plain", "header": "X", "secrets": "a", "signed": "{timestamp}{body}"}}, "nothing says where the timestamp is"},
		{fields{"hmac": fields{"scheme": "plain", "header": "X", "timestamp": "T", "secrets": "a", "signed": "{body}"}}, "a timestamp that is not signed proves nothing"},
		{fields{"hmac": fields{"scheme": "slack", "secrets": "a", "window": "25h"}}, "hmac.window: the window is not between 1s and 24h"},
		{fields{"hmac": fields{"scheme": "standard", "secrets": "whsec_hunter2!"}}, "a secret is not base64 behind whsec_ or whpk_"},
		{fields{"hmac": fields{"scheme": "standard", "secrets": "whpk_aHVudGVyMg=="}}, "a public key behind whpk_ has 7 bytes, not 32"},
		{fields{"jwt": fields{"issuer": "http://login.example.com", "audience": "a"}}, "jwt.issuer: keys that come from there cannot be trusted: it is no https address; write https://"},
		{fields{"jwt": fields{"issuer": "https://a.example", "audience": "a", "jwks": "ftp://a.example/keys"}}, "jwt.jwks: keys that come from there"},
		{fields{"jwt": fields{"issuer": "https://a.example"}}, "jwt.audience"},
		{fields{"jwt": fields{"issuer": "https://a.example", "audience": "a", "algorithms": "HS256"}}, "jwt.algorithms"},
		{fields{"jwt": fields{"issuer": "https://a.example", "audience": "a", "algorithms": "none"}}, "jwt.algorithms"},
		{fields{"mutualTls": fields{"ca": []byte("hunter2")}}, "ca holds no certificate in PEM"},
	} {
		_, err := auth.Parse(c.auth, auth.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v:\n got %v\nwant %s", c.auth, err, c.want)
		}
	}
}

// Secrets are fields that the check knows as such, and nothing prints them.
func TestSecretsDoNotShow(t *testing.T) {
	const secret = "whsec_aHVudGVyMmh1bnRlcjI="
	for name, in := range map[string]fields{
		"bearer": {"bearer": secret},
		"basic":  {"basic": fields{"username": "u", "password": secret}},
		"apiKey": {"apiKey": fields{"keys": secret}},
		"hmac":   {"hmac": fields{"scheme": "standard", "secrets": secret}},
	} {
		if !auth.Schema().Field(name).HasSecret() {
			t.Errorf("%s declares no secret", name)
		}
		a := mustParse(t, in, time.Now())
		caller, err := a.Verify(request("Authorization: Bearer "+secret, "X-API-Key: "+secret), body(""))
		text := fmt.Sprintf("%v %+v %#v %s %d %v %+v %#v %v", a, a, a, a, a, *a, caller, caller, err)
		if strings.Contains(text, "hunter") || strings.Contains(text, "aHVud") || caller.ID != "" && strings.Contains(text, caller.ID.Reveal()) {
			t.Errorf("%s: %s", name, text)
		}
	}
	if schema.Secret("x").String() != schema.Masked {
		t.Error("secrets show")
	}
}

func BenchmarkBearer(b *testing.B) {
	a := mustParse(b, fields{"bearer": []any{strings.Repeat("a", 40), strings.Repeat("b", 40)}}, time.Now())
	r := request("Authorization: Bearer " + strings.Repeat("b", 40))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Verify(r, nil); err != nil {
			b.Fatal(err)
		}
	}
}
