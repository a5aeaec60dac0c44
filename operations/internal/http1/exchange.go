package http1

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// roundTrip sends a request over a connection to the host.
func (h *host) roundTrip(r *http.Request, w *Watch) (*http.Response, error) {
	ctx, release := contextOf(r)
	resp, err := h.attempt(ctx, release, r, w)
	if err != nil {
		release()
	}
	return resp, err
}

// attempt is roundTrip with the context of the request. Where it succeeds,
// release is called at the end of the answer.
func (h *host) attempt(ctx context.Context, release func(), r *http.Request, w *Watch) (*http.Response, error) {
	if err := h.enter(ctx, w); err != nil {
		closeBody(r)
		return nil, err
	}
	if h.detour.taken() { // meanwhile
		h.leave()
		release()
		return h.transport.byBase(r, w)
	}
	c, err := h.get(ctx, w)
	switch {
	case errors.Is(err, errElsewhere), errors.Is(err, errMaybeElsewhere):
		h.leave()
		release()
		return h.elsewhere(r, w, err)
	case err != nil:
		h.leave()
		closeBody(r)
		return nil, w.cause(ctx, err)
	}
	resp, err := h.exchange(ctx, release, r, w, c)
	closeBody(r)
	if err != nil {
		h.leave()
		return nil, w.cause(ctx, err)
	}
	return resp, nil
}

// contextOf returns the context that ends a request, and what lets go of it.
// An http.Client with a Timeout ends requests by their Cancel where it does not
// know the transport.
func contextOf(r *http.Request) (ctx context.Context, release func()) {
	//nolint:staticcheck // deprecated, and set by net/http itself
	//lint:ignore SA1019 as above
	stop := r.Cancel
	if stop == nil {
		return r.Context(), nothing
	}
	return stoppable(r.Context(), stop)
}

// stoppable returns a context that also ends with stop.
func stoppable(ctx context.Context, stop <-chan struct{}) (context.Context, func()) {
	ctx, end := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-stop:
			end(errCanceled)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { end(nil) }
}

func nothing() {}

var errCanceled = errors.New("net/http: request canceled") // the words that people know

// enter waits until the request may have a connection. Whoever comes in leaves
// when its connection is free for others or closed.
func (h *host) enter(ctx context.Context, w *Watch) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if h.places == nil || h.places.TryAcquire(1) {
		return nil
	}
	ctx, done := w.within(ctx)
	defer done()
	if h.places.Acquire(ctx, 1) != nil {
		return context.Cause(ctx)
	}
	return nil
}

