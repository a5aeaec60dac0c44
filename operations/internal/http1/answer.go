package http1

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// answer is a response with what reads its body.
type answer struct {
	response http.Response
	rest     bodyReader
	values   []string // of the header
}

// mostFields is how many fields a header may have that is kept.
const mostFields = 64

// Recycle takes back a response that this package made and whose body was read to its
// end: it serves another request. Texts of its header stay as they are. It is false for
// other responses, which it leaves alone; nobody else may have what it takes.
func Recycle(resp *http.Response) bool {
	b, ok := resp.Body.(*bodyReader)
	if !ok || b.in != nil || !b.eof.Load() || &b.answer.response != resp || len(resp.Header) > mostFields {
		return false
	}
	a, answers := b.answer, &b.conn.host.transport.answers
	header, values := resp.Header, a.values
	clear(header)
	clear(values)
	*a = answer{values: values[:0]}
	a.response.Header = header
	answers.Put(a)
	return true
}

// newAnswer returns one that nobody has.
func (t *Transport) newAnswer() *answer {
	if a, ok := t.answers.Get().(*answer); ok {
		return a
	}
	return &answer{}
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
	a := c.host.transport.newAnswer()
	a.rest.conn, a.rest.answer = c, a
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
	if !a.takeStatus(line) || !a.takeFields(fields, &c.names) {
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
func (a *answer) takeFields(fields string, names *names) bool {
	n := strings.Count(fields, "\r\n")
	if a.response.Header == nil {
		a.response.Header = make(http.Header, n)
	}
	values := slices.Grow(a.values[:0], n)
	a.values = values[:n]
	length := ""
	for i := 0; fields != ""; i++ {
		name, value, next, ok := names.field(fields, i)
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

// names are the names of the fields in the latest head of a connection: a server mostly
// sends the same ones again.
type names []fieldName

// fieldName is a name as it came, and as the header has it.
type fieldName struct{ came, name string }

// of returns the name of field i as the header has it. It is not ok for what is no name.
func (n *names) of(came string, i int) (name string, ok bool) {
	if i < len(*n) && (*n)[i].came == came {
		return (*n)[i].name, true
	}
	if !isName(came) {
		return "", false
	}
	name = textproto.CanonicalMIMEHeaderKey(came)
	known := fieldName{strings.Clone(came), strings.Clone(name)} // they are parts of a head
	switch {
	case i < len(*n):
		(*n)[i] = known
	case i < mostFields:
		*n = append(*n, known)
	}
	return name, true
}

// field reads the first of some fields, which is field i of its head, and gives where the
// next begins.
func (n *names) field(fields string, i int) (name, value string, next int, ok bool) {
	colon := strings.IndexByte(fields, ':')
	if colon <= 0 {
		return "", "", 0, false
	}
	if name, ok = n.of(fields[:colon], i); !ok {
		return "", "", 0, false
	}
	end := colon + 1
	for fields[end] >= ' ' && fields[end] != 0x7f || fields[end] == '\t' {
		end++ // there is an end of line behind each
	}
	if fields[end] != '\r' || fields[end+1] != '\n' {
		return "", "", 0, false
	}
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
