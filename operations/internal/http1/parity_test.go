package http1

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.String()
}

func withLength(body string, fields ...string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s", len(body), strings.Join(append(fields, ""), "\r\n"), body)
}

// answers are what a server may say.
func answers() map[string]reply {
	return map[string]reply{
		"well":                         raw(well),
		"well and closed":              last(well),
		"fields":                       raw(withLength("body", "x-amzn-requestid: id", "X-Two: a", "x-two: b", "Empty:", "Spaces:  \t a b \t ", "Date: Mon")),
		"a long body":                  raw(withLength(strings.Repeat("long", 50_000))),
		"a long head":                  raw(withLength("body", "X-Long: "+strings.Repeat("x", 20_000))),
		"a head without end":           last("HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: b\r\n", 20_000)),
		"no reason":                    raw("HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na"),
		"an empty reason":              raw("HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\na"),
		"another status":               raw("HTTP/1.1 418 I'm a teapot\r\nContent-Length: 1\r\n\r\na"),
		"no content":                   raw("HTTP/1.1 204 No Content\r\n\r\n"),
		"no content, with a length":    raw("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"),
		"not modified":                 raw("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"),
		"an empty body":                raw("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"),
		"chunked":                      raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
		"chunked, with a trailer":      raw("HTTP/1.1 200 OK\r\nTrailer: X-End\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-End: yes\r\n\r\n"),
		"half a chunk":                 last("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n30\r\nabc"),
		"chunked and a length":         raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
		"to the end of the connection": last("HTTP/1.1 200 OK\r\n\r\nall of it"),
		"HTTP/1.0":                     last("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
		"HTTP/1.0, kept":               raw("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc"),
		"HTTP/3.7":                     last("HTTP/3.7 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
		"closing":                      raw(withLength("body", "Connection: close")),
		"kept":                         raw(withLength("body", "Connection: Keep-Alive", "Keep-Alive: timeout=5")),
		"continue first":               raw("HTTP/1.1 100 Continue\r\n\r\n" + well),
		"hints first":                  raw("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + well),
		"compressed":                   raw(withLength(zipped("text"), "Content-Encoding: gzip")),
		"compressed, not wholly":       raw(withLength(zipped("text")[:20], "Content-Encoding: gzip")),
		"not really compressed":        raw(withLength("text", "Content-Encoding: gzip")),
		"otherwise compressed":         raw(withLength("text", "Content-Encoding: br")),
		"a length twice":               raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}"),
		"two lengths":                  last("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
		"a signed length":              last("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}"),
		"a negative length":            last("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}"),
		"no number":                    last("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}"),
		"more than promised":           last("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}more"),
		"less than promised":           last("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}"),
		"bare line feeds":              raw("HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"),
		"a folded field":               raw("HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 2\r\n\r\n{}"),
		"a space in a name":            last("HTTP/1.1 200 OK\r\nX A: a\r\nContent-Length: 2\r\n\r\n{}"),
		"a space behind a name":        last("HTTP/1.1 200 OK\r\nX-A : a\r\nContent-Length: 2\r\n\r\n{}"),
		"a field without a name":       last("HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 2\r\n\r\n{}"),
		"a field without a colon":      last("HTTP/1.1 200 OK\r\nfield\r\nContent-Length: 2\r\n\r\n{}"),
		"a zero byte":                  last("HTTP/1.1 200 OK\r\nX-A: a\x00b\r\nContent-Length: 2\r\n\r\n{}"),
		"beyond ASCII":                 raw("HTTP/1.1 200 OK\r\nX-A: gr\u00fc\u00dfe \xff\r\nContent-Length: 2\r\n\r\n{}"),
		"no HTTP":                      last("hello\r\n\r\n"),
		"a status of two digits":       last("HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\n{}"),
		"a status of no digits":        last("HTTP/1.1 two OK\r\nContent-Length: 2\r\n\r\n{}"),
		"a signed status":              last("HTTP/1.1 +20 OK\r\nContent-Length: 2\r\n\r\n{}"),
		"nothing":                      last(""),
		"half a head":                  last("HTTP/1.1 200 OK\r\nX-A"),
		"another protocol":             last("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
	}
}

// outcome is what a caller sees of an answer.
type outcome struct {
	Status, Proto, Body, Error string
	Code, Major, Minor         int
	Length                     int64
	Header, Trailer            http.Header
	Close, Unzipped            bool
	Encoding                   []string
	Conns, Requests            int
}

// kindOf tells errors apart by what callers look at.
func kindOf(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "unexpected end"
	case errors.Is(err, io.EOF):
		return "end"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "deadline"
	}
	return "other"
}

func outcomeOf(t *testing.T, tr http.RoundTripper, answer reply, method, body string) outcome {
	t.Helper()
	s := listen(t, answer)
	var o outcome
	for range 2 { // what the first leaves behind shows in the second
		time.Sleep(20 * time.Millisecond) // whether the other side has closed is no chance then
		resp, text, err := send(tr, request(t, method, s.url("/a"), body))
		o.Error = kindOf(err)
		if err != nil && resp == nil {
			continue
		}
		o.Status, o.Proto, o.Code, o.Major, o.Minor = resp.Status, resp.Proto, resp.StatusCode, resp.ProtoMajor, resp.ProtoMinor
		o.Length, o.Header, o.Trailer, o.Close, o.Unzipped = resp.ContentLength, resp.Header, resp.Trailer, resp.Close, resp.Uncompressed
		o.Body, o.Encoding = text, resp.TransferEncoding
	}
	var requests []*received
	o.Conns, requests = s.seen()
	o.Requests = len(requests)
	return o
}

// Whatever a server answers, callers and servers see what they see of net/http.
func TestAnswersAreNetHTTPs(t *testing.T) {
	for name, answer := range answers() {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				if name == "another protocol" {
					t.Skip("a request that asks for none gets an error here, not a connection")
				}
				body := map[string]string{http.MethodPost: `{"n":1}`}[method]
				base := &http.Transport{}
				defer base.CloseIdleConnections()
				want := outcomeOf(t, base, answer, method, body)
				got := outcomeOf(t, made(t, &http.Transport{}), answer, method, body)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-net/http +http1):\n%s", diff)
				}
			})
		}
	}
}

