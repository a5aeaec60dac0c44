package http

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	nethttp "net/http"
	"net/textproto"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/internal/xmlvalue"
)

// content is the body of a request.
type content struct {
	given    bool
	body     []byte
	kind     string // its type, unless headers says otherwise
	encoding string // how it is compressed; empty for not
}

// addTo makes it the body of a request, which is made of m.
func (c content) addTo(req *nethttp.Request, m *made) {
	switch {
	case !c.given:
	case len(c.body) == 0:
		req.Body = nethttp.NoBody
		req.GetBody = func() (io.ReadCloser, error) { return nethttp.NoBody, nil }
	default:
		m.data = c.body
		m.body.Set(c.body)
		req.Body, req.GetBody, req.ContentLength = &m.body, m.again, int64(len(c.body))
	}
}

func (c *content) compress() error {
	if !c.given {
		return errNothingToCompress
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(c.body); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	c.body, c.encoding = out.Bytes(), "gzip"
	return nil
}

// bodyParameters are the parameters that make a body, of which a request takes
// one.
var bodyParameters = []string{"body", "form", "multipart", "xml"}

func (in *requestIn) content() (content, error) {
	var given []string
	for i, is := range []bool{in.Body != nil, in.Form != nil, in.Multipart != nil, in.XML != nil} {
		if is {
			given = append(given, bodyParameters[i])
		}
	}
	switch {
	case len(given) > 1:
		return content{}, fmt.Errorf("give %s, not both", strings.Join(given[:2], " or "))
	case in.Form != nil:
		form, err := values("form", in.Form)
		if err != nil {
			return content{}, err
		}
		return content{true, []byte(form.Encode()), "application/x-www-form-urlencoded", ""}, nil
	case in.Multipart != nil:
		return multipartContent(in.Multipart)
	case in.XML != nil:
		return xmlContent(in.XML)
	case in.Body != nil:
		return contentOf(in.Body, "body")
	default:
		return content{}, nil
	}
}

// contentOf returns a value as it is sent.
func contentOf(sent any, what string) (content, error) {
	if p, ok := sent.(*value.Payload); ok && !p.IsJSONDocument() {
		sent = p.Value()
	}
	switch v := sent.(type) {
	case nil:
		return content{}, nil
	case string:
		return content{true, []byte(v), "text/plain; charset=utf-8", ""}, nil
	case []byte:
		return content{true, v, "application/octet-stream", ""}, nil
	default:
		text, err := value.EncodePayload(v)
		if err != nil {
			return content{}, fmt.Errorf("%s: %w", what, err)
		}
		return content{true, text, "application/json", ""}, nil
	}
}

// mostXML bounds the memory of a document, in bytes.
const mostXML = 256 << 20

var errLargeXML = errors.New("the document takes more memory than 256 MiB")

// xmlSpender returns what counts the memory of a document.
func xmlSpender() func(int) error {
	left := mostXML
	return func(n int) error {
		if left -= n; left < 0 {
			return errLargeXML
		}
		return nil
	}
}

func xmlContent(v map[string]any) (content, error) {
	plain, _ := value.Plain(v).(map[string]any)
	text, err := xmlvalue.Encode(plain, xmlSpender())
	if err != nil {
		return content{}, fmt.Errorf("xml: %w", err)
	}
	const declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	return content{true, []byte(declaration + text), "application/xml", ""}, nil
}

type partIn struct {
	Name        string `param:"name,required" doc:"Name of the field."`
	Content     any    `param:"content,required,file" doc:"Text and bytes are sent as they are, anything else as JSON; {file: path} sends a file."`
	Filename    string `param:"filename" doc:"Name of the file that the field holds."`
	ContentType string `param:"contentType" doc:"Type of the content; it follows from the content unless given."`
}

// multipartContent returns the body of a form with files in it (RFC 7578).
func multipartContent(parts []partIn) (content, error) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for i, p := range parts {
		if err := p.write(w); err != nil {
			return content{}, inPart(i, err)
		}
	}
	if err := w.Close(); err != nil {
		return content{}, fmt.Errorf("multipart: %w", err)
	}
	return content{true, out.Bytes(), w.FormDataContentType(), ""}, nil
}

var errPartControl = errors.New("a name or a type holds a line break or another control character")

func inPart(i int, err error) error { return fmt.Errorf("multipart[%d]: %w", i, err) }

func (p partIn) write(w *multipart.Writer) error {
	c, err := contentOf(p.Content, "content")
	if err != nil {
		return err
	}
	for _, text := range []string{p.Name, p.Filename, p.ContentType} {
		if !validValue(text) {
			return errPartControl
		}
	}
	head := textproto.MIMEHeader{}
	disposition := `form-data; name="` + quoted(p.Name) + `"`
	if p.Filename != "" {
		disposition += `; filename="` + quoted(p.Filename) + `"`
	}
	head.Set("Content-Disposition", disposition)
	_, isText := p.Content.(string)
	switch {
	case p.ContentType != "":
		head.Set("Content-Type", p.ContentType)
	case !isText || p.Filename != "":
		head.Set("Content-Type", c.kind)
	}
	part, err := w.CreatePart(head)
	if err != nil {
		return err //nolint:wrapcheck // the caller says where
	}
	_, err = part.Write(c.body)
	return err //nolint:wrapcheck // as above
}

// quoted escapes what would end a name, as browsers do.
func quoted(name string) string { return strings.ReplaceAll(name, `"`, "%22") }
