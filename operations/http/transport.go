package http

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"net"
	nethttp "net/http"
	"time"

	"github.com/medlar-flow/medlar/operations/internal/http1"
	"github.com/medlar-flow/medlar/operations/internal/shared"
)

// idleTimeout is how long a connection is kept that no request uses: less than the 5 s
// after which servers such as Node's close theirs, since a request that meets that is
// lost, and nobody knows whether it was done.
const idleTimeout = 4 * time.Second

// transports are what settings share that reach servers in the same way, whoever they
// speak for.
type transports struct {
	pool shared.Pool[transportKey, *http1.Transport]
}

func newTransports() *transports {
	return &transports{shared.Pool[transportKey, *http1.Transport]{End: (*http1.Transport).CloseIdleConnections}}
}

// transportKey is what makes connections to servers distinct. Who a request is from is
// said by each.
type transportKey struct {
	sandboxed bool
	most      int64
	tls       [sha256.Size]byte // of certificates and keys; zero for none
}

// of returns the transport for a connection, and what ends its use.
func (t *transports) of(in connectionIn, sandboxed bool) (*http1.Transport, func(), error) {
	key := transportKey{sandboxed, in.MaxConnections, in.tlsSum()}
	entry, err := t.pool.Acquire(key, func() (*http1.Transport, error) {
		settings := transportSettings(sandboxed, int(in.MaxConnections))
		if err := in.setTLS(settings.TLSClientConfig); err != nil {
			return nil, err
		}
		return http1.NewLike(settings, http1.Options{HTTP2: true, Switching: true}), nil
	})
	if err != nil {
		return nil, nil, err
	}
	return entry.Value, func() { t.pool.Release(key, entry) }, nil
}

// tlsSum stands for the certificates and keys of a connection.
func (in connectionIn) tlsSum() (sum [sha256.Size]byte) {
	if in.CACertificates == nil && in.ClientCertificate == nil && in.ClientKey == nil {
		return sum
	}
	h := sha256.New()
	for _, part := range [][]byte{in.CACertificates, in.ClientCertificate, in.ClientKey} {
		size := int64(len(part))
		if part == nil {
			size = -1 // an empty file is not as good as none
		}
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(size))) //nolint:gosec // it tells lengths apart
		_, _ = h.Write(part)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// transportSettings are those of net/http, which the transport follows, and which sends
// what the transport does not: through proxies, and by HTTP/2.
func transportSettings(sandboxed bool, most int) *nethttp.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	t := &nethttp.Transport{
		Proxy: nethttp.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
		MaxConnsPerHost: most, MaxIdleConnsPerHost: most, IdleConnTimeout: idleTimeout,
		TLSHandshakeTimeout: handshakeTimeout, ExpectContinueTimeout: time.Second, MaxResponseHeaderBytes: maxHeaderBytes,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if sandboxed {
		t.Proxy = nil
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if !isLoopback(address) {
				return nil, errOutside
			}
			return dialer.DialContext(ctx, network, address)
		}
	}
	return t
}
