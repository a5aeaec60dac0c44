package http1

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A request that is bound ends in time wherever it is, and so does the reading of its
// answer.
func TestBoundRequestsEnd(t *testing.T) {
	late := errors.New("late")
	silent := func(net.Conn, int) bool { return true }
	hang := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for name, tt := range map[string]struct {
		answer reply
		base   *http.Transport
		plain  bool // the base sends it
		before bool // another request has the only connection
	}{
		"no answer":                        {answer: silent, base: &http.Transport{}},
		"half an answer":                   {answer: raw(well[:len(well)-1]), base: &http.Transport{}},
		"an answer in pieces":              {answer: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), base: &http.Transport{}},
		"no connection":                    {answer: silent, base: &http.Transport{DialContext: hang}},
		"a connection that others have":    {answer: silent, base: &http.Transport{MaxConnsPerHost: 1}, before: true},
		"no answer, through the base":      {answer: silent, base: &http.Transport{}, plain: true},
		"half an answer, through the base": {answer: raw(well[:len(well)-1]), base: &http.Transport{}, plain: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := listen(t, tt.answer)
			tr := made(t, tt.base)
			tr.off = tr.off || tt.plain
			if tt.before {
				ctx, end := context.WithCancel(t.Context())
				var other sync.WaitGroup
				other.Go(func() {
					_, _, _ = send(tr, request(t, "GET", s.url("/"), "").WithContext(ctx)) //nolint:bodyclose // there is none
				})
				defer other.Wait()
				defer end()
				soon(t, "sent", func() bool { _, requests := s.seen(); return len(requests) > 0 })
			}
			var w Watch
			w.Bound(time.Now().Add(20*time.Millisecond), late)
			resp, err := tr.Watched(request(t, "POST", s.url("/"), "{}"), &w)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if !errors.Is(err, late) && (!tt.plain || !errors.Is(err, context.DeadlineExceeded)) {
				t.Errorf("the error is %v, want %v", err, late)
			}
		})
	}
}

// A context that ends is the reason where the time is not over.
func TestBoundRequestsEndWithTheirContext(t *testing.T) {
	why := errors.New("stopped")
	s := listen(t, func(net.Conn, int) bool { return true })
	ctx, end := context.WithCancelCause(t.Context())
	var w Watch
	w.Bound(time.Now().Add(time.Hour), errors.New("late"))
	var asked sync.WaitGroup
	asked.Go(func() {
		resp, err := made(t, &http.Transport{}).Watched(request(t, "POST", s.url("/"), "{}").WithContext(ctx), &w)
		if !errors.Is(err, why) {
			t.Errorf("it gives %v and %v, want %v", resp, err, why)
		}
	})
	soon(t, "sent", func() bool { _, requests := s.seen(); return len(requests) > 0 })
	end(why)
	asked.Wait()
}

// timed notes when reading and writing are to end.
type timed struct {
	net.Conn

	mu  sync.Mutex
	set []time.Time
}

// SyscallConn is that of the connection.
func (c *timed) SyscallConn() (syscall.RawConn, error) { return c.Conn.(syscall.Conn).SyscallConn() }

// SetDeadline notes it.
func (c *timed) SetDeadline(t time.Time) error {
	c.mu.Lock()
	c.set = append(c.set, t)
	c.mu.Unlock()
	return c.Conn.SetDeadline(t)
}

// The end of a request is none of the next one over its connection.
func TestBoundsEndWithTheirRequests(t *testing.T) {
	s := listen(t, raw(well))
	var c *timed
	tr := made(t, &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		plain, err := new(net.Dialer).DialContext(ctx, network, address)
		c = &timed{Conn: plain}
		return c, err
	}})
	until := time.Now().Add(time.Hour)
	for range 2 {
		var w Watch
		w.Bound(until, errors.New("late"))
		resp, err := tr.Watched(request(t, "POST", s.url("/"), "{}"), &w)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		mustSend(t, tr, request(t, "POST", s.url("/"), "{}"))
	}
	if conns, _ := s.seen(); conns != 1 {
		t.Errorf("%d connections", conns)
	}
	want := []time.Time{until, {}, until, {}}
	if len(c.set) != len(want) {
		t.Fatalf("reading and writing end at %v, want %v", c.set, want)
	}
	for i, at := range want {
		if !c.set[i].Equal(at) {
			t.Errorf("reading and writing end at %v, want %v", c.set, want)
		}
	}
}
