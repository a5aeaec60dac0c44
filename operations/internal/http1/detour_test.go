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
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// What the base sends says why, and comes back where it was for once.
func TestDetours(t *testing.T) {
	var alone atomic.Pointer[tls.Config]
	start := func(t *testing.T, config *tls.Config) (*httptest.Server, *http.Transport) {
		config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			if slices.Contains(h.SupportedProtos, "h2") {
				return nil, nil //nolint:nilnil // the configuration stays
			}
			return alone.Load(), nil
		}
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
		s.EnableHTTP2, s.TLS = true, config
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		base := s.Client().Transport.(*http.Transport).Clone()
		base.ForceAttemptHTTP2 = true
		return s, base
	}
	t.Run("a handshake that fails once", func(t *testing.T) {
		// The server speaks HTTP/2 to the base, too, so that it could be taken for one
		// that speaks nothing else.
		s, base := start(t, &tls.Config{})
		var dials atomic.Int64
		base.DialContext = breaking(&dials)
		tr := made(t, base)
		if body := mustSend(t, tr, request(t, "POST", s.URL, "{}")); body != "HTTP/2.0" {
			t.Errorf("the base spoke %s", body)
		}
		h := tr.latest.Load()
		if h.detour.why() == "" || tr.Detour() == "" {
			t.Error("nothing says that the base sends the requests")
		}
		h.detour.taking.Load().until = time.Now().Add(-time.Second) // a minute later
		if body := mustSend(t, tr, request(t, "POST", s.URL, "{}")); body != "HTTP/1.1" || tr.Detour() != "" {
			t.Errorf("afterwards it spoke %s, and says %q", body, tr.Detour())
		}
	})
	t.Run("a server that refuses HTTP/1.1", func(t *testing.T) {
		config := &tls.Config{}
		s, base := start(t, config)
		only := s.TLS.Clone()
		only.NextProtos = []string{"another"} // beside h2 alone, crypto/tls lets HTTP/1.1 pass
		alone.Store(only)
		tr := made(t, base)
		mustSend(t, tr, request(t, "POST", s.URL, "{}"))
		if h := tr.latest.Load(); !h.detour.taking.Load().until.IsZero() || h.detour.why() != "the server refuses HTTP/1.1" {
			t.Errorf("it says %q", h.detour.why())
		}
	})
	t.Run("a plain transport", func(t *testing.T) {
		s := listen(t, raw(well))
		tr := Plain(&http.Transport{})
		t.Cleanup(tr.CloseIdleConnections)
		mustSend(t, tr, request(t, "POST", s.url("/"), "{}"))
		if tr.Detour() == "" || tr.idle.Load() != 0 {
			t.Errorf("it says %q", tr.Detour())
		}
	})
}

// breaking dials, and closes the first connection when the handshake begins.
func breaking(dials *atomic.Int64) func(context.Context, string, string) (net.Conn, error) {
	dial := (&net.Dialer{}).DialContext
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err == nil && dials.Add(1) == 1 {
			return &cut{c.(*net.TCPConn)}, nil
		}
		return c, err
	}
}

// cut is a connection that ends when something is written to it.
type cut struct{ *net.TCPConn }

// Write closes the connection.
func (c *cut) Write([]byte) (int, error) {
	_ = c.Close()
	return 0, errors.New("cut")
}

// A client with a Timeout uses connections of ours, and ends in time.
func TestClientTimeout(t *testing.T) {
	release := make(chan struct{})
	s := listen(t, func(c net.Conn, n int) bool {
		if n == 2 {
			<-release
		}
		return raw(well)(c, n)
	})
	t.Cleanup(func() { close(release) }) // before the server ends
	tr := made(t, &http.Transport{})
	client := &http.Client{Transport: tr, Timeout: time.Minute}
	get := func() error {
		resp, err := client.Do(request(t, "POST", s.url("/"), "{}"))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
		return err
	}
	for range 2 {
		if err := get(); err != nil {
			t.Fatal(err)
		}
	}
	if n := tr.idle.Load(); n != 1 || tr.Detour() != "" {
		t.Errorf("%d connections of our own, want 1; %s", n, tr.Detour())
	}
	client.Timeout = 50 * time.Millisecond
	var late net.Error
	if err := get(); !errors.As(err, &late) || !late.Timeout() {
		t.Errorf("error %v", err)
	}
	client.Timeout = time.Minute
	if err := get(); err != nil || tr.Detour() != "" {
		t.Errorf("after a timeout: %v, %s", err, tr.Detour())
	}
}

// Connections that the server closed while they were idle are closed here soon,
// though nobody asks for one.
func TestClosedByTheServer(t *testing.T) {
	const many = 20
	var came atomic.Int64
	all := make(chan struct{})
	s := listen(t, func(c net.Conn, n int) bool {
		if came.Add(1) == many {
			close(all)
		}
		<-all // so that each has a connection of its own
		return raw(well)(c, n)
	})
	tr := made(t, &http.Transport{MaxIdleConnsPerHost: many, IdleConnTimeout: time.Hour})
	done := make(chan error, many)
	for range many {
		go func() {
			_, _, err := send(tr, request(t, "POST", s.url("/"), "{}"))
			done <- err
		}()
	}
	for range many {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if n := tr.idle.Load(); n != many {
		t.Fatalf("%d idle connections, want %d", n, many)
	}
	s.closeConns()
	soon(t, "the connections are closed", func() bool { return tr.idle.Load() == 0 })
}

// An answer that switches to another protocol, and then stays open, is an error
// at once: nothing would end the reading of what follows.
func TestSwitchedProtocols(t *testing.T) {
	s := listen(t, func(c net.Conn, n int) bool {
		_ = raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")(c, n)
		_, _ = io.Copy(io.Discard, c) // until the other side closes it
		return false
	})
	for name, tr := range map[string]*Transport{"ours": made(t, &http.Transport{}), "the base's": Plain(&http.Transport{})} {
		if _, _, err := send(tr, request(t, "POST", s.url("/"), "{}")); err == nil || !errors.Is(err, errSwitches) {
			t.Errorf("%s: error %v", name, err)
		}
		tr.CloseIdleConnections()
	}
}

// lateConn returns from the write of a body when it is told to.
type lateConn struct {
	net.Conn
	goOn <-chan struct{}
}

func (c lateConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if len(p) > 8<<10 {
		<-c.goOn
	}
	return n, err
}

// The SDK closes a request's body when the head of the answer is there. net/http,
// which sends what goes through a proxy, may then still look for the body's end.
func TestBodyIsClosedWhileItsEndIsLookedFor(t *testing.T) {
	written := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		<-written
		_, _ = io.WriteString(w, "well")
	}))
	defer server.Close()
	goOn := make(chan struct{})
	tr := made(t, &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		return lateConn{c, goOn}, err
	}})
	stack, err := smithyhttp.NewStackRequest().(*smithyhttp.Request).SetStream(strings.NewReader(strings.Repeat("x", 32<<10)))
	if err != nil {
		t.Fatal(err)
	}
	stack.Method = http.MethodPost
	if stack.URL, err = url.Parse(server.URL); err != nil {
		t.Fatal(err)
	}
	r := stack.Build(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { close(written) },
	}))
	resp, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_ = r.Body.Close()
	close(goOn)
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "well" {
		t.Errorf("got %q, %v", body, err)
	}
}
