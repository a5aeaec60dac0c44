package http1

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
)

// Bytes is the body of a request that is in memory already. It is sent from
// there.
type Bytes struct {
	data []byte
	read int
}

// NewBytes returns a body. The data must not change until the answer was read.
func NewBytes(data []byte) *Bytes { return &Bytes{data: data} }

// Set makes the body the data, of which nothing was read.
func (b *Bytes) Set(data []byte) { b.data, b.read = data, 0 }

// Read reads the body as any other one is read.
func (b *Bytes) Read(p []byte) (int, error) {
	if b.read == len(b.data) {
		return 0, io.EOF
	}
	n := copy(p, b.data[b.read:])
	b.read += n
	return n, nil
}

// WriteTo writes what was not read.
func (b *Bytes) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(b.data[b.read:])
	b.read += n
	return int64(n), err //nolint:wrapcheck // it is the writer's
}

// Close does nothing.
func (*Bytes) Close() error { return nil }

// mostTogether is the longest body that is sent together with the head of its
// request, and before anything is read. The buffers of a connection have room
// for it, so that this does not wait for a server that has stopped to read.
const mostTogether = 16 << 10

// isPlain is true for a request that is sent here: one whose head says all
// that there is to know of its body, and whose answer is the only one.
func isPlain(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return false
	}
	if r.Close || len(r.TransferEncoding) > 0 || r.Trailer != nil || r.URL.Opaque != "" || r.URL.User != nil {
		return false
	}
	if !hasPlainBody(r) || !isPlainTarget(r) {
		return false
	}
	for name, values := range r.Header {
		if isSpecialHeader(name) || !isName(name) {
			return false
		}
		for _, v := range values {
			if !isValue(v) {
				return false
			}
		}
	}
	return httptrace.ContextClientTrace(r.Context()) == nil
}

func hasPlainBody(r *http.Request) bool {
	if hasNoBody(r) {
		return r.ContentLength == 0
	}
	if r.ContentLength <= mostTogether {
		return r.ContentLength > 0
	}
	b, ok := r.Body.(*Bytes)
	return ok && int64(len(b.data)-b.read) == r.ContentLength
}

func hasNoBody(r *http.Request) bool { return r.Body == nil || r.Body == http.NoBody }

// isPlainTarget is true for a host and a path that are sent as they are.
func isPlainTarget(r *http.Request) bool {
	for i := range len(r.Host) {
		if isOdd(rune(r.Host[i])) {
			return false
		}
	}
	for i := range len(r.URL.RawQuery) {
		if c := r.URL.RawQuery[i]; c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return !r.URL.ForceQuery
}

// isSpecialHeader is true for a header that says how the request is sent.
func isSpecialHeader(name string) bool {
	switch name {
	case "Host", "Content-Length", "Transfer-Encoding", "Trailer", "Connection", "Upgrade", "Expect", "Te", "Keep-Alive",
		"Proxy-Connection", "Idempotency-Key", "X-Idempotency-Key":
		return true
	}
	return false
}

// isName is true for the name of a header.
func isName(name string) bool {
	for i := range len(name) {
		if !isToken(name[i]) {
			return false
		}
	}
	return name != ""
}

// isToken is true for the characters of the names of headers, by RFC 9110.
func isToken(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	switch c {
	case '!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~':
		return true
	}
	return false
}

// isValue is true for the value of a header that is sent as it is.
func isValue(value string) bool {
	if value == "" {
		return true
	}
	return !HoldsControl(value) && !isBlank(value[0]) && !isBlank(value[len(value)-1])
}

// HoldsControl is true for a text with a character that no value of a header has by
// RFC 9110, section 5.5: a control character other than a tab. Each header of each
// request is looked at, so this goes by eight bytes.
func HoldsControl(text string) bool {
	const ones = 0x01010101_01010101
	const tops = 0x80 * ones
	i := 0
	for ; i+8 <= len(text); i += 8 {
		w := text[i : i+8]
		v := uint64(w[0]) | uint64(w[1])<<8 | uint64(w[2])<<16 | uint64(w[3])<<24 |
			uint64(w[4])<<32 | uint64(w[5])<<40 | uint64(w[6])<<48 | uint64(w[7])<<56
		del := v ^ 0x7f*ones
		// A byte below ' ', or one that is DEL, borrows from its top bit.
		if ((v-' '*ones)&^v|(del-ones)&^del)&tops != 0 {
			break
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// asksForGzip reports whether the base would ask for a compressed answer.
func (t *Transport) asksForGzip(r *http.Request) bool {
	return !t.base.DisableCompression && r.Method != http.MethodHead && len(r.Header["Accept-Encoding"]) == 0 && len(r.Header["Range"]) == 0
}

// appendHead writes a request without its body.
func appendHead(to []byte, r *http.Request, gzip bool) []byte {
	to = append(append(to, r.Method...), ' ')
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	to = append(to, path...)
	if r.URL.RawQuery != "" {
		to = append(append(to, '?'), r.URL.RawQuery...)
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	to = appendHeader(append(to, " HTTP/1.1\r\n"...), "Host", host)
	to = appendAgent(to, r.Header)
	if n := r.ContentLength; n > 0 || hasLength(r.Method) {
		to = strconv.AppendInt(append(to, "Content-Length: "...), n, 10)
		to = append(to, "\r\n"...)
	}
	for name, values := range r.Header {
		if name == "User-Agent" {
			continue
		}
		for _, v := range values {
			to = appendHeader(to, name, v)
		}
	}
	if gzip {
		to = appendHeader(to, "Accept-Encoding", "gzip")
	}
	return append(to, "\r\n"...)
}

// hasLength is true for the methods whose requests say that there is no body, as net/http
// has it.
func hasLength(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// appendAgent writes the User-Agent: net/http's own where there is none, and
// nothing for an empty one.
func appendAgent(to []byte, h http.Header) []byte {
	agent := "Go-http-client/1.1"
	if given, ok := h["User-Agent"]; ok {
		if len(given) == 0 || given[0] == "" {
			return to
		}
		agent = given[0]
	}
	return appendHeader(to, "User-Agent", agent)
}

func appendHeader(to []byte, name, value string) []byte {
	to = append(append(to, name...), ": "...)
	return append(append(to, value...), "\r\n"...)
}
