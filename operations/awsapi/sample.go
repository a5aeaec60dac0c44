package awsapi

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/internal/http1"
)

// sampling keeps the first bytes of answers that may not be the service's own,
// such as a proxy's page: the SDK drops what it cannot read.
type sampling struct{ next http.RoundTripper }

// RoundTrip sends a request. What the signature put into its headers was checked by
// nobody before.
func (s sampling) RoundTrip(r *http.Request) (*http.Response, error) {
	if !http1.Checked(r) {
		if err := oddHeader(r.Header); err != nil {
			return nil, err
		}
	}
	if call := callOf(r.Context()); call != nil && call.trace[0] != "" {
		// No signature is about it, and the request is of a client of ours, which has
		// made it for this attempt alone: it needs no copy.
		r.Header[headerTrace] = call.trace[:1:1]
	}
	resp, err := s.next.RoundTrip(r)
	if err != nil || resp == nil || resp.Body == nil || !isForeign(resp) {
		return resp, err //nolint:wrapcheck // it stands in for the transport
	}
	resp.Body = &sample{ReadCloser: resp.Body}
	if isPage(resp) && !takesAnything(r.Context()) {
		return nil, pageError(resp)
	}
	return resp, nil
}

// headerTrace says where a call stands in a trace.
const headerTrace = "X-Amzn-Trace-Id"

// isPage reports whether a success is a page for people, as a proxy answers with
// that wants somebody to sign in, and not the service's: that sends a header of its
// own with each answer.
func isPage(resp *http.Response) bool {
	if resp.StatusCode >= http.StatusMultipleChoices {
		return false // that has a form of its own
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	for name := range resp.Header {
		if strings.HasPrefix(name, "X-Amz") {
			return false
		}
	}
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// pageError is the failure of a call that was answered with a page.
func pageError(resp *http.Response) error {
	_ = resp.Body.Close() // which keeps its first bytes
	message, details := foreign(&smithyhttp.Response{Response: resp})
	return &connector.Error{
		Code: codeAnswer, Class: connector.ClassUnavailable, Outcome: connector.OutcomeUnknown, Status: resp.StatusCode,
		Message: message, Details: details,
	}
}

// CloseIdleConnections closes those of the transport.
func (s sampling) CloseIdleConnections() {
	if c, ok := s.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// isForeign reports whether an answer may be another's than the service's.
func isForeign(resp *http.Response) bool {
	if resp.StatusCode >= http.StatusMultipleChoices {
		return true
	}
	kinds := resp.Header["Content-Type"]
	return len(kinds) > 0 && (strings.HasPrefix(kinds[0], "text/") || strings.HasPrefix(kinds[0], "application/xhtml"))
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
