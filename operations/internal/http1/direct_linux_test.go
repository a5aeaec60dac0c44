package http1

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A body that the system takes only a part of at once arrives whole.
func TestLongBodiesArriveWhole(t *testing.T) {
	for name, size := range map[string]int{"at once": 64 << 10, "in parts": 24 << 20} {
		t.Run(name, func(t *testing.T) {
			body := strings.Repeat("0123456789abcdef", size/16)
			s := listen(t, raw(withLength("well")))
			tr := made(t, &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				c, err := new(net.Dialer).DialContext(ctx, network, address)
				if tcp, ok := c.(*net.TCPConn); ok {
					err = tcp.SetWriteBuffer(64 << 10)
				}
				return c, err
			}})
			for range 2 { // the second on the same connection
				r := request(t, "POST", s.url("/"), "")
				r.Body, r.ContentLength = NewBytes([]byte(body)), int64(len(body))
				if got := mustSend(t, tr, r); got != "well" {
					t.Errorf("the answer is %q", got)
				}
			}
			_, requests := s.seen()
			if len(requests) != 2 {
				t.Fatalf("%d requests", len(requests))
			}
			for _, r := range requests {
				if r.body != body {
					t.Errorf("a body of %d bytes, not the %d that were sent", len(r.body), len(body))
				}
			}
		})
	}
}
