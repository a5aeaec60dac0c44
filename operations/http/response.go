package http

import (
	"errors"
	"fmt"
	"mime"
	nethttp "net/http"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/internal/xmlvalue"
)

// answer returns an expected response as the result of the step.
func (x *exchange) answer(resp *nethttp.Response, body []byte) (responseOut, error) {
	out := responseOut{Status: resp.StatusCode, Headers: make(map[string]string, len(resp.Header)), Cookies: resp.Header.Values("Set-Cookie")}
	if out.Cookies == nil {
		out.Cookies = []string{}
	}
	for name, values := range resp.Header {
		out.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	var err error
	if out.Body, err = decodeAs(x.in.ReadAs, resp.Header.Get("Content-Type"), body); err != nil {
		return responseOut{}, &connector.Error{
			Code: codeAnswer, Class: connector.ClassUnavailable, Status: resp.StatusCode, RequestID: requestID(resp), Outcome: x.unknown(),
			Message: fmt.Sprintf("%s: %s: %v", x.place(resp), unreadable(x.in.ReadAs, err), err), Err: err,
		}
	}
	return out, nil
}

// unreadable says what an answer was to be and is not.
func unreadable(as string, err error) string {
	if errors.Is(err, value.ErrDigits) {
		return "the answer cannot be read"
	}
	switch as {
	case "json":
		return "the answer is no JSON, as readAs says"
	case "xml":
		return "the answer is no XML, as readAs says"
	default:
		return "the answer is no JSON, as its Content-Type says"
	}
}

// decodeAs returns a body as the step wants it.
func decodeAs(as, contentType string, body []byte) (any, error) {
	if len(body) == 0 {
		return nil, nil
	}
	switch as {
	case "json":
		return value.DecodeJSON(body)
	case "xml":
		return decodeXML(body)
	case "text":
		_, params, _ := mime.ParseMediaType(contentType)
		return text(params["charset"], body), nil
	case "bytes":
		return body, nil
	default:
		return decode(contentType, body)
	}
}

func decodeXML(body []byte) (any, error) {
	v, err := xmlvalue.Decode(string(body), nil, xmlSpender())
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says where
	}
	return v, nil
}

// decode returns a body as its type says: JSON as its value, text as text.
func decode(contentType string, body []byte) (any, error) {
	if len(body) == 0 {
		return nil, nil
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return body, nil
	}
	switch {
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		return value.DecodeJSON(body)
	case strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+xml") || textual.Get()[kind]:
		return text(params["charset"], body), nil
	default:
		return body, nil
	}
}

// textual are types that are text, and are not named so.
var textual = late.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"application/xml": true, "application/x-www-form-urlencoded": true, "application/javascript": true, "application/yaml": true,
		"application/graphql": true, "application/sql": true, "application/toml": true, "application/x-ndjson": true,
	}
}}

// text returns a body as text, or as the bytes that it is where its characters
// are not known.
func text(charset string, body []byte) any {
	switch strings.ToLower(charset) {
	case "iso-8859-1", "latin1":
		runes := make([]rune, len(body))
		for i, b := range body {
			runes[i] = rune(b)
		}
		return string(runes)
	case "", "utf-8", "utf8", "us-ascii":
		if utf8.Valid(body) {
			return string(body)
		}
	}
	return body
}

// requestID is the service's own name for the request, where it gives one.
func requestID(resp *nethttp.Response) string {
	for _, name := range []string{"X-Request-Id", "X-Amzn-Requestid", "Request-Id", "X-Correlation-Id"} {
		if id := resp.Header.Get(name); id != "" {
			return id
		}
	}
	return ""
}
