package console

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"time"
)

const (
	lookEvery = time.Second
	pingEvery = 15 * time.Second // so that no proxy takes the stream for dead
	writeTime = 30 * time.Second // how long a reader may take for a frame
	// A page is looked at so much less often than it takes to make it.
	restFactor = 20
)

// stream sends the frames that look returns as server-sent events: at once where it is not what
// the reader has, then whenever it has changed. A nil text is no news; ended ends the
// stream, and tells the page so. It looks now and then, less often where that takes long,
// and when news comes; where there may be news, look itself says how often it works.
func (c *Console) stream(w http.ResponseWriter, r *request, look func() (text []byte, ended bool, err error), news func() <-chan struct{}) {
	select {
	case c.streams <- struct{}{}:
		defer func() { <-c.streams }()
	default:
		c.stale(w, r.Request, http.StatusServiceUnavailable, "too many pages are watched at the same time", "Too many pages are watched at the same time: this one is not live. Reload it to try again.")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold it back
	s := &sender{w: w, control: http.NewResponseController(w)}
	if s.send([]byte(": here\n\n")) != nil {
		return
	}
	var last []byte
	sent := time.Now()
	for {
		began := time.Now()
		text, ended, err := look()
		if err != nil {
			return // the page asks again
		}
		wake, rest := news(), c.look
		if wake == nil {
			rest = max(rest, restFactor*time.Since(began))
		}
		switch {
		case len(text) > 0 && !bytes.Equal(text, last):
			last = text
			err = s.send(text)
		case time.Since(sent) < pingEvery:
			text = nil
		default:
			text = ping
			err = s.send(text)
		}
		if err != nil {
			return
		}
		if text != nil {
			sent = time.Now()
		}
		if ended {
			_ = s.send([]byte("event: end\ndata: -\n\n"))
			return
		}
		if !c.pause(r, rest, wake) {
			return
		}
	}
}

var ping = []byte(": ping\n\n")

// pause waits, at most until there is news, and reports whether the stream goes on.
func (c *Console) pause(r *request, d time.Duration, news <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-news:
	case <-r.Context().Done():
		return false
	case <-c.life.Done():
		return false
	}
	// Somebody may have logged out, or have other roles; the page connects again then.
	now, ok := c.sessions.find(r.Request)
	return ok && now.rights() == r.rights()
}

// stale refuses a stream. The script of a page tells nobody of a stream that is refused,
// and so a page is sent the words as a stream of one event, which ends it.
func (c *Console) stale(w http.ResponseWriter, req *http.Request, status int, why, say string) {
	if !strings.Contains(req.Header.Get("Accept"), "text/event-stream") {
		http.Error(w, why, status)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	var out bytes.Buffer
	partial(&out, "stale", "innerHTML", `<div class="problem">`+say+`</div>`)
	_, _ = w.Write(frame(out.Bytes()))
	_, _ = w.Write([]byte("event: end\ndata: -\n\n"))
}

// noNews is for a stream that nothing wakes.
func noNews() <-chan struct{} { return nil }

// frame returns a text as one event.
func frame(text []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.SplitSeq(bytes.TrimRight(text, "\n"), []byte("\n")) {
		out.WriteString("data: ")
		out.Write(bytes.TrimRight(line, "\r"))
		out.WriteByte('\n')
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// sender writes to a reader that may be slow, or gone.
type sender struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (s *sender) send(text []byte) error {
	err := s.control.SetWriteDeadline(time.Now().Add(writeTime))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err //nolint:wrapcheck // it ends the stream
	}
	if _, err := s.w.Write(text); err != nil {
		return err //nolint:wrapcheck // as above
	}
	return s.control.Flush() //nolint:wrapcheck // as above
}
