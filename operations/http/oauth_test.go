package http

import (
	"context"
	"encoding/json"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// issuer gives tokens of OAuth2, and takes them.
type issuer struct {
	*httptest.Server
	issued  atomic.Int64
	revoked atomic.Int64 // tokens up to this one are refused
	expires any
	status  int
	answer  string // in place of a token
	asked   *seen
	calls   *seen
	wait    chan struct{} // tokens are given once it is closed; nil for at once
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{asked: &seen{}, calls: &seen{}, expires: 3600}
	i.Server = httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path == "/token" {
			i.token(w, r)
			return
		}
		i.calls.note(r)
		var n int64
		_, err := fmt.Sscanf(r.Header.Get("Authorization"), "Bearer hush-%d", &n)
		if err != nil || n <= i.revoked.Load() {
			w.WriteHeader(nethttp.StatusUnauthorized)
			_, _ = w.Write([]byte("not " + r.Header.Get("Authorization")))
			return
		}
		_, _ = w.Write([]byte("hello"))
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) token(w nethttp.ResponseWriter, r *nethttp.Request) {
	i.asked.note(r)
	if i.wait != nil {
		select {
		case <-i.wait:
		case <-r.Context().Done():
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if i.answer != "" {
		w.WriteHeader(i.status)
		_, _ = w.Write([]byte(i.answer))
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": fmt.Sprintf("hush-%d", i.issued.Add(1)), "token_type": "bearer", "expires_in": i.expires,
	})
}

// connect opens a connection of a connector, of which there may be several.
func (i *issuer) connect(t *testing.T, c *connector.Connector, more params) connector.Connection {
	t.Helper()
	oauth := params{"tokenUrl": i.URL + "/token", "clientId": "medlar:1", "clientSecret": "hush hush"}
	for name, v := range more {
		oauth[name] = v
	}
	converted, err := c.Connection.Convert(params{"baseUrl": i.URL, "oauth2": oauth})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(t.Context(), connector.OpenRequest{Params: converted})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// The client shows who it is as RFC 6749 says.
func TestTokenRequests(t *testing.T) {
	for name, test := range map[string]struct {
		more       params
		body, auth string
	}{
		"basic": {params{"scopes": []any{"read", "write"}}, "grant_type=client_credentials&scope=read+write", "medlar%3A1 hush+hush"},
		"body": {
			params{"clientAuth": "body", "params": params{"audience": "orders", "resource": []any{"a", "b"}}},
			"audience=orders&client_id=medlar%3A1&client_secret=hush+hush&grant_type=client_credentials&resource=a&resource=b", " ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			got, err := call(t.Context(), t, i.connect(t, Connector(), test.more), params{"url": "/a"})
			if err != nil || got["body"] != any("hello") {
				t.Fatalf("%v, %v", got, err)
			}
			r, body := i.asked.last(t)
			user, password, _ := r.BasicAuth()
			if body != test.body || user+" "+password != test.auth {
				t.Errorf("asked with %s and %s %s", body, user, password)
			}
		})
	}
}

// All connections that are alike share a token, whatever runs they belong to, and one
// of them fetches it.
func TestTokensAreShared(t *testing.T) {
	i := newIssuer(t)
	i.wait = make(chan struct{})
	c := Connector()
	var calls sync.WaitGroup
	for n := range 8 {
		conn := i.connect(t, c, nil)
		calls.Go(func() {
			if _, err := call(t.Context(), t, conn, params{"url": fmt.Sprint("/", n)}); err != nil {
				t.Error(err)
			}
		})
	}
	close(i.wait)
	calls.Wait()
	if n := i.issued.Load(); n != 1 {
		t.Errorf("%d tokens were fetched for 8 connections", n)
	}
	if _, err := call(t.Context(), t, i.connect(t, c, params{"scopes": "other"}), params{"url": "/"}); err != nil || i.issued.Load() != 2 {
		t.Errorf("another scope: %v, %d tokens", err, i.issued.Load())
	}
}

// A token that is refused is fetched anew once, for everybody, and what was
// refused is sent again with its body.
func TestRefusedTokens(t *testing.T) {
	i := newIssuer(t)
	c := Connector()
	conn := i.connect(t, c, nil)
	if _, err := call(t.Context(), t, conn, params{"url": "/"}); err != nil {
		t.Fatal(err)
	}
	i.revoked.Store(1)
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			if _, err := call(t.Context(), t, conn, params{"url": "/", "method": "POST", "body": "again"}); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	if n := i.issued.Load(); n != 2 {
		t.Errorf("%d tokens were fetched", n)
	}
	if _, body := i.calls.last(t); body != "again" {
		t.Errorf("%q was sent again", body)
	}
	// Where the new one is refused as well, that is the answer.
	i.revoked.Store(1000)
	failure := failed(t, conn, params{"url": "/"})
	if failure.Code != "Unauthorized" || failure.Requests != 2 || strings.Contains(fmt.Sprint(failure.Details), "hush") {
		t.Errorf("%v, %d requests, %v", failure, failure.Requests, failure.Details)
	}
}

// A token is used until shortly before it ends.
func TestTokensEnd(t *testing.T) {
	for name, test := range map[string]struct {
		expires any
		want    int64
	}{
		"at once": {0, 3}, "as text": {"3600", 1}, "never": {nil, 1}, "soon": {1e-6, 3}, "for ever": {1e300, 1}, "nonsense": {"soon", 1},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			i.expires = test.expires
			conn := i.connect(t, Connector(), nil)
			for range 3 {
				if _, err := call(t.Context(), t, conn, params{"url": "/"}); err != nil {
					t.Fatal(err)
				}
			}
			if i.issued.Load() != test.want {
				t.Errorf("%d tokens were fetched, want %d", i.issued.Load(), test.want)
			}
		})
	}
}

