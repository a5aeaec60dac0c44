package http1

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// Watch says what has left of the requests that it is given with. The zero Watch is
// for one or more of them, of which nothing has left.
type Watch struct {
	sent     atomic.Bool
	requests atomic.Int64
	until    time.Time // zero for no bound
	late     error
}

// Bound has requests, and the reading of their answers, end at a time, with an error that
// says so; before they are sent. It is a context with a deadline that costs less: a
// connection knows when to end by itself.
func (w *Watch) Bound(until time.Time, late error) { w.until, w.late = until, late }

// isBound reports whether there is an end.
func (w *Watch) isBound() bool { return w != nil && !w.until.IsZero() }

// within returns a context that ends as requests do.
func (w *Watch) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if !w.isBound() {
		return ctx, nothing
	}
	return context.WithDeadlineCause(ctx, w.until, w.late)
}

// cause says why a request failed: what happened on a connection says little where its
// context had ended, or its time was over.
func (w *Watch) cause(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case w.isBound() && !time.Now().Before(w.until):
		return w.late
	}
	return err
}

// Sent is true where a server may have seen something of a request.
func (w *Watch) Sent() bool { return w.sent.Load() }

// Requests returns how many requests left, those that were sent again included.
func (w *Watch) Requests() int { return int(w.requests.Load()) }

// saw takes down how much of a request was written, of which the head has so many bytes.
func (w *Watch) saw(wrote, head int) {
	if w == nil || wrote == 0 {
		return
	}
	w.sent.Store(true)
	if wrote >= head {
		w.requests.Add(1)
	}
}

// over returns the request as the base is to send it, which tells of it by a trace: a
// connection that is there may have been written to.
func (w *Watch) over(r *http.Request) *http.Request {
	if w == nil {
		return r
	}
	return r.WithContext(w.context(r.Context()))
}

func (w *Watch) context(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { w.sent.Store(true) },
		WroteHeaders: func() { w.requests.Add(1) },
	})
}
