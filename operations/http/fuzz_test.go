package http

import (
	nethttp "net/http"
	"net/url"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/value"
)

// FuzzDecode: whatever a server sends is a value of flows or an error.
func FuzzDecode(f *testing.F) {
	f.Add("application/json", []byte(`{"a": [1, 1.5, 123456789012345678901234567890, null]}`))
	f.Add("text/plain; charset=iso-8859-1", []byte("gr\xfc\xdfe"))
	f.Add("application/problem+json", []byte("{"))
	f.Add("multipart/form-data; boundary=x", []byte("--x--"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		v, err := decode(contentType, body)
		if err != nil {
			return
		}
		if _, err := value.Normalize(v); err != nil {
			t.Errorf("%q gives what no flow can hold: %v", contentType, err)
		}
	})
}

// FuzzToken: whatever answers a request for a token is a token that can be sent,
// or an error.
func FuzzToken(f *testing.F) {
	f.Add([]byte(`{"access_token": "a", "token_type": "bearer", "expires_in": 3600}`))
	f.Add([]byte(`{"access_token": "a", "expires_in": "1e999"}`))
	f.Add([]byte(`{"error": "invalid_client"}`))
	r := &tokenRequest{url: &url.URL{Host: "example.com"}}
	f.Fuzz(func(t *testing.T, body []byte) {
		asked := time.Now()
		g, err := r.read(&nethttp.Response{Header: nethttp.Header{}}, body, asked)
		if err == nil && (g.token == "" || !validValue(g.token) || !g.until.IsZero() && g.until.Before(asked)) {
			t.Errorf("the token is %q until %v", g.token, g.until)
		}
		if err := r.refused(&nethttp.Response{StatusCode: 400, Header: nethttp.Header{}}, body); err == nil {
			t.Error("a refusal is no error")
		}
	})
}
