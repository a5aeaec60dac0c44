package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"syscall"
)

// These are no errors of a request: the base is to send it.
var (
	// errElsewhere is of a server that cannot be spoken to here at all.
	errElsewhere = errors.New("http1: the server speaks another protocol")
	// errMaybeElsewhere is of a server that broke off before anything was sent,
	// by chance or because it speaks HTTP/2 alone and says nothing of it.
	errMaybeElsewhere = errors.New("http1: the server broke off while TLS was set up")
)

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
		h.handOver(secure, p)
		return nil, errElsewhere
	}
	return newConn(h, secure, socket, &state), nil
}

// handOver gives the base a connection to a server that speaks another protocol, and
// the requests that follow. The base closes one that it does not need.
func (h *host) handOver(secure *tls.Conn, protocol string) {
	next := h.transport.base.TLSNextProto[protocol]
	if !h.transport.like.HTTP2 || next == nil {
		_ = secure.Close()
		return
	}
	next(h.address, secure)
	h.detour.take("the server speaks HTTP/2", 0)
}

// noProtocol is the alert of a server that speaks none of the protocols that it
// was offered (RFC 7301). Package tls has no type for an alert that came.
const noProtocol = tls.AlertError(120)

func isNoProtocol(err error) bool {
	var came *net.OpError
	return errors.As(err, &came) && came.Op == "remote error" && came.Err.Error() == noProtocol.Error()
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
	if !h.transport.like.HTTP2 || len(config.NextProtos) == 0 {
		config.NextProtos = []string{http11}
	}
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
	case h.transport.like.HTTP2:
		return nil, err //nolint:wrapcheck // the base would offer the same and get the same
	case isNoProtocol(err):
		return nil, errElsewhere
	}
	return nil, errMaybeElsewhere
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
