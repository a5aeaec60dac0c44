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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// A connection that the server closed while nobody used it costs nothing.
func TestClosedWhileIdle(t *testing.T) {
	s := listen(t, raw(well))
	tr := made(t, &http.Transport{})
	for range 3 {
		mustSend(t, tr, request(t, "POST", s.url("/"), "{}"))
		s.closeConns()
		time.Sleep(10 * time.Millisecond)
	}
	if conns, requests := s.seen(); conns != 3 || len(requests) != 3 {
		t.Errorf("%d connections, %d requests", conns, len(requests))
	}
}

// A request that may have been done is not sent again; one that only reads is,
// on a connection that has worked before.
func TestNothingIsDoneTwice(t *testing.T) {
	for _, tt := range []struct {
		method, body string
		failing      int // the request that is not answered
		want         int // requests
		fails        bool
	}{
		{"POST", "{}", 1, 2, true},
		{"POST", "", 1, 2, true},
		{"PUT", "{}", 1, 2, true},
		{"DELETE", "", 1, 2, true},
		{"GET", "", 1, 3, false},
		{"GET", "{}", 1, 3, false},
		{"HEAD", "", 1, 3, false},
		{"OPTIONS", "", 1, 3, false},
		{"GET", "", 0, 1, true},
	} {
		t.Run(tt.method+tt.body, func(t *testing.T) {
			s := listen(t, func(c net.Conn, n int) bool { return n != tt.failing && raw(plainly(well, tt.method))(c, n) })
			tr := made(t, &http.Transport{})
			var err error
			for range tt.failing + 1 {
				_, _, err = send(tr, request(t, tt.method, s.url("/"), tt.body))
			}
			if (err != nil) != tt.fails {
				t.Errorf("error %v", err)
			}
			if _, requests := s.seen(); len(requests) != tt.want {
				t.Errorf("%d requests, want %d", len(requests), tt.want)
			}
		})
	}
}

// plainly is what a server answers to a method.
func plainly(answer, method string) string {
	if method == http.MethodHead {
		return strings.TrimSuffix(answer, "{}")
	}
	return answer
}

// A request ends with its context, wherever it is, and takes its connection
// with it.
func TestRequestsEndWithTheirContext(t *testing.T) {
	reason := errors.New("the reason")
	for name, answer := range map[string]string{
		"before the answer": "",
		"in the head":       "HTTP/1.1 200 OK\r\nContent-",
		"in the body":       "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
		"in a chunk":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n30\r\nabc",
	} {
		t.Run(name, func(t *testing.T) {
			var wait sync.WaitGroup
			wait.Add(1)
			s := listen(t, func(c net.Conn, n int) bool {
				if n > 0 {
					return raw(well)(c, n)
				}
				_, _ = io.WriteString(c, answer)
				wait.Wait()
				return false
			})
			defer wait.Done()
			tr := made(t, &http.Transport{})
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(20*time.Millisecond, func() { cancel(reason) })
			_, _, err := send(tr, request(t, "POST", s.url("/"), "{}").WithContext(ctx))
			if !errors.Is(err, reason) {
				t.Errorf("error %v", err)
			}
			mustSend(t, tr, request(t, "POST", s.url("/"), "{}"))
			if conns, _ := s.seen(); conns != 2 {
				t.Errorf("%d connections", conns)
			}
		})
	}
}

// A context that ends after the answer was read changes nothing.
func TestContextEndsAfterwards(t *testing.T) {
	s := listen(t, raw(well))
	tr := made(t, &http.Transport{})
	for range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		mustSend(t, tr, request(t, "POST", s.url("/"), "{}").WithContext(ctx))
		cancel()
	}
	if conns, _ := s.seen(); conns != 1 {
		t.Errorf("%d connections", conns)
	}
}

