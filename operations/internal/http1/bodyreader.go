package http1

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// bodyReader is the body of an answer, as far as it was not read. The connection is
// free for others when its end was read.
type bodyReader struct {
	answer  *answer // that it is the body of
	conn    *conn
	ctx     context.Context //nolint:containedctx // of the request
	watch   *Watch          // nil for none
	stop    func() bool     // of the watch over the context
	release func()          // of the context
	wrote   <-chan error    // of a body that is sent beside; nil for none
	last    bool            // the server closes the connection

	left  int64         // how much is to be read, where in is nil
	in    io.ReadCloser // reads a body of another form
	ended atomic.Bool
	eof   atomic.Bool
}

func (b *bodyReader) isEmpty() bool { return b.in == nil && b.left == 0 }

// Read reads the body.
func (b *bodyReader) Read(p []byte) (int, error) {
	switch {
	case b.eof.Load():
		return 0, io.EOF
	case b.ended.Load():
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := b.read(p)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		b.eof.Store(true)
		b.end(true)
		return n, io.EOF
	}
	closed := b.ended.Load()
	err = b.watch.cause(b.ctx, err)
	b.end(false)
	if closed {
		return n, http.ErrBodyReadAfterClose
	}
	return n, err
}

func (b *bodyReader) read(p []byte) (int, error) {
	if b.in != nil {
		return b.in.Read(p) //nolint:wrapcheck // as net/http gives it
	}
	n, err := b.conn.in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	switch {
	case b.left == 0:
		return n, io.EOF
	case errors.Is(err, io.EOF):
		return n, io.ErrUnexpectedEOF
	}
	return n, err //nolint:wrapcheck // as net/http gives it
}

// Close ends reading. A connection whose answer was not read to its end is
// closed.
func (b *bodyReader) Close() error {
	b.end(false)
	return nil
}

// end gives the connection back, where it can serve others, or closes it.
func (b *bodyReader) end(whole bool) {
	if !b.ended.CompareAndSwap(false, true) {
		return
	}
	c := b.conn
	whole = b.stop() && whole && !b.last && c.in.Buffered() == 0
	b.release()
	if b.wrote != nil {
		select {
		case err := <-b.wrote:
			whole = whole && err == nil
		default:
			whole = false
			c.close()
			<-b.wrote //nolint:errcheck // it ends with the connection
		}
	}
	if whole && c.bound {
		c.bound = false
		whole = c.net.SetDeadline(time.Time{}) == nil
	}
	if whole {
		c.host.put(c)
	} else {
		c.close()
	}
	c.host.leave()
}
