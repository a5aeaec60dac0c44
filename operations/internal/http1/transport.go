// Package http1 sends requests over HTTP/1.1 in the goroutine that makes them.
// [New] makes its [Transport], [Transport.Watched] says which requests left.
//
// [http.Transport] reads and writes each connection in two goroutines of its
// own, so that it notices whatever a server does at any time. Handing each
// request over to them, and its answer back, costs more than sending and
// reading it. [Transport] sends plain requests without that, over connections
// of its own, and leaves everything else to the http.Transport that it was made
// with: proxies, bodies of unknown length, traces, upgrades, servers that speak
// HTTP/2 alone. It reads plain answers itself and has [http.ReadResponse] read
// all others.
package http1

import (
	"context"
	"crypto/tls"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// mostHosts bounds the hosts with connections of their own. The client of a
// service has one, or a few.
const mostHosts = 64

// Transport is an [http.RoundTripper]. Any number of goroutines may use it.
type Transport struct {
	base *http.Transport
	// off is true where all requests are left to the base: it has settings
	// that are not followed here, or the system has no way to look at an idle
	// connection.
	off  bool
	like Options
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	latest atomic.Pointer[host]
	mu     sync.Mutex
	hosts  map[place]*host
	idle   atomic.Int64 // connections, of all hosts
	heads  heads
}

// Options say what a client that is none of AWS needs. The zero value is for those of AWS.
type Options struct {
	// HTTP2 has servers that speak HTTP/2 over TLS be spoken to so, by the base, if that
	// does. Otherwise they are asked for HTTP/1.1.
	HTTP2 bool
	// Switching gives an answer of 101, without a body. Otherwise it is an error. What
	// follows it is read by nobody in either case.
	Switching bool
}

// Plain returns a transport that leaves all requests to base.
func Plain(base *http.Transport) *Transport {
	t := New(base)
	t.off = true
	return t
}

// NewLike is [New] with options.
func NewLike(base *http.Transport, like Options) *Transport {
	base.CloseIdleConnections() // it makes up its protocols, in settings that are read here
	t := New(base)
	t.like = like
	return t
}

// place is where requests go to.
type place struct{ scheme, authority string }

// New returns a transport with the settings of base, which must not have sent
// anything and must not be changed afterwards.
func New(base *http.Transport) *Transport {
	t := &Transport{
		base: base, dial: base.DialContext, hosts: map[place]*host{},
		off: !looksAtIdle || isSpecial(base),
	}
	if t.dial == nil {
		t.dial = new(net.Dialer).DialContext
	}
	return t
}

// isSpecial is true for settings that change how a host is reached, or that
// leave no place for HTTP/1.1.
func isSpecial(t *http.Transport) bool {
	//nolint:staticcheck // deprecated members count as well
	//lint:ignore SA1019 a transport that has one is left alone
	return t.Dial != nil || t.DialTLS != nil || t.DialTLSContext != nil || t.DisableKeepAlives || t.ResponseHeaderTimeout != 0 ||
		t.Protocols != nil && !t.Protocols.HTTP1() || !offersHTTP1(t.TLSClientConfig)
}

// offersHTTP1 is true for a configuration that HTTP/1.1 can be spoken with. A
// transport that was cloned offers it beside HTTP/2.
func offersHTTP1(c *tls.Config) bool {
	return c == nil || len(c.NextProtos) == 0 || slices.Contains(c.NextProtos, http11)
}

// http11 is the name of HTTP/1.1 in the negotiation of TLS.
const http11 = "http/1.1"

// RoundTrip sends a request and gives the answer, as [http.Transport] does.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) { return t.Watched(r, nil) }

// Watched is RoundTrip of a request that somebody watches; nil for nobody.
func (t *Transport) Watched(r *http.Request, w *Watch) (*http.Response, error) {
	if t.off || r.URL == nil {
		return t.byBase(r, w)
	}
	h := t.hostOf(r)
	if h == nil || h.detour.taken() || !isPlain(r) {
		return t.byBase(r, w)
	}
	return h.roundTrip(r, w)
}

// hostOf returns the host that a request goes to, nil where there are too many.
func (t *Transport) hostOf(r *http.Request) *host {
	to := place{r.URL.Scheme, r.URL.Host}
	if h := t.latest.Load(); h != nil && h.place == to {
		return h
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.hosts[to]
	if h == nil {
		if len(t.hosts) >= mostHosts {
			return nil
		}
		h = newHost(t, to, r)
		t.hosts[to] = h
	}
	t.latest.Store(h)
	return h
}

// newHost finds out once what is the same for all requests to a host.
func newHost(t *Transport, to place, r *http.Request) *host {
	h := &host{place: to, transport: t}
	h.end = h.expire
	var ok bool
	if h.name, h.address, ok = addressOf(to); !ok {
		h.detour.take("the address is an unusual one", 0)
	}
	if t.base.Proxy != nil && ok {
		if proxy, err := t.base.Proxy(r); err != nil || proxy != nil {
			h.detour.take("there is a proxy", 0)
		}
	}
	if n := t.base.MaxConnsPerHost; n > 0 {
		h.places = semaphore.NewWeighted(int64(n))
	}
	return h
}

// CloseIdleConnections closes the connections that serve no request, those of
// the base as well.
func (t *Transport) CloseIdleConnections() {
	t.mu.Lock()
	hosts := slices.Collect(maps.Values(t.hosts))
	t.mu.Unlock()
	for _, h := range hosts {
		h.closeIdle()
	}
	t.base.CloseIdleConnections()
}

// mostIdle returns how many idle connections there may be to one host and to all
// hosts.
func (t *Transport) mostIdle() (one, all int) {
	one, all = t.base.MaxIdleConnsPerHost, t.base.MaxIdleConns
	if one == 0 {
		one = http.DefaultMaxIdleConnsPerHost
	}
	return one, all
}

// forever is when something that may last for ever ends.
const forever = 100 * 365 * 24 * time.Hour

// idleFor returns how long a connection may be idle.
func (t *Transport) idleFor() time.Duration {
	if d := t.base.IdleConnTimeout; d > 0 {
		return d
	}
	return forever
}
