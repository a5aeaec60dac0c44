package http1

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// answer is a response with what reads its body.
type answer struct {
	response http.Response
	rest     bodyReader
}

var errHead = errors.New("the head of the response is too long")

// mostHead is how long the head of a response may be, as net/http has it.
func (t *Transport) mostHead() int64 {
	if n := t.base.MaxResponseHeaderBytes; n > 0 {
		return n
	}
	return 10 << 20
}

// answer reads the head of an answer.
func (c *conn) answer(x *exchange) (*answer, error) {
	c.left = c.host.transport.mostHead()
	if _, err := c.in.Peek(1); err != nil {
		return nil, err //nolint:wrapcheck // as net/http gives it
	}
	x.began = true
	a := &answer{}
	a.rest.conn = c
	if x.request.Method == http.MethodHead || !c.readPlain(a) {
		if err := c.readAny(x, a); err != nil {
			return nil, fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", err) // the words that people know
		}
	}
	c.left = noLimit
	c.brief = a.rest.in == nil && a.rest.left <= int64(c.in.Buffered())
	a.response.Request, a.response.TLS = x.request, c.tls
	return a, nil
}

// readAny has net/http read the head.
func (c *conn) readAny(x *exchange, a *answer) error {
	resp, err := http.ReadResponse(c.in, x.request) //nolint:bodyclose // who reads it closes it
	for err == nil && resp.StatusCode >= 100 && resp.StatusCode <= 199 && resp.StatusCode != http.StatusSwitchingProtocols {
		resp, err = http.ReadResponse(c.in, x.request) //nolint:bodyclose // as above
	}
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case err != nil:
		return err //nolint:wrapcheck // the caller does
	case resp.StatusCode == http.StatusSwitchingProtocols && !c.host.transport.like.Switching:
		return errSwitches
	case resp.StatusCode == http.StatusSwitchingProtocols:
		a.response, a.rest.last = *resp, true
		a.response.Body = http.NoBody
		return nil
	}
	a.response = *resp
	a.rest.last = resp.Close
	if resp.Body == http.NoBody || resp.ContentLength == 0 {
		return nil
	}
	a.rest.in = resp.Body
	a.response.Body = &a.rest
	if x.gzip && strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		a.response.Body = &unzipped{from: &a.rest}
		a.response.Header.Del("Content-Encoding")
		a.response.Header.Del("Content-Length")
		a.response.ContentLength, a.response.Uncompressed = -1, true
	}
	return nil
}

// unzipped decompresses a body that nobody but the transport asked to be
// compressed.
type unzipped struct {
	from io.ReadCloser
	zip  *gzip.Reader
	err  error
}

// Read reads what was compressed.
func (u *unzipped) Read(p []byte) (int, error) {
	if u.zip == nil && u.err == nil {
		u.zip, u.err = gzip.NewReader(u.from)
	}
	if u.err != nil {
		return 0, u.err
	}
	return u.zip.Read(p) //nolint:wrapcheck // as net/http gives it
}

// Close closes the body.
func (u *unzipped) Close() error { return u.from.Close() } //nolint:wrapcheck // it has none

// readPlain reads a head as nearly all servers write it, that is there as a
// whole: HTTP/1.1 with one Content-Length. Where it is not ok, nothing was read.
func (c *conn) readPlain(a *answer) bool {
	buffered, _ := c.in.Peek(c.in.Buffered())
	end := bytes.Index(buffered, []byte("\r\n\r\n"))
	if end < 0 {
		return false
	}
	line, fields, _ := strings.Cut(string(buffered[:end+2]), "\r\n")
	if !a.takeStatus(line) || !a.takeFields(fields) {
		return false
	}
	_, _ = c.in.Discard(end + 4)
	a.response.Body = http.NoBody
	if a.response.ContentLength > 0 {
		a.rest.left = a.response.ContentLength
		a.response.Body = &a.rest
	}
	return true
}

// takeStatus reads "HTTP/1.1 200 OK". Statuses without a body are left to
// net/http.
func (a *answer) takeStatus(line string) bool {
	const version = "HTTP/1.1 "
	if len(line) < len(version)+4 || line[:len(version)] != version || line[len(version)+3] != ' ' || !isText(line) {
		return false
	}
	status := line[len(version):]
	code, err := strconv.ParseUint(status[:3], 10, 16)
	if err != nil || code < 200 || code == http.StatusNoContent || code == http.StatusNotModified {
		return false
	}
	r := &a.response
	r.Status, r.StatusCode, r.Proto, r.ProtoMajor, r.ProtoMinor = status, int(code), version[:len(version)-1], 1, 1
	return true
}

// isText is true for text without control characters.
func isText(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// takeFields reads the fields of a head, each with its end of line.
func (a *answer) takeFields(fields string) bool {
	n := strings.Count(fields, "\r\n")
	a.response.Header = make(http.Header, n)
	values := make([]string, 0, n)
	length := ""
	for fields != "" {
		name, value, next, ok := field(fields)
		if !ok || changesBody(name, value) {
			return false
		}
		fields = fields[next:]
		if before, again := a.response.Header[name]; again {
			a.response.Header[name] = append(before, value)
			if name == "Content-Length" {
				return false
			}
			continue
		}
		if name == "Content-Length" {
			length = value
		}
		values = append(values, value)
		a.response.Header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	var err error
	a.response.ContentLength, err = strconv.ParseInt(length, 10, 64)
	return err == nil && a.response.ContentLength >= 0 && length[0] != '+' && length[0] != '-'
}

// field reads the first of some fields, and gives where the next begins.
func field(fields string) (name, value string, next int, ok bool) {
	colon := strings.IndexByte(fields, ':')
	if colon <= 0 || !isName(fields[:colon]) {
		return "", "", 0, false
	}
	end := colon + 1
	for fields[end] >= ' ' && fields[end] != 0x7f || fields[end] == '\t' {
		end++ // there is an end of line behind each
	}
	if fields[end] != '\r' || fields[end+1] != '\n' {
		return "", "", 0, false
	}
	name = textproto.CanonicalMIMEHeaderKey(fields[:colon])
	return name, strings.Trim(fields[colon+1:end], " \t"), end + 2, true
}

// changesBody is true for fields that say how the body is to be read.
func changesBody(name, value string) bool {
	switch name {
	case "Transfer-Encoding", "Trailer", "Content-Encoding", "Upgrade":
		return true
	case "Connection":
		return !strings.EqualFold(value, "keep-alive")
	}
	return false
}