func TestAnotherProtocolIsAnError(t *testing.T) {
	s := listen(t, answers()["another protocol"])
	if _, _, err := send(made(t, &http.Transport{}), request(t, "GET", s.url("/"), "")); err == nil {
		t.Error("no error")
	}
}

// Servers get what they get of net/http.
func TestRequestsAreNetHTTPs(t *testing.T) {
	for name, make := range map[string]func(url string) *http.Request{
		"get":              func(url string) *http.Request { return request(t, "GET", url+"/a/b", "") },
		"no path":          func(url string) *http.Request { return request(t, "GET", url, "") },
		"query":            func(url string) *http.Request { return request(t, "GET", url+"/a?b=c&d=%2F+e", "") },
		"query, no path":   func(url string) *http.Request { return request(t, "GET", url+"?b=c", "") },
		"an empty query":   func(url string) *http.Request { return request(t, "GET", url+"/a?", "") },
		"a fragment":       func(url string) *http.Request { return request(t, "GET", url+"/a#b", "") },
		"escaped":          func(url string) *http.Request { return request(t, "GET", url+"/a%2Fb%20c/%C3%BC:1", "") },
		"post":             func(url string) *http.Request { return request(t, "POST", url+"/a", `{"a":1}`) },
		"post of nothing":  func(url string) *http.Request { return request(t, "POST", url+"/a", "") },
		"put of nothing":   func(url string) *http.Request { return request(t, "PUT", url+"/a", "") },
		"patch of nothing": func(url string) *http.Request { return request(t, "PATCH", url+"/a", "") },
		"delete":           func(url string) *http.Request { return request(t, "DELETE", url+"/a", "") },
		"delete a body":    func(url string) *http.Request { return request(t, "DELETE", url+"/a", "body") },
		"get with a body":  func(url string) *http.Request { return request(t, "GET", url+"/a", "body") },
		"head":             func(url string) *http.Request { return request(t, "HEAD", url+"/a", "") },
		"options":          func(url string) *http.Request { return request(t, "OPTIONS", url+"/a", "") },
		"options, a body":  func(url string) *http.Request { return request(t, "OPTIONS", url+"/a", "body") },
		"a long body":      func(url string) *http.Request { return request(t, "POST", url+"/a", strings.Repeat("long", 20_000)) },
		"headers": func(url string) *http.Request {
			return request(t, "GET", url, "", "X-A", "a", "X-A", "b", "X-Empty", "")
		},
		"spaces around": func(url string) *http.Request { return request(t, "GET", url, "", "X-A", " a ") },
		"odd case": func(url string) *http.Request {
			r := request(t, "GET", url, "")
			r.Header["x-odd_case"] = []string{"a"}
			return r
		},
		"agent":     func(url string) *http.Request { return request(t, "GET", url, "", "User-Agent", "me/1") },
		"no agent":  func(url string) *http.Request { return request(t, "GET", url, "", "User-Agent", "") },
		"encodings": func(url string) *http.Request { return request(t, "GET", url, "", "Accept-Encoding", "identity") },
		"range":     func(url string) *http.Request { return request(t, "GET", url, "", "Range", "bytes=0-1") },
		"closing": func(url string) *http.Request {
			r := request(t, "GET", url, "")
			r.Close = true
			return r
		},
		"another host": func(url string) *http.Request {
			r := request(t, "GET", url, "")
			r.Host = "other.example:1"
			return r
		},
		"a length in a header": func(url string) *http.Request { return request(t, "POST", url, "{}", "Content-Length", "99") },
		"expects":              func(url string) *http.Request { return request(t, "POST", url, "{}", "Expect", "nothing") },
		"of unknown length": func(url string) *http.Request {
			r := request(t, "POST", url, "{}")
			r.ContentLength = -1
			return r
		},
		"bytes": func(url string) *http.Request {
			r := request(t, "POST", url, "{}")
			r.Body = NewBytes([]byte("[]"))
			return r
		},
		"many bytes": func(url string) *http.Request {
			r := request(t, "POST", url, "")
			data := bytes.Repeat([]byte("many"), 100_000)
			r.Body, r.ContentLength = NewBytes(data), int64(len(data))
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got [2]*received
			base := &http.Transport{}
			defer base.CloseIdleConnections()
			for i, tr := range []http.RoundTripper{base, made(t, &http.Transport{})} {
				s := listen(t, raw(well))
				if _, _, err := send(tr, make(s.url(""))); err != nil {
					t.Fatal(err)
				}
				_, requests := s.seen()
				got[i] = requests[0]
				got[i].Host = strings.ReplaceAll(got[i].Host, s.Addr().String(), "host")
			}
			for _, member := range []struct {
				name      string
				want, got any
			}{
				{"method", got[0].Method, got[1].Method},
				{"target", got[0].RequestURI, got[1].RequestURI},
				{"host", got[0].Host, got[1].Host},
				{"header", got[0].Header, got[1].Header},
				{"body", got[0].body, got[1].body},
				{"length", got[0].ContentLength, got[1].ContentLength},
				{"encoding", got[0].TransferEncoding, got[1].TransferEncoding},
				{"close", got[0].Close, got[1].Close},
			} {
				if diff := cmp.Diff(member.want, member.got); diff != "" {
					t.Errorf("%s (-net/http +http1):\n%s", member.name, diff)
				}
			}
		})
	}
}

