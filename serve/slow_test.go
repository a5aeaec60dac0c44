package serve_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/serve"
)

// Who sends slowly, or nothing, holds a connection no longer than the server says: by
// the bound of headers, that of the body, and that of idle connections.
func TestSlowClients(t *testing.T) {
	const short, long = 50 * time.Millisecond, time.Hour
	const good = `{"id": "o-1", "amount": 3}`
	headers := "POST /pay/c-1 HTTP/1.1\r\nHost: flow.test\r\n" + bearer + "\r\nContent-Length: 26\r\n"
	for _, c := range []struct {
		name               string
		header, read, idle time.Duration
		sent               string
		want               []int // the statuses of the answers until the end of the connection
	}{
		{"nothing", short, long, long, "", nil},
		{"half a line", short, long, long, "POST /pay", nil},
		{"headers without an end", short, long, long, headers + "X-A: ", nil},
		{"a body that does not come", long, short, long, headers + "\r\n", []int{408}},
		{"half a body", long, short, long, headers + "\r\n" + good[:10], []int{408}},
		{"the time of the headers is not that of the body", short, long, long, headers + "\r\n" + good + "GET /-/healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /", []int{200, 200}},
		{"idle after an answer", long, long, short, headers + "\r\n" + good, []int{200}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := &bank{}
			l := guarded(t, b, func(s *serve.Config) { s.HeaderTime, s.ReadTime, s.IdleTime = c.header, c.read, c.idle })
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(time.Minute))
			if _, err := io.WriteString(conn, c.sent); err != nil {
				t.Fatal(err)
			}
			answers := bufio.NewReader(conn)
			for _, want := range c.want {
				res, err := http.ReadResponse(answers, nil)
				if err != nil {
					t.Fatalf("no answer, want %d: %v", want, err)
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				if res.StatusCode != want {
					t.Errorf("answered with %d, want %d", res.StatusCode, want)
				}
			}
			rest, err := io.ReadAll(answers)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the connection stays open after %q", rest)
			}
		})
	}
}
