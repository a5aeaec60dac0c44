package http1

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// detour says whether the base sends the requests to a host, and why.
type detour struct{ taking atomic.Pointer[turn] }

type turn struct {
	why   string
	until time.Time // zero for ever
}

// take has the base send the requests, for ever where d is 0.
func (d *detour) take(why string, during time.Duration) {
	t := &turn{why: why}
	if during > 0 {
		t.until = time.Now().Add(during)
	}
	d.taking.Store(t)
}

func (d *detour) taken() bool { return d.why() != "" }

// why says why the base sends the requests; empty where it does not.
func (d *detour) why() string {
	t := d.taking.Load()
	if t == nil || !t.until.IsZero() && time.Now().After(t.until) {
		return ""
	}
	return t.why
}

// Detour says why net/http sends the requests to the host that was used last;
// empty where the transport sends them itself.
func (t *Transport) Detour() string {
	if t.off {
		return "the transport leaves them to it"
	}
	if h := t.latest.Load(); h != nil {
		return h.detour.why()
	}
	return ""
}

// restAfterBreak is how long a host is left to the base that broke off while TLS
// was set up and then spoke HTTP/2 to the base: it may speak nothing else. One
// that did so by chance comes back.
const restAfterBreak = time.Minute

// elsewhere has the base send a request that could not be sent here, and those
// that follow where the server speaks to the base alone.
func (h *host) elsewhere(r *http.Request, w *Watch, why error) (*http.Response, error) {
	resp, err := h.transport.byBase(r, w)
	switch {
	case err != nil, h.detour.taken():
	case errors.Is(why, errElsewhere):
		h.detour.take("the server refuses HTTP/1.1", 0)
	case resp.ProtoMajor > 1:
		h.detour.take("the server broke off while TLS was set up", restAfterBreak)
	}
	return resp, err
}

// byBase has the base send a request. It has an answer that nobody asked for,
// and that goes on for as long as the server likes, end here: nothing else ends
// the reading of it.
func (t *Transport) byBase(r *http.Request, w *Watch) (*http.Response, error) {
	ctx, done := w.within(r.Context())
	sent := r
	if w.isBound() {
		sent = r.WithContext(ctx)
	}
	resp, err := t.base.RoundTrip(w.over(WithoutWriteTo(sent)))
	if err != nil {
		defer done()
		if w.isBound() {
			err = w.cause(ctx, err)
		}
		return nil, err //nolint:wrapcheck // it stands in for the base
	}
	resp.Request = r
	if w.isBound() {
		resp.Body = &boundBody{resp.Body, done}
	}
	if resp.StatusCode == http.StatusSwitchingProtocols && r.Header.Get("Upgrade") == "" {
		_ = resp.Body.Close()
		if !t.like.Switching {
			return nil, errSwitches
		}
		resp.Body = http.NoBody
	}
	return resp, nil
}

// boundBody lets go of what ends the reading of a body, where it is closed.
type boundBody struct {
	io.ReadCloser
	done func()
}

// Close ends reading.
func (b *boundBody) Close() error {
	defer b.done()
	return b.ReadCloser.Close() //nolint:wrapcheck // it is the base's
}

// WithoutWriteTo gives net/http a body that can only be read. The SDK (smithy-go
// 1.28.8) closes a request's body when the head of the answer is there; one that is
// asked for its end through WriteTo then gives io.EOF as an error, for which
// net/http closes the connection under the answer. Read gives an end.
func WithoutWriteTo(r *http.Request) *http.Request {
	if _, ok := r.Body.(io.WriterTo); !ok || r.Body == http.NoBody {
		return r
	}
	readable := *r
	readable.Body = struct{ io.ReadCloser }{r.Body}
	return &readable
}

var errSwitches = errors.New("the server switches to a protocol that nobody asked for")
