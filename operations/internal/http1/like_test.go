package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A server that speaks HTTP/2 over TLS is spoken to so, over the connection on which it
// said that; any other one is spoken to here.
func TestHTTP2(t *testing.T) {
	for _, tt := range []struct {
		name     string
		speaks   []string // nil for what httptest has
		off      bool     // the base does not speak it
		want     string
		detoured bool
	}{
		{"both", nil, false, "HTTP/2.0", true},
		{"HTTP/1.1 alone", []string{"http/1.1"}, false, "HTTP/1.1", false},
		{"no protocol said", []string{}, false, "HTTP/1.1", false},
		{"a base without it", nil, true, "HTTP/1.1", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var mu sync.Mutex
			conns := map[string]bool{}
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
			s.EnableHTTP2 = tt.speaks == nil
			s.TLS = &tls.Config{NextProtos: tt.speaks}
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.Config.ConnState = func(c net.Conn, state http.ConnState) {
				mu.Lock()
				defer mu.Unlock()
				conns[c.RemoteAddr().String()] = true
			}
			s.StartTLS()
			t.Cleanup(s.Close)
			base := &http.Transport{ForceAttemptHTTP2: !tt.off, TLSClientConfig: &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}}
			tr := NewLike(base, Options{HTTP2: true})
			t.Cleanup(tr.CloseIdleConnections)
			for n := range 3 {
				var w Watch
				resp, err := tr.Watched(request(t, "POST", s.URL, strings.Repeat("x", 1000)), &w)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || string(body) != tt.want || !w.Sent() || w.Requests() != 1 {
					t.Errorf("request %d gets %q, %v; sent %t, %d requests", n, body, err, w.Sent(), w.Requests())
				}
			}
			if (tr.Detour() != "") != tt.detoured {
				t.Errorf("it says %q", tr.Detour())
			}
			mu.Lock()
			defer mu.Unlock()
			if len(conns) != 1 {
				t.Errorf("%d connections", len(conns))
			}
		})
	}
}

// Many requests at once, of which none knows yet what the server speaks.
func TestHTTP2ManyAtOnce(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	base := &http.Transport{ForceAttemptHTTP2: true, MaxConnsPerHost: 2, TLSClientConfig: &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}}
	tr := NewLike(base, Options{HTTP2: true})
	t.Cleanup(tr.CloseIdleConnections)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, body, err := send(tr, request(t, "GET", s.URL, "")); err != nil || body != "HTTP/2.0" {
				t.Errorf("%q, %v", body, err)
			}
		})
	}
	all.Wait()
}

// With the option, an answer that switches to another protocol is one without a body.
func TestSwitchingIsAnAnswer(t *testing.T) {
	s := listen(t, func(c net.Conn, n int) bool {
		_ = raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")(c, n)
		_, _ = io.Copy(io.Discard, c) // until the other side closes it
		return false
	})
	left := NewLike(&http.Transport{}, Options{Switching: true})
	left.off = true
	for name, tr := range map[string]*Transport{"ours": NewLike(&http.Transport{}, Options{Switching: true}), "the base's": left} {
		resp, body, err := send(tr, request(t, "POST", s.url("/"), "{}"))
		if err != nil || resp.StatusCode != http.StatusSwitchingProtocols || body != "" || resp.Header.Get("Upgrade") != "x" {
			t.Errorf("%s: %v, %q, %v", name, resp, body, err)
		}
		if n := tr.idle.Load(); n != 0 {
			t.Errorf("%s: %d idle connections", name, n)
		}
		tr.CloseIdleConnections()
	}
}

// dumb is a connection that ends when something is written to it, however that is done.
type dumb struct{ net.Conn }

// SyscallConn is that of the connection.
func (d dumb) SyscallConn() (syscall.RawConn, error) { return d.Conn.(syscall.Conn).SyscallConn() }

// Write closes the connection.
func (d dumb) Write([]byte) (int, error) {
	_ = d.Close()
	return 0, errors.New("cut")
}

// A watch says what left, whoever sends the request.
func TestWatch(t *testing.T) {
	silent := func(net.Conn, int) bool { return false }
	refused := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }
	cutOff := func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		return dumb{c}, err
	}
	for _, tt := range []struct {
		name     string
		answer   reply
		base     *http.Transport
		body     string
		sent     bool
		requests int
		fails    bool
	}{
		{"answered", raw(well), &http.Transport{}, "{}", true, 1, false},
		{"a long body", raw(well), &http.Transport{}, strings.Repeat("x", 100<<10), true, 1, false},
		{"not answered", silent, &http.Transport{}, "{}", true, 1, true},
		{"no connection", raw(well), &http.Transport{DialContext: refused}, "{}", false, 0, true},
		{"nothing was written", raw(well), &http.Transport{DialContext: cutOff}, "{}", false, 0, true},
		{"nothing of a long body was written", raw(well), &http.Transport{DialContext: cutOff}, strings.Repeat("x", 100<<10), false, 0, true},
		{"by the base", raw(well), &http.Transport{DisableKeepAlives: true}, "{}", true, 1, false},
		{"by the base, not answered", silent, &http.Transport{DisableKeepAlives: true}, "{}", true, 1, true},
		{"by the base, no connection", raw(well), &http.Transport{DisableKeepAlives: true, DialContext: refused}, "{}", false, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := listen(t, tt.answer)
			tr := made(t, tt.base)
			var w Watch
			r := request(t, "POST", s.url("/"), tt.body)
			r.Body = NewBytes([]byte(tt.body))
			resp, err := tr.Watched(r, &w)
			if err == nil {
				_, _ = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if resp.Request != r {
					t.Error("the answer is to another request")
				}
			}
			if (err != nil) != tt.fails || w.Sent() != tt.sent || w.Requests() != tt.requests {
				t.Errorf("sent %t, %d requests, error %v", w.Sent(), w.Requests(), err)
			}
		})
	}
}

// A request that finds its connection ended, and is sent over another one, counts by how
// much of it left.
func TestWatchOfWhatIsSentAgain(t *testing.T) {
	s := listen(t, func(c net.Conn, n int) bool { return n != 1 && raw(well)(c, n) })
	tr := made(t, &http.Transport{})
	var w Watch
	for range 2 {
		resp, err := tr.Watched(request(t, "GET", s.url("/"), ""), &w)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	if w.Requests() != 3 {
		t.Errorf("%d requests", w.Requests())
	}
}