// A head that is read here is read as net/http reads it.
func FuzzReadPlain(f *testing.F) {
	for _, text := range []string{
		well, withLength("body", "x-amzn-requestid: id", "X-Two: a", "x-two: b", "Empty:", "Spaces:  \t a b \t "),
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 00002\r\n\r\n{}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := &conn{in: bufio.NewReader(bytes.NewReader(text))}
		_, _ = c.in.Peek(1)
		a := &answer{}
		if !c.readPlain(a) {
			if n := c.in.Buffered(); n != min(len(text), c.in.Size()) {
				t.Fatalf("%d bytes left of %d", n, len(text))
			}
			return
		}
		want, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), nil)
		if err != nil {
			t.Fatalf("net/http says %v of %q", err, text)
		}
		body := func(r *http.Response, from io.Reader) string {
			b, _ := io.ReadAll(io.LimitReader(from, r.ContentLength))
			return string(b)
		}
		got := &a.response
		if diff := cmp.Diff(
			[]any{want.Status, want.StatusCode, want.Proto, want.ProtoMajor, want.ProtoMinor, want.Header, want.ContentLength, want.Close, body(want, want.Body)},
			[]any{got.Status, got.StatusCode, got.Proto, got.ProtoMajor, got.ProtoMinor, got.Header, got.ContentLength, got.Close, body(got, c.in)},
		); diff != "" {
			t.Errorf("%q (-net/http +http1):\n%s", text, diff)
		}
	})
}