func TestEndedBefore(t *testing.T) {
	s := listen(t, raw(well))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := send(made(t, &http.Transport{}), request(t, "POST", s.url("/"), "{}").WithContext(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if conns, _ := s.seen(); conns != 0 {
		t.Errorf("%d connections", conns)
	}
}

// A body that is closed before its end was read takes the connection with it.
func TestClosedBeforeTheEnd(t *testing.T) {
	s := listen(t, raw(withLength(strings.Repeat("long", 10_000))))
	tr := made(t, &http.Transport{})
	for range 2 {
		resp, err := tr.RoundTrip(request(t, "GET", s.url("/"), ""))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(resp.Body, make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if _, err := resp.Body.Read(make([]byte, 5)); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("error %v", err)
		}
	}
	if conns, _ := s.seen(); conns != 2 {
		t.Errorf("%d connections", conns)
	}
}

// Idle connections end after their time and on demand, and there are not more
// than there may be.
func TestIdleConnections(t *testing.T) {
	idle := func(tr *Transport) int64 { return tr.idle.Load() }
	together := func(t *testing.T, tr *Transport, s *server, n int) {
		t.Helper()
		var bodies []io.ReadCloser
		for range n {
			resp, err := tr.RoundTrip(request(t, "GET", s.url("/"), ""))
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, resp.Body)
		}
		for _, b := range bodies {
			_, _ = io.Copy(io.Discard, b)
		}
	}
	t.Run("time", func(t *testing.T) {
		s, tr := listen(t, raw(well)), made(t, &http.Transport{IdleConnTimeout: time.Second, MaxIdleConnsPerHost: 5})
		together(t, tr, s, 3)
		if n := idle(tr); n != 3 {
			t.Errorf("%d are idle", n)
		}
		soon(t, "closed", func() bool { return idle(tr) == 0 })
	})
	t.Run("demand", func(t *testing.T) {
		s, tr := listen(t, raw(well)), made(t, &http.Transport{MaxIdleConnsPerHost: 5})
		resp, err := tr.RoundTrip(request(t, "GET", s.url("/"), ""))
		if err != nil {
			t.Fatal(err)
		}
		together(t, tr, s, 3)
		tr.CloseIdleConnections()
		if n := idle(tr); n != 0 {
			t.Errorf("%d are idle", n)
		}
		_, _ = io.Copy(io.Discard, resp.Body) // it was under way, and is closed when it is idle
		if n := idle(tr); n != 0 {
			t.Errorf("%d are idle afterwards", n)
		}
		together(t, tr, s, 1)
		if n := idle(tr); n != 1 {
			t.Errorf("%d are idle after a new request", n)
		}
	})
	t.Run("most of a host", func(t *testing.T) {
		s, tr := listen(t, raw(well)), made(t, &http.Transport{})
		together(t, tr, s, 5)
		if n := idle(tr); n != http.DefaultMaxIdleConnsPerHost {
			t.Errorf("%d are idle", n)
		}
	})
	t.Run("most of all", func(t *testing.T) {
		one, two, tr := listen(t, raw(well)), listen(t, raw(well)), made(t, &http.Transport{MaxIdleConns: 3, MaxIdleConnsPerHost: 5})
		together(t, tr, one, 2)
		together(t, tr, two, 2)
		if n := idle(tr); n != 3 {
			t.Errorf("%d are idle", n)
		}
	})
}

// counted is a connection that tells of its end.
type counted struct {
	*net.TCPConn

	end func()
}

// Close closes the connection.
func (c *counted) Close() error {
	c.end()
	return c.TCPConn.Close()
}

// There are not more connections than there may be, and whoever gets none
// waits.
func TestMostConnections(t *testing.T) {
	var open, most atomic.Int32
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if n := open.Add(1); n > most.Load() {
			most.Store(n)
		}
		return &counted{c.(*net.TCPConn), sync.OnceFunc(func() { open.Add(-1) })}, nil
	}
	var reliable atomic.Bool
	s := listen(t, func(c net.Conn, n int) bool {
		time.Sleep(time.Millisecond)
		return (n%7 != 3 || reliable.Load()) && raw(well)(c, n) // some connections end without an answer
	})
	tr := made(t, &http.Transport{MaxConnsPerHost: 3, MaxIdleConnsPerHost: 3, DialContext: dial})
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			ctx := t.Context()
			if i%5 == 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Duration(i)*time.Millisecond/4)
				defer cancel()
			}
			_, _, _ = send(tr, request(t, "POST", s.url("/"), "{}").WithContext(ctx))
		})
	}
	wg.Wait()
	if n := most.Load(); n > 3 {
		t.Errorf("%d connections at the same time", n)
	}
	reliable.Store(true)
	for range 3 { // all places are free again
		resp, err := tr.RoundTrip(request(t, "GET", s.url("/"), ""))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
	}
	tr.CloseIdleConnections()
}

// A long body is sent while the answer is read: a server may answer at once,
// and may never read the rest.
func TestLongBodies(t *testing.T) {
	large := make([]byte, 8<<20)
	sized := func(url string) *http.Request {
		r := request(t, "POST", url, "")
		r.Body, r.ContentLength = NewBytes(large), int64(len(large))
		return r
	}
	hold := make(chan struct{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer c.Close()
				_, _ = c.Read(make([]byte, 100))
				_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
				<-hold
			})
		}
	})
	t.Cleanup(func() { close(hold); _ = ln.Close(); conns.Wait() })
	tr := made(t, &http.Transport{})
	for range 2 {
		resp, body, err := send(tr, sized("http://"+ln.Addr().String()))
		if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || body != "big" {
			t.Errorf("%v %q, error %v", resp, body, err)
		}
	}
	if n := tr.idle.Load(); n != 0 {
		t.Errorf("%d connections are kept whose request was not sent", n)
	}
	s := listen(t, raw(well))
	for range 3 {
		mustSend(t, tr, sized(s.url("/")))
	}
	if conns, requests := s.seen(); conns != 1 || len(requests[2].body) != len(large) {
		t.Errorf("%d connections", conns)
	}
}