func (h *host) leave() {
	if h.places != nil {
		h.places.Release(1)
	}
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// exchange sends a request and reads the head of its answer. A connection that
// had ended before is made up for by a new one, once.
func (h *host) exchange(ctx context.Context, release func(), r *http.Request, w *Watch, c *conn) (*http.Response, error) {
	buffer := h.transport.heads.get()
	defer h.transport.heads.put(buffer)
	x := &exchange{ctx: ctx, release: release, request: r, watch: w, gzip: h.transport.asksForGzip(r)}
	if err := x.write(h, buffer); err != nil {
		c.close()
		return nil, err
	}
	resp, err := x.over(c)
	if err == nil || !x.mayRepeat(c) {
		return resp, err
	}
	if c, err = h.openWithin(ctx, w); err != nil {
		return nil, err
	}
	return x.over(c)
}

// exchange is a request and its answer.
type exchange struct {
	ctx     context.Context //nolint:containedctx // of the request
	release func()          // lets go of it
	request *http.Request
	watch   *Watch // nil for none
	gzip    bool   // is asked for
	text    []byte // the request, without the body where that is sent beside
	beside  []byte // a long body
	sent    int    // of the text and the long body
	rest    *int   // of them that is sent beside the reading of the answer; nil for nothing
	began   bool   // the answer
}

// write writes what is sent.
func (x *exchange) write(h *host, buffer *[]byte) (err error) {
	x.text = h.appendHead((*buffer)[:0], x.request, x.gzip)
	if !hasNoBody(x.request) {
		err = x.takeBody(int(x.request.ContentLength))
	}
	*buffer = x.text
	return err
}

// takeBody puts a body of n bytes behind the head, or beside it.
func (x *exchange) takeBody(n int) error {
	if b, ok := x.request.Body.(*Bytes); ok {
		data := b.data[b.read:]
		switch {
		case len(data) != n:
			return errLength
		case n > mostTogether:
			x.beside = data
		default:
			x.text = append(x.text, data...)
		}
		return nil
	}
	head := len(x.text)
	x.text = slices.Grow(x.text, n)[:head+n]
	if _, err := io.ReadFull(x.request.Body, x.text[head:]); err != nil {
		return errLength
	}
	if more, _ := x.request.Body.Read(make([]byte, 1)); more > 0 {
		return errLength
	}
	return nil
}

var errLength = errors.New("the body's length is not the Content-Length of the request")

// mayRepeat reports whether the request cannot have been done: nothing of it was
// sent, or it only reads, and the connection had served others before.
func (x *exchange) mayRepeat(c *conn) bool {
	if !c.used || x.began || x.ctx.Err() != nil {
		return false
	}
	return x.sent == 0 || onlyReads(x.request.Method) && (hasNoBody(x.request) || x.request.GetBody != nil)
}

// onlyReads is true for the methods of requests that net/http sends again.
func onlyReads(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// over sends the request over a connection, which it closes where that fails.
func (x *exchange) over(c *conn) (*http.Response, error) {
	stop := c.watch(x.ctx, x.watch)
	wrote, err := x.send(c)
	var a *answer
	if err == nil {
		a, err = c.answer(x)
	}
	if err != nil {
		stop()
		c.close()
		if wrote != nil {
			if failed := <-wrote; failed != nil && !x.began {
				err = failed // the reason, where there is an answer to neither
			}
			x.sent += *x.rest
		}
		x.watch.saw(x.sent, len(x.text))
		return nil, err
	}
	x.watch.saw(len(x.text), len(x.text))
	a.rest.stop, a.rest.release, a.rest.wrote, a.rest.ctx, a.rest.watch = stop, x.release, wrote, x.ctx, x.watch
	if a.rest.isEmpty() {
		a.rest.end(true)
	}
	return &a.response, nil
}

// grace is how long an answer is waited for that the server gave before it
// stopped to read the request.
const grace = 50 * time.Millisecond

// send sends the request. What the system does not take at once of a long body is
// sent while the answer is read, since a server may answer before it has read all.
// What comes of that is sent once to the channel.
func (x *exchange) send(c *conn) (<-chan error, error) {
	if x.beside == nil {
		var err error
		x.sent, err = c.net.Write(x.text)
		return nil, err //nolint:wrapcheck // as net/http gives it
	}
	parts := net.Buffers{x.text, x.beside}
	x.sent = c.direct.write(parts)
	left := x.left()
	if len(left) == 0 {
		return nil, nil
	}
	wrote, rest := make(chan error, 1), new(int)
	x.rest = rest
	go func() {
		n, err := left.WriteTo(c.net)
		*rest = int(n) // whoever wants to know waits for this to end
		if err != nil {
			_ = c.net.SetReadDeadline(time.Now().Add(grace))
		}
		wrote <- err
	}()
	return wrote, nil
}

// left returns what was not sent, of which nobody else has the head.
func (x *exchange) left() net.Buffers {
	if n := x.sent - len(x.text); n >= 0 {
		if n == len(x.beside) {
			return nil
		}
		return net.Buffers{x.beside[n:]}
	}
	return net.Buffers{bytes.Clone(x.text[x.sent:]), x.beside}
}

// heads are buffers that requests are written to.
type heads struct{ pool sync.Pool }

// mostKept is the size of the largest buffer that is kept.
const mostKept = 2 * mostTogether

func (h *heads) get() *[]byte {
	if b, ok := h.pool.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, 0, 2<<10)
	return &b
}

func (h *heads) put(b *[]byte) {
	if cap(*b) <= mostKept {
		h.pool.Put(b)
	}
}
