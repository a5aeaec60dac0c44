package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// unsigned are the headers that proxies and transports may change. The SDK's
// signer leaves out the same ones.
func unsigned(name string) bool {
	switch name {
	case headerAuthorization, "User-Agent", "X-Amzn-Trace-Id", "Expect", "Transfer-Encoding":
		return true
	}
	return false
}

// replaced are the headers that a signature sets, whatever they were.
func replaced(name string) bool { return name == headerDate || name == headerToken }

// collect finds the headers to sign, in the order of their names. It is false
// where the request's canonical form takes more than putting together what
// there is.
func (w *worker) collect(r *http.Request, token string) bool {
	if !plainQuery(r.URL.RawQuery) || r.URL.Opaque != "" {
		return false
	}
	if !plainValue(token) {
		return false
	}
	now := shape{known: true, length: r.ContentLength > 0, token: token != ""}
	if now == w.shape && w.collectAgain(r, token) {
		return true
	}
	w.skipped, w.shape = w.skipped[:0], shape{}
	w.headers = append(w.headers[:0], header{name: nameHost, value: host(r)}, header{name: "x-amz-date"})
	if now.length {
		w.headers = append(w.headers, header{name: "content-length"})
	}
	if now.token {
		w.headers = append(w.headers, header{name: nameToken, value: token})
	}
	for name, values := range r.Header {
		if unsigned(name) || replaced(name) {
			w.skipped = append(w.skipped, name)
			continue
		}
		if len(values) != 1 || !plainValue(values[0]) {
			return false
		}
		w.headers = append(w.headers, header{given: name, name: w.lowerCase(name), value: values[0]})
	}
	slices.SortFunc(w.headers, func(a, b header) int { return strings.Compare(a.name, b.name) })
	if w.repeats() {
		return false
	}
	if len(r.Header) <= mostAgain {
		w.shape = now
	}
	return true
}

// shape is what besides its own headers tells which ones of a request are signed; the
// zero one is that of no request.
type shape struct{ known, length, token bool }

// mostAgain is how many headers a request may have whose names are remembered.
const mostAgain = 32

// collectAgain collects the headers of a request with the names of the one before: their
// order is known. It is false for others.
func (w *worker) collectAgain(r *http.Request, token string) bool {
	found := 0
	for i := range w.headers {
		h := &w.headers[i]
		switch {
		case h.given != "":
			values := r.Header[h.given]
			if len(values) != 1 || !plainValue(values[0]) {
				return false
			}
			h.value = values[0]
			found++
		case h.name == nameHost:
			h.value = host(r)
		case h.name == nameToken:
			h.value = token
		}
	}
	for _, name := range w.skipped {
		if _, ok := r.Header[name]; !ok {
			return false
		}
	}
	return found+len(w.skipped) == len(r.Header)
}

// repeats reports whether two headers differ only in the case of their names, or
// one is given that a signature has anyway. They follow each other.
func (w *worker) repeats() bool {
	for i := 1; i < len(w.headers); i++ {
		if w.headers[i].name == w.headers[i-1].name {
			return true
		}
	}
	return false
}

func host(r *http.Request) string {
	if r.Host != "" {
		return r.Host
	}
	return r.URL.Host
}

// plainQuery is true for none, and for one parameter that is written in the
// only way there is.
func plainQuery(query string) bool {
	name, value, found := strings.Cut(query, "=")
	return query == "" || found && name != "" && unreserved(name) && unreserved(value)
}

func unreserved(text string) bool {
	for i := range len(text) {
		if !isUnreserved(text[i]) {
			return false
		}
	}
	return true
}

func isUnreserved(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c == '-' || c == '.' || c == '_' || c == '~'
}

// plainValue is true for the value of a header that is signed as it is.
func plainValue(value string) bool {
	return strings.TrimSpace(value) == value && !strings.Contains(value, "  ")
}

// signedPath is a path and how it is signed.
type signedPath struct {
	path, raw string
	signed    []byte
}

// mostPath bounds a path that is remembered.
const mostPath = 1 << 10

// addPath is appendPath. Many requests have the path of the request before.
func (w *worker) addPath(text []byte, u *url.URL) []byte {
	p := &w.path
	if p.signed == nil || p.path != u.Path || p.raw != u.RawPath {
		if len(u.Path) > mostPath || len(u.RawPath) > mostPath {
			return appendPath(text, u)
		}
		p.path, p.raw, p.signed = u.Path, u.RawPath, appendPath(p.signed[:0], u)
	}
	return append(text, p.signed...)
}

// appendPath adds the path as it is sent, escaped once more, which all
// services but S3 want.
func appendPath(text []byte, u *url.URL) []byte {
	const digits = "0123456789ABCDEF"
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	for i := range len(path) {
		if c := path[i]; isUnreserved(c) || c == '/' {
			text = append(text, c)
		} else {
			text = append(text, '%', digits[c>>4], digits[c&15])
		}
	}
	return text
}

// maxNames bounds what a worker remembers: some headers have names that users
// choose.
const maxNames = 64

// lowerCase returns the name of a header in lower case.
func (w *worker) lowerCase(name string) string {
	if lower, ok := w.lower[name]; ok {
		return lower
	}
	if w.lower == nil || len(w.lower) >= maxNames {
		w.lower = map[string]string{}
	}
	lower := strings.ToLower(name)
	w.lower[name] = lower
	return lower
}
