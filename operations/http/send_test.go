package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// unused gives the address of a port that nothing listens on.
func unused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// speaker is a server that does with each connection what it is told.
func speaker(t *testing.T, speak func(conn net.Conn, n int64)) (url string, connections *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	connections = &atomic.Int64{}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			speak(conn, connections.Add(1))
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return "http://" + l.Addr().String(), connections
}

func readSome(conn net.Conn) { _, _ = conn.Read(make([]byte, 4096)) }

// What is known of a request that was not answered.
func TestNoAnswer(t *testing.T) {
	hangUp, _ := speaker(t, func(conn net.Conn, _ int64) { readSome(conn) })
	torn, _ := speaker(t, func(conn net.Conn, _ int64) {
		readSome(conn)
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhush"))
	})
	odd, _ := speaker(t, func(conn net.Conn, _ int64) { readSome(conn); _, _ = conn.Write([]byte("hush hush hush\r\n\r\n")) })
	silent, _ := speaker(t, func(conn net.Conn, _ int64) { readSome(conn); readSome(conn) })
	plain, _ := serve(t, nil)
	tests := map[string]struct {
		url, code string
		class     connector.Class
		outcome   connector.Outcome // of a POST
		message   string
	}{
		"nobody listens":   {"http://" + unused(t), codeNetwork, connector.ClassUnavailable, connector.OutcomeFailed, "connection refused"},
		"no such host":     {"http://no-such-host.invalid", codeHost, connector.ClassUnavailable, connector.OutcomeFailed, "the address of no-such-host.invalid was not found"},
		"it hangs up":      {hangUp, codeNetwork, connector.ClassUnavailable, connector.OutcomeUnknown, "closed before the end"},
		"it stops midway":  {torn, codeNetwork, connector.ClassUnavailable, connector.OutcomeUnknown, "closed before the end"},
		"it is not HTTP":   {odd, codeNetwork, connector.ClassUnavailable, connector.OutcomeUnknown, "is no HTTP"},
		"it says nothing":  {silent, codeTimeout, connector.ClassTimeout, connector.OutcomeUnknown, "within 300ms"},
		"it speaks no TLS": {strings.Replace(plain.URL, "http:", "https:", 1), codeNetwork, connector.ClassUnavailable, connector.OutcomeFailed, "does not speak TLS"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := params{"url": test.url + "/p?token=hush", "method": "POST", "timeout": "300ms"}
			if test.code == codeHost {
				in["timeout"] = "10s"
			}
			e := failed(t, nil, in)
			if e.Code != test.code || e.Class != test.class || e.Outcome != test.outcome || !strings.Contains(e.Message, test.message) {
				t.Errorf("got %s, %s, %s: %s", e.Code, e.Class, e.Outcome, e.Message)
			}
			in["method"] = "GET"
			if e := failed(t, nil, in); e.Outcome == connector.OutcomeUnknown {
				t.Errorf("a GET has an unknown outcome: %s", e)
			}
		})
	}
}

// A context that ends is the runtime's business.
func TestCanceled(t *testing.T) {
	silent, _ := speaker(t, func(conn net.Conn, _ int64) { readSome(conn); readSome(conn) })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(30*time.Millisecond, cancel)
	if _, err := call(ctx, t, nil, params{"url": silent + "/?hush"}); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}