// A server that goes away while a long body is sent is an error, at once.
func TestLongBodyToNobody(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		c, err := ln.Accept()
		if err == nil {
			_, _ = c.Read(make([]byte, 100))
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		}
	})
	t.Cleanup(func() { _ = ln.Close(); done.Wait() })
	r := request(t, "POST", "http://"+ln.Addr().String(), "")
	r.Body, r.ContentLength = NewBytes(make([]byte, 8<<20)), 8<<20
	if _, _, err := send(made(t, &http.Transport{}), r); err == nil { // it would wait for ever
		t.Error("no error")
	}
}

// A body whose length is not what the request says is not sent.
func TestWrongLength(t *testing.T) {
	s := listen(t, raw(well))
	for _, n := range []int64{1, 5} {
		r := request(t, "POST", s.url("/"), "abc")
		r.ContentLength = n
		if _, _, err := send(made(t, &http.Transport{}), r); err == nil {
			t.Errorf("no error for %d", n)
		}
		r.Body = NewBytes([]byte("abc"))
		if _, _, err := send(made(t, &http.Transport{}), r); err == nil {
			t.Errorf("no error for %d, of bytes", n)
		}
	}
	if _, requests := s.seen(); len(requests) > 0 {
		t.Errorf("%d requests", len(requests))
	}
}

// Over TLS HTTP/1.1 is spoken, and the base takes what speaks HTTP/2 alone.
func TestTLS(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
	start := func(t *testing.T, both bool) (*httptest.Server, *http.Transport) {
		s := httptest.NewUnstartedServer(handler)
		s.EnableHTTP2 = true
		if !both {
			s.TLS = &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
				if !slices.Contains(h.SupportedProtos, "h2") {
					return nil, errors.New("HTTP/2 alone")
				}
				return nil, nil //nolint:nilnil // the configuration stays
			}}
		}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		certificates := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
		return s, &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: certificates}}
	}
	t.Run("both", func(t *testing.T) {
		s, base := start(t, true)
		tr := made(t, base)
		for range 3 {
			resp, body, err := send(tr, request(t, "POST", s.URL, "{}"))
			if err != nil || body != "HTTP/1.1" || resp.TLS == nil || !resp.TLS.HandshakeComplete {
				t.Fatalf("%q, error %v", body, err)
			}
		}
		if n := tr.idle.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
	t.Run("HTTP/2 alone", func(t *testing.T) {
		s, base := start(t, false)
		tr := made(t, base)
		for range 3 {
			if body := mustSend(t, tr, request(t, "POST", s.URL, "{}")); body != "HTTP/2.0" {
				t.Fatalf("%q", body)
			}
		}
		if n := tr.idle.Load(); n != 0 {
			t.Errorf("%d connections of our own", n)
		}
	})
	t.Run("a certificate that nobody trusts", func(t *testing.T) {
		s, _ := start(t, true)
		_, _, err := send(made(t, &http.Transport{}), request(t, "POST", s.URL, "{}"))
		var unknown *tls.CertificateVerificationError
		if !errors.As(err, &unknown) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("no answer", func(t *testing.T) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = ln.Close() })
		base := &http.Transport{TLSHandshakeTimeout: 20 * time.Millisecond}
		_, _, err = send(made(t, base), request(t, "POST", "https://"+ln.Addr().String(), "{}"))
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

// What is not plain goes to the base.
func TestLeftToTheBase(t *testing.T) {
	s := listen(t, raw(well))
	proxied := func(*http.Request) (*url.URL, error) { return url.Parse("http://" + s.Addr().String()) }
	for name, tt := range map[string]struct {
		base   *http.Transport
		change func(*http.Request)
	}{
		"a proxy":             {&http.Transport{Proxy: proxied}, nil},
		"no connections kept": {&http.Transport{DisableKeepAlives: true}, nil},
		"a header timeout":    {&http.Transport{ResponseHeaderTimeout: time.Minute}, nil},
		"a trace": {&http.Transport{}, func(r *http.Request) {
			*r = *r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{}))
		}},
		"a method":          {&http.Transport{}, func(r *http.Request) { r.Method = "TRACE" }},
		"an unknown length": {&http.Transport{}, func(r *http.Request) { r.ContentLength = -1 }},
		"a trailer":         {&http.Transport{}, func(r *http.Request) { r.ContentLength, r.Trailer = -1, http.Header{"X-A": nil} }},
		"a connection of a kind that cannot be looked at": {&http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, address)
			return struct{ net.Conn }{c}, err
		}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tr := made(t, tt.base)
			r := request(t, "POST", s.url("/"), "{}")
			if tt.change != nil {
				tt.change(r)
			}
			mustSend(t, tr, r)
			if n := tr.idle.Load(); n != 0 {
				t.Errorf("%d connections of our own", n)
			}
		})
	}
}

