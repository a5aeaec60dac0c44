package http1

import (
	"bufio"
	"context"
	"crypto/tls"
	"math"
	"net"
	"syscall"
	"time"
)

// conn is a connection to a host. It serves one request at a time.
type conn struct {
	host  *host
	net   net.Conn
	quiet idleProbe
	// direct writes what the system takes at once; nothing where it is not a plain
	// connection of TCP.
	direct directWriter
	tls    *tls.ConnectionState // nil without
	in     *bufio.Reader
	left   int64     // how much may still be read
	used   bool      // it has served a request
	brief  bool      // its last answer came at once
	since  time.Time // it is idle
	abort  func()    // ends reading and writing; made once
	bound  bool      // reading and writing end at a time
	names  names     // of its answers
}

func newConn(h *host, c net.Conn, socket syscall.RawConn, state *tls.ConnectionState) *conn {
	made := &conn{host: h, net: c, tls: state}
	size := h.transport.base.ReadBufferSize
	if size <= 0 {
		size = 4 << 10
	}
	made.in = bufio.NewReaderSize((*limited)(made), size)
	made.abort = func() { _ = c.SetDeadline(time.Unix(1, 0)) }
	made.quiet.watch(socket)
	if _, plain := c.(*net.TCPConn); plain {
		made.direct.watch(socket)
	}
	return made
}

// noLimit is what may be read where there is no head.
const noLimit = math.MaxInt64

// limited reads a connection, as far as a head may go.
type limited conn

// Read reads what there is.
func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errHead
	}
	n, err := l.net.Read(p[:min(int64(len(p)), l.left)])
	if l.left != noLimit {
		l.left -= int64(n)
	}
	return n, err //nolint:wrapcheck // as net/http gives it
}

// skipProbeBelow is how short a time a connection is idle that has had no time to end
// meanwhile: looking at it would cost more than it tells. Behind an answer that came in
// several pieces one more may be on its way, which belongs to nobody.
const skipProbeBelow = 50 * time.Microsecond

// isUsable is true for a connection that can serve another request.
func (c *conn) isUsable() bool {
	idle := time.Since(c.since)
	return c.brief && idle < skipProbeBelow || idle < c.host.transport.idleFor() && c.quiet.alive()
}

func (c *conn) close() { _ = c.net.Close() }

// watch has the connection fail when a context ends, or when the time of a request is
// over. What it gives takes the first back, and is false where it is too late.
func (c *conn) watch(ctx context.Context, w *Watch) (stop func() bool) {
	if w.isBound() {
		_ = c.net.SetDeadline(w.until) // where this fails, so does reading
		c.bound = true
	}
	if ctx.Done() == nil {
		return inTime
	}
	return context.AfterFunc(ctx, c.abort)
}

func inTime() bool { return true }