// A request that changes something is sent once, also where net/http would send
// one again because the connection that it kept turns out to be closed.
func TestSentOnce(t *testing.T) {
	for method, want := range map[string]int64{"POST": 1, "DELETE": 1, "GET": 2} {
		for _, body := range []any{nil, "text"} {
			url, connections := speaker(t, func(conn net.Conn, n int64) {
				readSome(conn)
				if n > 1 {
					return
				}
				_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
				readSome(conn) // the second request, which is not answered
			})
			conn, err := opened(t, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			in := params{"url": url, "method": method, "body": body}
			if _, err := call(t.Context(), t, conn, in); err != nil {
				t.Fatal(err)
			}
			e := failed(t, conn, in)
			if got := connections.Load(); got != want {
				t.Errorf("%s with %v: %d connections, want %d: %s", method, body, got, want, e)
			}
		}
	}
}

// Redirects are followed up to a limit, and take no secrets to other hosts.
func TestRedirects(t *testing.T) {
	other, seenThere := serve(t, nil)
	var home string
	server, _ := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		rest, found := strings.CutPrefix(r.URL.Path, "/hops/")
		n, _ := strconv.Atoi(rest)
		switch {
		case found && n > 0:
			nethttp.Redirect(w, r, fmt.Sprintf("%s/hops/%d", home, n-1), nethttp.StatusFound)
		case r.URL.Path == "/away":
			nethttp.Redirect(w, r, other.URL+"/there", nethttp.StatusTemporaryRedirect)
		default:
			_, _ = w.Write([]byte(r.Method + r.Header.Get("Authorization") + r.Header.Get("Referer")))
		}
	})
	home = server.URL
	conn, err := opened(t, params{"baseUrl": server.URL, "bearer": "token", "headers": params{"X-Key": "k"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := call(t.Context(), t, conn, params{"url": "/hops/3?x=1", "method": "POST", "maxRedirects": int64(3)})
	if err != nil || got["body"] != "GETBearer token" {
		t.Errorf("three redirects give %v, %v", got, err)
	}
	e := failed(t, conn, params{"url": "/hops/3", "maxRedirects": int64(2)})
	if e.Code != codeRedirects || e.Class != connector.ClassInvalid || !strings.Contains(e.Message, "more than 2 redirects") {
		t.Errorf("too many redirects: %s", e)
	}
	got, err = call(t.Context(), t, conn, params{"url": "/hops/3", "maxRedirects": int64(0), "expectStatus": "302"})
	if err != nil || got["status"] != int64(302) || !strings.HasSuffix(got["headers"].(params)["location"].(string), "/hops/2") {
		t.Errorf("a redirect as the answer: %v, %v", got, err)
	}
	if _, err = call(t.Context(), t, conn, params{"url": "/away", "method": "POST", "headers": params{"X-Own": "1"}}); err != nil {
		t.Fatal(err)
	}
	r, body := seenThere.last(t)
	if r.Method != nethttp.MethodPost || body != "" || r.Header.Get("Idempotency-Key") != "key-1" {
		t.Errorf("the other host gets %s %q, %v", r.Method, body, r.Header)
	}
	for _, name := range []string{"Authorization", "X-Key", "X-Own", "Referer"} {
		if r.Header.Get(name) != "" {
			t.Errorf("the other host gets the header %s", name)
		}
	}
}

// An answer that switches to another protocol, and then stays open, ends the
// request at once: nothing would end the reading of what follows.
func TestSwitchedProtocols(t *testing.T) {
	url, _ := speaker(t, func(conn net.Conn, _ int64) {
		readSome(conn)
		_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"))
		_, _ = io.Copy(io.Discard, conn) // until the other side closes it
	})
	for _, tt := range []struct {
		in      params
		outcome connector.Outcome // empty for a success
	}{
		{params{"url": url}, connector.OutcomeFailed},
		{params{"url": url, "method": "POST"}, connector.OutcomeUnknown},
		{params{"url": url, "expectStatus": "101"}, ""},
	} {
		out, err := call(t.Context(), t, nil, tt.in)
		if tt.outcome == "" {
			if err != nil || out["status"] != int64(101) || out["body"] != nil {
				t.Errorf("%v: %v, %v", tt.in, out, err)
			}
			continue
		}
		var failure *connector.Error
		if !errors.As(err, &failure) || failure.Status != 101 || failure.Outcome != tt.outcome || failure.Requests != 1 {
			t.Errorf("%v: %+v", tt.in, err)
		}
	}
}
