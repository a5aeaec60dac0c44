package http1

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	goleak.VerifyTestMain(m)
}

// server speaks HTTP as its script says, byte for byte.
type server struct {
	net.Listener

	mu       sync.Mutex
	conns    int
	requests []*received
	open     []net.Conn
	done     sync.WaitGroup
}

// received is a request as it came.
type received struct {
	*http.Request

	body string
	conn int
}

// reply answers a request. The connection is closed where it is false.
type reply func(c net.Conn, n int) bool

// raw answers with a text and goes on.
func raw(text string) reply {
	return func(c net.Conn, _ int) bool {
		_, err := io.WriteString(c, text)
		return err == nil
	}
}

// last answers with a text and closes the connection.
func last(text string) reply {
	return func(c net.Conn, n int) bool { return raw(text)(c, n) && false }
}

const well = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

// listen gives a server that reads whole requests and answers each with reply,
// which is told how many came before.
func listen(t testing.TB, answer reply) *server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Listener: ln}
	t.Cleanup(s.end)
	s.done.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns++
			conn := s.conns
			s.open = append(s.open, c)
			s.mu.Unlock()
			s.done.Go(func() { s.serve(c, conn, answer) })
		}
	})
	return s
}

func (s *server) serve(c net.Conn, conn int, answer reply) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s.mu.Lock()
		n := len(s.requests)
		s.requests = append(s.requests, &received{Request: r, body: string(body), conn: conn})
		s.mu.Unlock()
		if !answer(c, n) {
			return
		}
	}
}

func (s *server) end() {
	_ = s.Close()
	s.closeConns()
	s.done.Wait()
}

func (s *server) closeConns() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		_ = c.Close()
	}
}

func (s *server) url(path string) string { return "http://" + s.Addr().String() + path }

func (s *server) seen() (conns int, requests []*received) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns, s.requests
}

// made returns a transport that ends with the test.
func made(t testing.TB, base *http.Transport) *Transport {
	t.Helper()
	tr := New(base)
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// request makes one.
func request(t testing.TB, method, url, body string, headers ...string) *http.Request {
	t.Helper()
	var from io.Reader
	if body != "" {
		from = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, from)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

// send sends a request and reads the answer.
func send(tr http.RoundTripper, r *http.Request) (*http.Response, string, error) {
	resp, err := tr.RoundTrip(r)
	if err != nil {
		return nil, "", err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	return resp, string(body), err
}

// mustSend sends a request that has to succeed.
func mustSend(t testing.TB, tr http.RoundTripper, r *http.Request) string {
	t.Helper()
	_, body, err := send(tr, r)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// soon waits until something is true.
func soon(t testing.TB, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("not %s in time", what)
		}
	}
}