// Settings that the SDK's clients have, and those that only concern HTTP/2, are
// followed here.
func TestUsualSettings(t *testing.T) {
	s := listen(t, raw(well))
	for name, base := range map[string]*http.Transport{
		"the SDK's":                  awshttp.NewBuildableClient().GetTransport(),
		"the SDK's, with options":    awshttp.NewBuildableClient().WithTransportOptions(func(*http.Transport) {}).GetTransport(),
		"Go's":                       http.DefaultTransport.(*http.Transport).Clone(),
		"HTTP/2 switched off":        {TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}},
		"a proxy for none of it":     {Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }}, //nolint:nilnil // it is how
		"a dialer, and certificates": {DialContext: new(net.Dialer).DialContext, TLSClientConfig: &tls.Config{}},
	} {
		t.Run(name, func(t *testing.T) {
			tr := made(t, base)
			mustSend(t, tr, request(t, "POST", s.url("/"), "{}"))
			if n := tr.idle.Load(); n != 1 {
				t.Errorf("%d connections of our own", n)
			}
		})
	}
}

// What net/http refuses is refused.
func TestRefused(t *testing.T) {
	s := listen(t, raw(well))
	for name, change := range map[string]func(*http.Request){
		"a line in a value": func(r *http.Request) { r.Header["X-A"] = []string{"a\r\nX-B: b"} },
		"a line in a name":  func(r *http.Request) { r.Header["X-A: a\r\nX-B"] = []string{"b"} },
		"an empty name":     func(r *http.Request) { r.Header[""] = []string{"b"} },
		"a method":          func(r *http.Request) { r.Method = "GET /x HTTP/1.1\r\nX-A: b\r\n\r\nGET" },
		"a scheme":          func(r *http.Request) { r.URL.Scheme = "ftp" },
		"no host":           func(r *http.Request) { r.URL.Host = "" },
		"a line in a query": func(r *http.Request) { r.URL.RawQuery = "a\r\nX-B: b" },
	} {
		t.Run(name, func(t *testing.T) {
			r := request(t, "GET", s.url("/"), "")
			change(r)
			if _, _, err := send(made(t, &http.Transport{}), r); err == nil {
				t.Error("no error")
			}
		})
	}
	if _, requests := s.seen(); len(requests) > 0 {
		t.Errorf("%d requests", len(requests))
	}
}

func TestNobodyListens(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	_, _, err = send(made(t, &http.Transport{MaxConnsPerHost: 1}), request(t, "POST", "http://"+ln.Addr().String(), "{}"))
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "dial" {
		t.Errorf("error %v", err)
	}
}

// Many at once get their own answers.
func TestManyAtOnce(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	}))
	t.Cleanup(s.Close)
	tr := made(t, &http.Transport{MaxIdleConnsPerHost: 4})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for n := range 50 {
				body := strings.Repeat(string(rune('a'+i)), n*n*20+1)
				r := request(t, "POST", s.URL, "")
				r.Body, r.ContentLength = NewBytes([]byte(body)), int64(len(body))
				if got := mustSend(t, tr, r); got != body {
					t.Errorf("%d bytes of %d", len(got), len(body))
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkRoundTrip(b *testing.B) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"ok":true}`)
	})
	plain, secure := httptest.NewServer(handler), httptest.NewUnstartedServer(handler)
	secure.EnableHTTP2 = true
	secure.StartTLS()
	b.Cleanup(plain.Close)
	b.Cleanup(secure.Close)
	certificates := secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	base := func() *http.Transport {
		t := &http.Transport{MaxIdleConnsPerHost: 64, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: certificates}}
		b.Cleanup(t.CloseIdleConnections)
		return t
	}
	for _, s := range []struct{ name, url string }{{"plain", plain.URL}, {"TLS", secure.URL}} {
		for name, tr := range map[string]http.RoundTripper{"http1": made(b, base()), "net-http": base()} {
			b.Run(s.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetParallelism(8)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						mustSend(b, tr, request(b, "POST", s.url+"/a", `{"n":1}`, "X-A", "a", "User-Agent", "me"))
					}
				})
			})
		}
	}
}
