package http1

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// Watch says what has left of the requests that it is given with. The zero Watch is
// for one or more of them, of which nothing has left.
type Watch struct {
	sent     atomic.Bool
	requests atomic.Int64
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
