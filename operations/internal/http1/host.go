package http1

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// host is where requests go, with the connections to it.
type host struct {
	place
	name, address string // for certificates, and to dial
	transport     *Transport
	detour        detour              // whether the base sends the requests
	places        *semaphore.Weighted // for requests at the same time; nil for any number
	end           func()              // ends connections that are idle for too long
	path          atomic.Pointer[sentPath]

	mu      sync.Mutex
	idle    []*conn // the most recently used one last
	closing bool    // connections are closed that become idle
	timer   *time.Timer
}

// addressOf returns what to dial. It is not ok for a place that takes more than
// that to understand.
func addressOf(to place) (name, address string, ok bool) {
	port := map[string]string{"http": "80", "https": "443"}[to.scheme]
	if port == "" || to.authority == "" || strings.ContainsFunc(to.authority, isOdd) {
		return "", "", false
	}
	if name, given, err := net.SplitHostPort(to.authority); err == nil {
		if given != "" {
			port = given
		}
		return name, net.JoinHostPort(name, port), name != ""
	}
	name = strings.TrimSuffix(strings.TrimPrefix(to.authority, "["), "]")
	return name, net.JoinHostPort(name, port), name != ""
}

// isOdd is true for what stands in no plain name or number of a host.
func isOdd(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune("%@/?#\\", c) }

// get returns a connection, of the idle ones or a new one.
func (h *host) get(ctx context.Context, w *Watch) (*conn, error) {
	for {
		c := h.take()
		if c == nil {
			return h.openWithin(ctx, w)
		}
		if c.isUsable() {
			c.used = true
			return c, nil
		}
		c.close()
	}
}

// openWithin is open within the time that a request has.
func (h *host) openWithin(ctx context.Context, w *Watch) (*conn, error) {
	ctx, done := w.within(ctx)
	defer done()
	c, err := h.open(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return c, err
}

// take returns the idle connection that was used last, nil for none.
func (h *host) take() *conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closing = false
	n := len(h.idle)
	if n == 0 {
		return nil
	}
	c := h.idle[n-1]
	h.idle[n-1] = nil
	h.idle = h.idle[:n-1]
	h.transport.idle.Add(-1)
	return c
}

// put takes back a connection that can serve another request.
func (h *host) put(c *conn) {
	if !h.keep(c) {
		c.close()
	}
}

func (h *host) keep(c *conn) bool {
	one, all := h.transport.mostIdle()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing || one < 0 || len(h.idle) >= one {
		return false
	}
	if n := h.transport.idle.Add(1); all > 0 && n > int64(all) {
		h.transport.idle.Add(-1)
		return false
	}
	c.since = time.Now()
	h.idle = append(h.idle, c)
	if h.timer == nil {
		h.timer = time.AfterFunc(h.nextLook(), h.end)
	}
	return true
}

// lookEvery is how often idle connections are looked at. Nobody reads them, so
// one that the server has closed is found, and closed here, only so.
const lookEvery = 2 * time.Second

// nextLook returns when to look at the idle connections, of which there is one.
func (h *host) nextLook() time.Duration {
	return min(lookEvery, h.transport.idleFor()-time.Since(h.idle[0].since))
}

// expire closes connections that were idle for too long or that the server has
// closed, and comes again while there are others.
func (h *host) expire() {
	h.mu.Lock()
	limit := h.transport.idleFor()
	var ended []*conn
	h.idle = slices.DeleteFunc(h.idle, func(c *conn) bool {
		over := time.Since(c.since) >= limit || !c.quiet.alive()
		if over {
			ended = append(ended, c)
		}
		return over
	})
	h.transport.idle.Add(-int64(len(ended)))
	h.timer = nil
	if len(h.idle) > 0 {
		h.timer = time.AfterFunc(h.nextLook(), h.end)
	}
	h.mu.Unlock()
	for _, c := range ended {
		c.close()
	}
}

// closeIdle closes the idle connections, and those that become idle before the
// next request.
func (h *host) closeIdle() {
	h.mu.Lock()
	ended := h.idle
	h.idle, h.closing = nil, true
	h.transport.idle.Add(-int64(len(ended)))
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
	h.mu.Unlock()
	for _, c := range ended {
		c.close()
	}
}
