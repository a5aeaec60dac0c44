package lambdasvc

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// urlResponse is what a function gives that decides on status and headers, as
// its answer or as the beginning of a stream.
type urlResponse struct {
	StatusCode json.RawMessage            `json:"statusCode"`
	Headers    map[string]json.RawMessage `json:"headers"`
	Cookies    []string                   `json:"cookies"`
	Body       *string                    `json:"body"`
	IsBase64   bool                       `json:"isBase64Encoded"`
}

// broken is what callers see of a function that failed, or that gave what
// cannot be a response.
func broken(reason string) service.Answer {
	return service.Answer{Status: http.StatusBadGateway, Header: jsonHeader(), Body: []byte("Internal Server Error"), ErrorCode: reason}
}

// whole is the answer at an address to what a function gave at once.
func (a address) whole(c *service.Call, payload []byte, functionError string) service.Answer {
	out, err := responseOf(payload)
	switch {
	case functionError != "":
		out = broken(functionError)
	case err != nil:
		out = broken("InvalidResponse")
	}
	a.config.Cors.allow(c.HTTP, out.Header)
	return out
}

// responseOf reads an answer: an object with a statusCode is the response, and
// anything else its body.
func responseOf(payload []byte) (service.Answer, error) {
	var in urlResponse
	if err := json.Unmarshal(payload, &in); err != nil {
		var fields struct {
			StatusCode json.RawMessage `json:"statusCode"`
		}
		if json.Unmarshal(payload, &fields) == nil && present(fields.StatusCode) {
			return service.Answer{}, err // it means to be a response
		}
	}
	if !present(in.StatusCode) {
		return service.Answer{Status: http.StatusOK, Header: jsonHeader(), Body: payload}, nil
	}
	out, err := in.head("application/json")
	if err != nil || in.Body == nil {
		return out, err
	}
	out.Body = []byte(*in.Body)
	if in.IsBase64 {
		out.Body, err = base64.StdEncoding.DecodeString(*in.Body)
	}
	return out, err
}

func present(value json.RawMessage) bool { return len(value) > 0 && string(value) != "null" }

// ownHeaders are for the connection and not for functions to decide on.
var ownHeaders = late.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"Connection": true, "Content-Length": true, "Keep-Alive": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
	}
}}

// head is the response without its body, of that content type where it has no
// other.
func (in urlResponse) head(contentType string) (service.Answer, error) {
	status, err := strconv.Atoi(strings.Trim(string(in.StatusCode), `"`))
	if err != nil || status < 200 || status > 599 {
		return service.Answer{}, errors.New("the statusCode is none")
	}
	header := http.Header{"Content-Type": {contentType}}
	for name, value := range in.Headers {
		text := string(value)
		if strings.HasPrefix(text, `"`) {
			if err := json.Unmarshal(value, &text); err != nil {
				return service.Answer{}, err
			}
		}
		if strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") {
			return service.Answer{}, errors.New("the header " + name + " is no text")
		}
		if name = http.CanonicalHeaderKey(name); !ownHeaders.Get()[name] && text != "null" {
			header.Set(name, text)
		}
	}
	for _, cookie := range in.Cookies {
		header.Add("Set-Cookie", cookie)
	}
	return service.Answer{Status: status, Header: header}, nil
}

// What a stream begins with that decides on status and headers: JSON, and so
// many zero bytes after it.
const (
	integrationType = "application/vnd.awslambda.http-integration-response"
	preludeLimit    = 1 << 20
	streamType      = "application/octet-stream" // where the function says nothing
)

var preludeEnd = []byte{0, 0, 0, 0, 0, 0, 0, 0}

// urlStream takes what a function streams apart into a head and a body.
type urlStream struct {
	head  chan service.Answer // gets one, when it is known
	told  bool
	begun []byte // of the prelude
	body  *io.PipeWriter
}

// chunk is a part of the stream.
func (s *urlStream) chunk(contentType string, part []byte) error {
	if s.told {
		_, err := s.body.Write(part)
		return err
	}
	if contentType != integrationType {
		header := http.Header{"Content-Type": {cmp.Or(contentType, streamType)}}
		return s.begin(service.Answer{Status: http.StatusOK, Header: header}, part)
	}
	s.begun = append(s.begun, part...)
	text, rest, found := bytes.Cut(s.begun, preludeEnd)
	if !found && len(s.begun) > preludeLimit {
		return s.begin(broken("InvalidResponse"), nil)
	}
	if !found {
		return nil
	}
	s.begun = nil
	var in urlResponse
	if err := json.Unmarshal(text, &in); err != nil {
		return s.begin(broken("InvalidResponse"), nil)
	}
	if !present(in.StatusCode) {
		in.StatusCode = json.RawMessage("200")
	}
	out, err := in.head(streamType)
	if err != nil {
		return s.begin(broken("InvalidResponse"), nil)
	}
	return s.begin(out, rest)
}

// errNoResponse ends a stream that has not begun as a response does.
var errNoResponse = errors.New("the stream does not begin with a response")

func (s *urlStream) begin(head service.Answer, first []byte) error {
	s.told = true
	s.head <- head
	if head.ErrorCode != "" {
		return errNoResponse
	}
	_, err := s.body.Write(first)
	return err
}

// streamed is the answer at an address whose function streams.
func (u urls) streamed(c *service.Call, a address, in invokeInput) (any, error) {
	from, to := io.Pipe()
	s := &urlStream{head: make(chan service.Answer, 1), body: to}
	in.stream = s.chunk
	p, err := u.begin(a.ref, in, c.RequestID)
	if err != nil {
		return nil, err
	}
	failed := make(chan error, 1)
	u.tasks.Start(func() {
		out, err := u.run(p)
		switch {
		case err != nil:
		case out.functionError != "":
			err = errors.New(out.functionError)
		case !out.streamed:
			err = s.chunk("application/json", out.payload)
		}
		switch {
		case err != nil || s.told:
		case len(s.begun) > 0: // the end of the head is missing
			err = s.begin(broken("InvalidResponse"), nil)
		default:
			err = s.chunk("", nil) // a stream of nothing
		}
		if !s.told {
			failed <- err
		}
		_ = to.CloseWithError(err)
	})
	select {
	case head := <-s.head:
		head.Stream = func(w io.Writer) bool { return copyStream(w, from) }
		if head.ErrorCode != "" {
			head.Stream = nil
			_ = from.Close()
		}
		a.config.Cors.allow(c.HTTP, head.Header)
		return head, nil
	case err := <-failed:
		if refused, ok := errors.AsType[*service.APIError](err); ok {
			return nil, refused
		}
		return a.whole(c, nil, err.Error()), nil
	}
}

// copyStream hands on what comes; it gives false where that breaks off.
func copyStream(w io.Writer, from *io.PipeReader) (whole bool) {
	defer from.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if _, gone := w.Write(buf[:n]); gone != nil {
				return false
			}
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
		}
		if err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}
