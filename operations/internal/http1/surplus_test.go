package http1

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// What a server sends behind an answer is nobody's answer: the connection
// serves no other request, since that would be given what belongs to none.
func TestSurplusIsNobodysAnswer(t *testing.T) {
	const surplus = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nforeign"
	long := strings.Repeat("x", 100<<10)
	answers := map[string]struct{ text, body string }{
		"an answer":       {well, "{}"},
		"an empty answer": {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
		"no content":      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
		"chunks":          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "{}"},
		"an error":        {"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n{}", "{}"},
		"a long answer":   {fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(long), long), long},
	}
	for name, answer := range answers {
		for _, when := range []string{"with it", "after it", "not at all"} {
			t.Run(name+" "+when, func(t *testing.T) {
				read, sent := make(chan bool, 1), make(chan bool, 1)
				s := listen(t, func(c net.Conn, n int) bool {
					switch {
					case n > 0 || when == "not at all":
						return raw(answer.text)(c, n)
					case when == "with it":
						return raw(answer.text+surplus)(c, n)
					}
					ok := raw(answer.text)(c, n)
					<-read
					ok = ok && raw(surplus)(c, n)
					sent <- true
					return ok
				})
				tr := made(t, &http.Transport{})
				for n := range 3 {
					body := mustSend(t, tr, request(t, "POST", s.url("/"), "{}"))
					if body != answer.body {
						t.Errorf("request %d gets %.40q", n, body)
					}
					if n == 0 && when == "after it" {
						read <- true
						<-sent
						time.Sleep(10 * skipProbeBelow) // a connection that was just used is not looked at
					}
				}
				want := 2
				if when == "not at all" {
					want = 1
				}
				if conns, requests := s.seen(); conns != want && !(name == "a long answer" && when == "with it") || len(requests) != 3 {
					t.Errorf("%d connections, %d requests", conns, len(requests))
				}
			})
		}
	}
}

// The server is asked for by the name that the user gave, and has to prove that
// one, not the name of the address.
func TestServerNameOfTheUser(t *testing.T) {
	var asked atomic.Value
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "well") }))
	server.TLS = &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		asked.Store(h.ServerName)
		return nil, nil //nolint:nilnil // the configuration stays
	}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	tests := map[string]struct {
		given, asked string
		fails        bool
	}{
		"none":                              {"", "", false}, // an address is not asked for
		"a name of the certificate":         {"example.com", "example.com", false},
		"a name that it does not stand for": {"wrong.test", "wrong.test", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			config := &tls.Config{RootCAs: roots, ServerName: tt.given}
			tr := made(t, &http.Transport{TLSClientConfig: config})
			_, body, err := send(tr, request(t, "POST", server.URL, "{}"))
			var untrusted *tls.CertificateVerificationError
			if tt.fails != errors.As(err, &untrusted) || !tt.fails && body != "well" {
				t.Errorf("got %q, error %v", body, err)
			}
			if got := asked.Load(); got != tt.asked {
				t.Errorf("the server is asked for %q, want %q", got, tt.asked)
			}
			if config.ServerName != tt.given {
				t.Errorf("the user's configuration names %q now", config.ServerName)
			}
			if n := tr.idle.Load(); !tt.fails && n != 1 {
				t.Errorf("%d connections of our own", n)
			}
		})
	}
}