// Answers without a token say so, and nothing that is secret.
func TestNoToken(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		answer string
		code   string
		class  connector.Class
		says   string
	}{
		"refused":          {400, `{"error": "invalid_client", "error_description": "hush"}`, codeToken, connector.ClassDenied, "invalid_client"},
		"unauthorized":     {401, `{}`, codeToken, connector.ClassDenied, "401"},
		"a wrong scope":    {400, `{"error": "invalid_scope"}`, codeToken, connector.ClassInvalid, "invalid_scope"},
		"a page":           {400, `<html>hush</html>`, codeToken, connector.ClassInvalid, "400"},
		"an odd code":      {400, `{"error": "hush hush"}`, codeToken, connector.ClassInvalid, "400"},
		"too many":         {429, `{}`, codeToken, connector.ClassThrottled, "429"},
		"broken":           {503, `-`, codeToken, connector.ClassUnavailable, "503"},
		"sent elsewhere":   {307, `-`, codeToken, connector.ClassPrecondition, "307"},
		"no JSON":          {200, `hush`, codeAnswer, connector.ClassUnavailable, "no JSON"},
		"nothing in it":    {200, `{}`, codeAnswer, connector.ClassUnavailable, "no access_token"},
		"a broken token":   {200, `{"access_token": "a\nb"}`, codeAnswer, connector.ClassUnavailable, "no access_token"},
		"another type":     {200, `{"access_token": "a", "token_type": "mac"}`, codeAnswer, connector.ClassUnavailable, "token_type"},
		"a number as type": {200, `{"access_token": 7}`, codeAnswer, connector.ClassUnavailable, "no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			i.status, i.answer = test.status, test.answer
			failure := failed(t, i.connect(t, Connector(), nil), params{"url": "/", "method": "POST"})
			if failure.Code != test.code || failure.Class != test.class || !strings.Contains(failure.Message, test.says) ||
				failure.Outcome != connector.OutcomeFailed || failure.Requests != 0 {
				t.Errorf("%s, %s, %s, %s, %d requests", failure.Code, failure.Class, failure.Message, failure.Outcome, failure.Requests)
			}
		})
	}
	conn, err := opened(t, params{"oauth2": params{"tokenUrl": "http://" + strings.TrimPrefix(unused(t), "http://"), "clientId": "a", "clientSecret": "b"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	server, _ := serve(t, nil)
	if failure := failed(t, conn, params{"url": server.URL}); failure.Code != codeNetwork || failure.Class != connector.ClassUnavailable {
		t.Errorf("nobody there is %v", failure)
	}
}

// Whoever waits for a token that somebody else fetches can be stopped, and
// fetches it where that one was.
func TestTokenStopped(t *testing.T) {
	i := newIssuer(t)
	i.wait = make(chan struct{})
	conn := i.connect(t, Connector(), nil)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := call(short, t, conn, params{"url": "/"}); err == nil {
		t.Fatal("there was a token")
	}
	close(i.wait)
	if _, err := call(t.Context(), t, conn, params{"url": "/"}); err != nil {
		t.Error(err)
	}
}

// The token goes to the connection's own host only, and an authorization of the
// step goes before it.
func TestTokenStaysHome(t *testing.T) {
	i := newIssuer(t)
	other, sent := serve(t, nil)
	conn := i.connect(t, Connector(), nil)
	if _, err := call(t.Context(), t, conn, params{"url": other.URL}); err != nil {
		t.Fatal(err)
	}
	if r, _ := sent.last(t); r.Header.Get("Authorization") != "" || i.issued.Load() != 0 {
		t.Errorf("another host got %q", r.Header.Get("Authorization"))
	}
	failed(t, conn, params{"url": "/", "headers": params{"Authorization": "mine"}})
	if i.issued.Load() != 0 {
		t.Error("a token was fetched for a request with an authorization of its own")
	}
}
