package reach

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// answering serves raw bytes on every connection.
func answering(t *testing.T, raw string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 4096))
			_, _ = io.WriteString(c, raw)
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

// What is said of failures, and that nothing of the address or the answer is in it.
func TestFailure(t *testing.T) {
	quiet := func(s *httptest.Server) *httptest.Server { // it would log each failed handshake
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		t.Cleanup(s.Close)
		return s
	}
	plain := quiet(httptest.NewServer(http.NotFoundHandler()))
	secure := quiet(httptest.NewUnstartedServer(http.NotFoundHandler()))
	secure.StartTLS()
	slow := quiet(httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() })))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	host := func(s *httptest.Server) string { return s.Listener.Addr().String() }
	_, port, _ := net.SplitHostPort(host(secure))
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, tt := range []struct {
		name, scheme, host string
		change             func(tr *http.Transport)
		ctx                context.Context
		want               string
		is                 error
	}{
		{"nobody is there", "http", host(gone), nil, nil, "connection refused", nil},
		{"a name that there is not", "http", "s3cret-host.invalid", func(tr *http.Transport) {
			tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "s3cret-host.invalid", IsNotFound: true}}
			}
		}, nil, "the name of the host is not found", nil},
		{"it takes too long", "http", host(slow), func(tr *http.Transport) { tr.ResponseHeaderTimeout = time.Millisecond }, nil, "no answer in time", context.DeadlineExceeded},
		{"it was stopped", "http", host(plain), nil, stopped, "the request was stopped", context.Canceled},
		{"no TLS", "https", host(plain), nil, nil, "it does not speak TLS there", nil},
		{"an authority that is not known", "https", host(secure), nil, nil, "its certificate is signed by an unknown authority", nil},
		{"another name", "https", "localhost:" + port, func(tr *http.Transport) {
			tr.TLSClientConfig = secure.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
			tr.TLSClientConfig.ServerName = "s3cret-host"
		}, nil, "its certificate is for another name", nil},
		{"another version", "https", host(secure), func(tr *http.Transport) {
			tr.TLSClientConfig = &tls.Config{MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10} //nolint:gosec // it is to fail
		}, nil, "it ends the handshake: tls: protocol version", nil},
		{"no HTTP", "http", answering(t, "s3cret-answer\r\n\r\n"), nil, nil, "what it sent is no HTTP, or the exchange broke off", nil},
		{"a place that is none", "http", answering(t, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://s3cret-place:port%zz/\r\n\r\n"), nil, nil, "what it sent is no HTTP, or the exchange broke off", nil},
		{"cut off", "http", answering(t, ""), nil, nil, "the connection was closed before the end of the answer", nil},
		{"a scheme that there is not", "gopher", host(plain), nil, nil, "what it sent is no HTTP, or the exchange broke off", nil},
		{"no proxy", "http", host(plain), func(tr *http.Transport) {
			tr.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: host(gone), User: url.UserPassword("s3cret-user", "s3cret-password")})
		}, nil, "the proxy does not answer", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := &http.Transport{Proxy: nil}
			if tt.change != nil {
				tt.change(tr)
			}
			defer tr.CloseIdleConnections()
			ctx := tt.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, tt.scheme+"://s3cret-user:s3cret-password@"+tt.host+"/s3cret-path?token=s3cret-query", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := (&http.Client{Transport: tr}).Do(req)
			if err == nil {
				_ = resp.Body.Close()
				t.Fatal("it answers")
			}
			got := Failure(err)
			if text := got.Error(); !strings.HasPrefix(text, tt.want) || strings.Contains(text, "s3cret") || strings.Contains(text, "127.0.0.1") {
				t.Errorf("of %q it says %q, want %q", err, text, tt.want)
			}
			if tt.is != nil && !errors.Is(got, tt.is) || tt.is == nil && errors.Unwrap(got) != nil {
				t.Errorf("it is %#v", got)
			}
		})
	}
	if Failure(nil) != nil {
		t.Error("nothing is a failure")
	}
}

func TestAddress(t *testing.T) {
	u, err := url.Parse("https://s3cret:s3cret@example.com:1/keys/a%20b?token=s3cret#s3cret")
	if err != nil {
		t.Fatal(err)
	}
	if got := Address(u); got != "https://example.com:1/keys/a%20b" {
		t.Error(got)
	}
}
