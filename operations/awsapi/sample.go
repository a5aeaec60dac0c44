package awsapi

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// sampling keeps the first bytes of answers that may not be the service's own,
// such as a proxy's page: the SDK drops what it cannot read.
type sampling struct{ next http.RoundTripper }

// RoundTrip sends a request.
func (s sampling) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(r)
	if err == nil && resp != nil && resp.Body != nil && isForeign(resp) {
		resp.Body = &sample{ReadCloser: resp.Body}
	}
	return resp, err //nolint:wrapcheck // it stands in for the transport
}

// CloseIdleConnections closes those of the transport.
func (s sampling) CloseIdleConnections() {
	if c, ok := s.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// isForeign reports whether an answer may be another's than the service's.
func isForeign(resp *http.Response) bool {
	return resp.StatusCode >= http.StatusMultipleChoices || strings.HasPrefix(resp.Header.Get("Content-Type"), "text/")
}

// mostSample is how much of an answer is kept to be shown, in bytes.
const mostSample = 200

// sample is a body whose first bytes are kept.
type sample struct {
	io.ReadCloser

	mu    sync.Mutex
	first []byte
	more  bool
}

// Read reads the body.
func (s *sample) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.keep(p[:n])
	return n, err //nolint:wrapcheck // it is the body's
}

// Close keeps the first bytes also of a body that nobody has read.
func (s *sample) Close() error {
	if s.untouched() {
		var buf [mostSample + 1]byte
		n, _ := io.ReadFull(s.ReadCloser, buf[:])
		s.keep(buf[:n])
	}
	return s.ReadCloser.Close() //nolint:wrapcheck // it is the body's
}

func (s *sample) untouched() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first == nil && !s.more
}

func (s *sample) keep(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	room := mostSample - len(s.first)
	s.first = append(s.first, p[:min(len(p), room)]...)
	s.more = s.more || len(p) > room
}

// text returns what was kept.
func (s *sample) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.ToValidUTF8(string(s.first), "\uFFFD")
	if s.more {
		text += "…"
	}
	return text
}

// sampleOf returns the sample of an answer; nil for none.
func sampleOf(resp *smithyhttp.Response) *sample {
	body := resp.Body
	for {
		switch b := body.(type) {
		case *sample:
			return b
		case interface{ Before() io.ReadCloser }:
			body = b.Before()
		default:
			return nil
		}
	}
}

// foreign says of an answer that is not the service's what it is.
func foreign(resp *smithyhttp.Response) (message string, details map[string]any) {
	status := fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	message = "the answer is none of the service's: " + strings.TrimSpace(status)
	details = map[string]any{}
	if kind := resp.Header.Get("Content-Type"); kind != "" {
		if plain, _, err := mime.ParseMediaType(kind); err == nil {
			kind = plain
		}
		message += " with " + kind
		details["contentType"] = kind
	}
	if via := resp.Header.Get("Server"); via != "" && len(via) <= mostSample {
		message += " from " + via
	}
	if s := sampleOf(resp); s != nil && s.text() != "" {
		message += fmt.Sprintf(": %q", s.text())
		details["body"] = s.text()
	}
	return message, details
}
