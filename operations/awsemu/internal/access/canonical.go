package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// signature is the signature that a request must have: version 4, over the
// headers that the client has signed, whichever those are.
func signature(r *http.Request, auth Authorization, secret, hash string) string {
	sum := sha256.Sum256([]byte(canonical(r, auth, hash)))
	scope := auth.date + "/" + auth.Region + "/" + auth.Service + "/aws4_request"
	text := algorithm + "\n" + auth.at + "\n" + scope + "\n" + hex.EncodeToString(sum[:])
	key := []byte("AWS4" + secret)
	for _, part := range []string{auth.date, auth.Region, auth.Service, "aws4_request"} {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, text))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// canonical is a request as its signature sees it.
func canonical(r *http.Request, auth Authorization, hash string) string {
	var b strings.Builder
	b.Grow(1 << 10)
	b.WriteString(r.Method)
	b.WriteByte('\n')
	path := RawPath(r.URL)
	if path == "" {
		path = "/"
	}
	writeEscaped(&b, path, true)
	b.WriteByte('\n')
	b.WriteString(canonicalQuery(r.URL.RawQuery))
	b.WriteByte('\n')
	for _, name := range auth.headers {
		b.WriteString(name)
		b.WriteByte(':')
		b.WriteString(headerValue(r, name))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	for i, name := range auth.headers {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(name)
	}
	b.WriteByte('\n')
	b.WriteString(hash)
	return b.String()
}

// RawPath is the path of a request as the client wrote it. What the standard
// library gives for that is checked anew with each call.
func RawPath(u *url.URL) string {
	if u.RawPath != "" {
		return u.RawPath
	}
	return u.EscapedPath()
}

// headerValue is a header as a signature sees it: without spaces that mean
// nothing, and what was sent more than once in one.
func headerValue(r *http.Request, name string) string {
	var values []string
	switch name {
	case "host":
		values = []string{r.Host}
	case "content-length":
		values = []string{strconv.FormatInt(contentLength(r), 10)}
	default:
		values = r.Header[http.CanonicalHeaderKey(name)]
	}
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(trimmed, ",")
}

// canonicalQuery is a query in order and with the escapes of AWS, without the
// signature itself.
func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var pairs []string
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		if part == "" || name == "X-Amz-Signature" {
			continue
		}
		pairs = append(pairs, escape(unescape(name))+"="+escape(unescape(value)))
	}
	slices.SortFunc(pairs, func(a, b string) int {
		nameA, valueA, _ := strings.Cut(a, "=")
		nameB, valueB, _ := strings.Cut(b, "=")
		if c := strings.Compare(nameA, nameB); c != 0 {
			return c
		}
		return strings.Compare(valueA, valueB)
	})
	return strings.Join(pairs, "&")
}

func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// escape escapes a text of a query.
func escape(text string) string {
	var b strings.Builder
	writeEscaped(&b, text, false)
	return b.String()
}

// writeEscaped escapes everything but letters, digits, -, ., _ and ~, and
// slashes where the text is a path.
func writeEscaped(b *strings.Builder, text string, path bool) {
	const digits = "0123456789ABCDEF"
	from := 0
	for i := range len(text) {
		c := text[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~' || path && c == '/' {
			continue
		}
		b.WriteString(text[from:i])
		b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		from = i + 1
	}
	b.WriteString(text[from:])
}

// contentLength is the length that the client wrote, not what the server made
// of it.
func contentLength(r *http.Request) int64 {
	if n, err := strconv.ParseInt(r.Header.Get("Content-Length"), 10, 64); err == nil {
		return n
	}
	return r.ContentLength
}
