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

// answer returns an expected response as the result of the step, as responseOut describes
// it.
func (x *exchange) answer(resp *nethttp.Response, body []byte) (map[string]any, error) {
	decoded, err := decodeAs(x.in.ReadAs, first(resp.Header, "Content-Type"), body)
	if err != nil {
		return nil, &connector.Error{
			Code: codeAnswer, Class: connector.ClassUnavailable, Status: resp.StatusCode, RequestID: requestID(resp), Outcome: x.unknown(),
			Message: fmt.Sprintf("%s: %s: %v", x.place(resp), unreadable(x.in.ReadAs, err), err), Err: err,
		}
	}
	headers := make(map[string]any, len(resp.Header))
	for name, values := range resp.Header {
		headers[lower(name)] = strings.Join(values, ", ")
	}
	cookies := []any{}
	for _, cookie := range resp.Header["Set-Cookie"] {
		cookies = append(cookies, cookie)
	}
	return map[string]any{"status": int64(resp.StatusCode), "headers": headers, "setCookies": cookies, "body": decoded}, nil
}

// lower returns a name in lower case. Those of nearly every answer need no new text.
func lower(name string) string {
	switch name {
	case "Date":
		return "date"
	case "Content-Type":
		return "content-type"
	case "Content-Length":
		return "content-length"
	case "Connection":
		return "connection"
	case "Server":
		return "server"
	case "Cache-Control":
		return "cache-control"
	case "Vary":
		return "vary"
	case "Etag":
		return "etag"
	case "Accept-Ranges":
		return "accept-ranges"
	case "Access-Control-Allow-Origin":
		return "access-control-allow-origin"
	case "Age":
		return "age"
	case "Alt-Svc":
		return "alt-svc"
	case "Content-Encoding":
		return "content-encoding"
	case "Content-Language":
		return "content-language"
	case "Expires":
		return "expires"
	case "Keep-Alive":
		return "keep-alive"
	case "Last-Modified":
		return "last-modified"
	case "Link":
		return "link"
	case "Location":
		return "location"
	case "Retry-After":
		return "retry-after"
	case "Set-Cookie":
		return "set-cookie"
	case "Strict-Transport-Security":
		return "strict-transport-security"
	case "Transfer-Encoding":
		return "transfer-encoding"
	case "Via":
		return "via"
	case "Www-Authenticate":
		return "www-authenticate"
	case "X-Amzn-Requestid":
		return "x-amzn-requestid"
	case "X-Amz-Executed-Version":
		return "x-amz-executed-version"
	case "X-Content-Type-Options":
		return "x-content-type-options"
	case "X-Frame-Options":
		return "x-frame-options"
	case "X-Request-Id":
		return "x-request-id"
	}
	return strings.ToLower(name)
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
		return value.DecodeLater(body)
	case "xml":
		return decodeXML(body)
	case "text":
		_, params, _ := mime.ParseMediaType(contentType)
		return text(params["charset"], body), nil
	case "bytes":
		return body, nil
	default:
		if isJSON(contentType) {
			return value.DecodeLater(body)
		}
		return decode(contentType, body)
	}
}

// isJSON is true for the types of JSON.
func isJSON(contentType string) bool {
	if contentType == jsonType { // as most servers say it
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && isJSONKind(kind)
}

const jsonType = "application/json"

func isJSONKind(kind string) bool { return kind == jsonType || strings.HasSuffix(kind, "+json") }

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
	case isJSONKind(kind):
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
