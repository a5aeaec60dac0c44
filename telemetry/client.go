package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/internal/reach"
	"github.com/medlar-flow/medlar/internal/retryafter"
	"github.com/medlar-flow/medlar/telemetry/internal/otlp"
)

// client sends requests to one endpoint.
type client struct {
	endpoint *Endpoint
	http     http.Client
	timeout  time.Duration
}

func newClient(e *Endpoint) *client {
	transport := &http.Transport{
		DialContext: dial, Proxy: http.ProxyFromEnvironment, TLSClientConfig: e.TLS, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: sendTime, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10,
	}
	c := &client{endpoint: e, timeout: positive(e.Timeout, sendTime)}
	c.http = http.Client{
		Transport: transport,
		// The headers of an endpoint go nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// dial opens a connection to a collector.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: sendTime, KeepAlive: 30 * time.Second}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err //nolint:wrapcheck // the client of HTTP says more
	}
	return &conn{Conn: c}, nil
}

// conn is a connection that keeps the memory by which bodies are sent: net/http makes
// 32 KB for each.
type conn struct {
	net.Conn

	room []byte
}

// ReadFrom sends what is read.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	if c.room == nil {
		c.room = make([]byte, 32<<10)
	}
	// Neither of them is to know of a better way.
	return io.CopyBuffer(struct{ io.Writer }{c.Conn}, struct{ io.Reader }{r}, c.room) //nolint:wrapcheck // net/http's own
}

func (c *client) close() { c.http.CloseIdleConnections() }

// refusal is the answer of a collector that did not take a request.
type refusal struct {
	status int
	after  time.Duration // when it may be sent again; 0 where nothing is said
}

// Error names the status.
func (e *refusal) Error() string { return fmt.Sprintf("the collector answers %d", e.status) }

// again reports whether a request may be sent again, as OTLP says.
func (e *refusal) again() bool {
	switch e.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

// sending is a request whose body is read by the transport, maybe more than once, and
// maybe still when the answer has come.
type sending struct {
	body    []byte
	readers atomic.Int32
	read    atomic.Bool // to the end
}

// open returns a reader of the body.
func (s *sending) open() (io.ReadCloser, error) {
	s.readers.Add(1)
	return &reading{sending: s, rest: s.body}, nil
}

// free reports whether nobody reads the body any more.
func (s *sending) free() bool { return s.readers.Load() == 1 && s.read.Load() }

// reading reads a body, and nobody else gets hold of that.
type reading struct {
	*sending
	rest []byte
}

// Read copies what comes next.
func (r *reading) Read(to []byte) (int, error) {
	if len(r.rest) == 0 {
		r.read.Store(true)
		return 0, io.EOF
	}
	n := copy(to, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Close does nothing.
func (r *reading) Close() error { return nil }

// post sends a request once, and returns how many of it were not taken. No error
// holds a header or a credential of the URL.
func (c *client) post(ctx context.Context, form otlp.Form, body *sending) (rejected int, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint.URL, nil)
	if err != nil {
		return 0, errors.New("the URL of the collector cannot be used")
	}
	req.Body, _ = body.open()
	req.GetBody, req.ContentLength = body.open, int64(len(body.body))
	req.Header.Set("User-Agent", "medlar")
	for name, values := range c.endpoint.Headers {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	req.Header.Set("Content-Type", form.ContentType())
	if c.endpoint.Gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, fmt.Errorf("the collector at %s cannot be reached: %w", req.URL.Host, reach.Failure(err))
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode/100 != 2 {
		after := retryafter.Of(resp.Header, time.Now())
		return 0, &refusal{status: resp.StatusCode, after: after}
	}
	if err != nil {
		return 0, nil // it took the request
	}
	return int(form.Rejected(answer)), nil
}

// How often a request is sent again: with pauses of 1 s, doubling, each up to half
// shorter, for a minute at most.
const (
	firstPause = time.Second
	mostPause  = 30 * time.Second
	sendFor    = time.Minute
)

// deliver sends a request until it is taken, or it takes too long. free reports whether
// nobody reads it any more.
func (q *queue) deliver(request []byte) (rejected int, free bool, err error) {
	body := &sending{body: request}
	if q.client.endpoint.Gzip {
		body.body = zipped(request)
	}
	until := time.Now().Add(sendFor)
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		ctx, done := q.context()
		rejected, err = q.client.post(ctx, q.form, body)
		done()
		var refused *refusal
		if err == nil || errors.As(err, &refused) && !refused.again() {
			return rejected, err == nil && body.free(), err
		}
		wait := pause - rand.N(pause/2)
		if refused != nil && refused.after > 0 {
			wait = refused.after
		}
		if time.Now().Add(wait).After(until) || !q.wait(wait, refused != nil) {
			return 0, false, err
		}
	}
}

// context returns that of a request: at the end of the queue what end was given.
func (q *queue) context() (context.Context, func()) {
	select {
	case <-q.quit:
		return q.final, func() {}
	default:
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() { // the end bounds a request that is under way, too
		defer close(stopped)
		select {
		case <-ctx.Done():
			return
		case <-q.quit:
		}
		select {
		case <-ctx.Done():
		case <-q.final.Done():
			cancel()
		}
	}()
	return ctx, func() { cancel(); <-stopped }
}

// wait waits before a request is sent again, and reports whether it is to be. At the
// end it is for a collector that answered, as long as that is allowed, and not for one
// that did not.
func (q *queue) wait(d time.Duration, answered bool) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-q.quit:
	}
	deadline, bounded := q.final.Deadline()
	if !answered || bounded && time.Now().Add(d).After(deadline) {
		return false
	}
	select {
	case <-timer.C:
		return true
	case <-q.final.Done():
		return false
	}
}

// zipped compresses a request.
func zipped(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
