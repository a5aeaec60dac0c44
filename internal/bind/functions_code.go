package bind

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/value"
)

// codeFunctions turn values into text and back: JSON, base64, hashes.
func codeFunctions() []*function {
	text := signatures((func(string) string)(nil))
	bytesOrText := signatures((func(string) string)(nil), (func([]byte) string)(nil))
	toJSON := func(_ *frame, args []any) (any, error) { return encodeJSON(args[0]) }
	return []*function{
		{name: "json", nulls: true, types: signatures((func(any) string)(nil)), framed: true, call: toJSON},
		{name: "toJSON", nulls: true, types: signatures((func(any) string)(nil)), framed: true, call: toJSON},
		{name: "fromJSON", types: signatures((func(string) any)(nil), (func([]byte) any)(nil)), framed: true, call: fromJSON},
		{name: "base64", types: bytesOrText, framed: true, call: onBytes(base64.StdEncoding.EncodeToString)},
		{name: "toBase64", types: bytesOrText, framed: true, call: onBytes(base64.StdEncoding.EncodeToString)},
		{name: "unbase64", types: text, framed: true, call: unbase64},
		{name: "fromBase64", types: text, framed: true, call: unbase64},
		{name: "urlencode", types: text, framed: true, call: onText(urlEncode)},
		{name: "sha256", types: bytesOrText, framed: true, call: onBytes(hexSHA256)},
		{name: "hmac", types: signatures((func(string, string) string)(nil)), framed: true, call: hexHMAC},
		{
			name: "fromCSV", types: signatures((func(string) []any)(nil), (func(string, string) []any)(nil), (func(string, string, []any) []any)(nil)),
			inspect: textsAre("fromCSV", 2), result: csvRows, framed: true, call: fromCSV,
		},
		{
			name:    "toCSV",
			types:   signatures((func([]any) string)(nil), (func([]any, string) string)(nil), (func([]any, string, []any) string)(nil)),
			inspect: ofRows, framed: true, call: toCSV,
		},
		{
			name: "fromXML", inspect: textsAre("fromXML", 1), types: signatures((func(string) map[string]any)(nil), (func(string, []any) map[string]any)(nil)),
			framed: true, call: fromXML,
		},
		{name: "toXML", types: signatures((func(map[string]any) string)(nil)), framed: true, call: toXML},
	}
}

func bytesOf(v any) ([]byte, error) {
	switch x := v.(type) {
	case string:
		return []byte(x), nil
	case []byte:
		return x, nil
	}
	return nil, wrongType("string", v)
}

func onBytes(fn func([]byte) string) func(*frame, []any) (any, error) {
	return func(_ *frame, args []any) (any, error) {
		b, err := bytesOf(args[0])
		if err != nil {
			return nil, err
		}
		return fn(b), nil
	}
}

func encodeJSON(v any) (string, error) {
	out, err := value.AppendJSONWithin(nil, v, maxProduced)
	switch {
	case errors.Is(err, value.ErrLong):
		return "", errTooMuch
	case err != nil:
		return "", errors.New("the value has no JSON form")
	}
	return string(out), nil
}

func fromJSON(_ *frame, args []any) (any, error) {
	b, err := bytesOf(args[0])
	if err != nil {
		return nil, err
	}
	v, err := value.DecodeJSON(b)
	switch {
	case errors.Is(err, value.ErrDigits):
		return nil, value.ErrDigits
	case err != nil:
		return nil, errors.New("the text is not JSON") // the decoder's words may quote it
	}
	return v, nil
}

func unbase64(_ *frame, args []any) (any, error) {
	s, err := textOf(args[0])
	if err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(s)
	switch {
	case err != nil:
		return nil, errors.New("the text is not base64")
	case !utf8.Valid(b):
		return nil, errors.New("what is encoded is not text")
	}
	return string(b), nil
}

// urlEncode writes spaces as %20, which holds in paths and in queries.
func urlEncode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func hexHMAC(_ *frame, args []any) (any, error) {
	t, err := texts(args, 2)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(t[0]))
	mac.Write([]byte(t[1]))
	return hex.EncodeToString(mac.Sum(nil)), nil
}
