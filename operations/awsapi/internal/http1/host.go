package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/semaphore"
)

// host is where requests go, with the connections to it.
type host struct {
	place
	name, address string // for certificates, and to dial
	transport     *Transport
	useBase       atomic.Bool         // the base sends the requests
	places        *semaphore.Weighted // for requests at the same time; nil for any number
	end           func()              // ends connections that are idle for too long

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
func (h *host) get(ctx context.Context) (*conn, error) {
	for {
		c := h.take()
		if c == nil {
			return h.open(ctx)
		}
		if c.isUsable() {
			c.used = true
			return c, nil
		}
		c.close()
	}
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
		h.timer = time.AfterFunc(h.transport.idleFor(), h.end)
	}
	return true
}

// expire closes connections that were idle for too long, and comes again while
// there are others.
func (h *host) expire() {
	h.mu.Lock()
	limit := h.transport.idleFor()
	old := 0
	for old < len(h.idle) && time.Since(h.idle[old].since) >= limit {
		old++
	}
	ended := slices.Clone(h.idle[:old])
	h.idle = slices.Delete(h.idle, 0, old)
	h.transport.idle.Add(-int64(old))
	h.timer = nil
	if len(h.idle) > 0 {
		h.timer = time.AfterFunc(limit-time.Since(h.idle[0].since), h.end)
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

// errElsewhere is no error of a request: the base is to send it.
var errElsewhere = errors.New("http1: the server speaks another protocol")

// open makes a connection.
func (h *host) open(ctx context.Context) (*conn, error) {
	plain, err := h.transport.dial(ctx, "tcp", h.address)
	if err != nil {
		return nil, err //nolint:wrapcheck // as net/http gives it
	}
	raw, ok := plain.(syscall.Conn)
	if !ok {
		_ = plain.Close()
		return nil, errElsewhere
	}
	socket, err := raw.SyscallConn()
	if err != nil {
		_ = plain.Close()
		return nil, err //nolint:wrapcheck // it has no more to tell
	}
	if h.scheme != "https" {
		return newConn(h, plain, socket, nil), nil
	}
	secure, err := h.secure(ctx, plain)
	if err != nil {
		_ = plain.Close()
		return nil, err
	}
	state := secure.ConnectionState()
	if p := state.NegotiatedProtocol; p != "" && p != http11 {
		_ = secure.Close()
		return nil, errElsewhere
	}
	return newConn(h, secure, socket, &state), nil
}

// secure speaks TLS over a connection.
func (h *host) secure(ctx context.Context, plain net.Conn) (*tls.Conn, error) {
	config := &tls.Config{}
	if given := h.transport.base.TLSClientConfig; given != nil {
		config = given.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = h.name
	}
	config.NextProtos = []string{http11}
	if d := h.transport.base.TLSHandshakeTimeout; d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, d, handshakeTimeout{})
		defer cancel()
	}
	secure := tls.Client(plain, config)
	err := secure.HandshakeContext(ctx)
	var untrusted *tls.CertificateVerificationError
	switch {
	case err == nil:
		return secure, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx) //nolint:wrapcheck // as net/http gives it
	case errors.As(err, &untrusted):
		return nil, err //nolint:wrapcheck // as net/http gives it
	}
	return nil, errElsewhere // it may speak HTTP/2 alone
}

// handshakeTimeout is the error of a server that does not answer in time while
// TLS is set up.
type handshakeTimeout struct{}

// Error says what happened.
func (handshakeTimeout) Error() string { return "TLS handshake timeout" }

// Timeout is true.
func (handshakeTimeout) Timeout() bool { return true }

// Temporary is true: another try may succeed.
func (handshakeTimeout) Temporary() bool { return true }

var _ net.Error = handshakeTimeout{}
