package http

import (
	"context"
	"errors"
	"fmt"
	"maps"
	nethttp "net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// newRequest makes the first request. No error holds a value that may be secret.
func (x *exchange) newRequest(ctx context.Context, call *connector.Call) error {
	c, in, m := x.connection, &x.in, &x.made
	err := c.target(in, &m.target)
	if err == nil && x.effect != connector.EffectReadOnly {
		err = narrowed(in)
	}
	if err != nil {
		return err
	}
	given, err := headers(in.Headers)
	if err != nil {
		return err
	}
	sent, err := in.content()
	if err == nil && in.Compress != "" {
		err = sent.compress()
	}
	if err != nil {
		return err
	}
	req := &m.request
	*req = *new(nethttp.Request).WithContext(ctx)
	req.Method, req.URL, req.Host, req.Header = in.Method, &m.target, m.target.Host, m.header
	req.Proto, req.ProtoMajor, req.ProtoMinor = "HTTP/1.1", 1, 1
	sent.addTo(req, m)
	if c.trusts(&m.target) {
		maps.Copy(m.header, c.headers)
		m.set("Authorization", c.authorization)
	}
	maps.Copy(m.header, given)
	m.set("Content-Type", sent.kind)
	m.set("Content-Encoding", sent.encoding)
	m.set("User-Agent", "medlar")
	if host := first(m.header, "Host"); host != "" {
		req.Host = host
		delete(m.header, "Host")
	}
	m.setKey(x.effect, call.IdempotencyKey)
	m.setTrace(ctx)
	x.first = req
	return nil
}

// usualHeaders is how many headers most requests have beside those that the flow gives.
const usualHeaders = 6

// first returns the first value of a header by its canonical name; empty for none.
func first(h nethttp.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// narrowed refuses null in a request that changes something: a header or a
// parameter says what little it changes, or under which condition.
func narrowed(in *requestIn) error {
	path := nullAt(in.Headers)
	if path != "" {
		path = "headers." + textproto.CanonicalMIMEHeaderKey(path)
	} else if path = nullAt(in.Query); path != "" {
		path = "query." + path
	}
	if path == "" {
		return nil
	}
	return fmt.Errorf("%s is null, and a %s request without it may change more than is meant: leave it out, or write ?? omit behind its expression", path, in.Method)
}

// nullAt returns the first name whose value is null, or a list with a null in it;
// empty for none.
func nullAt(m map[string]any) string {
	for _, name := range value.SortedKeys(m) {
		list, _ := m[name].([]any)
		if m[name] == nil || slices.Contains(list, nil) {
			return name
		}
	}
	return ""
}

// trusts reports whether credentials of the connection may go to a URL.
func (c *connection) trusts(target *url.URL) bool { return c.base == nil || sameOrigin(c.base, target) }

// setTrace says where the request stands in a trace, unless the step says so itself.
func (m *made) setTrace(ctx context.Context) {
	t := connector.TraceOf(ctx)
	if t.Parent == "" || len(m.header["Traceparent"]) > 0 {
		return
	}
	m.set("Traceparent", t.Parent)
	m.set("Tracestate", t.State)
}

// setKey adds the idempotency key. It is written in lower case, as HTTP allows:
// under its usual spelling net/http takes it for a promise of the server, and
// would send a request again itself when a connection breaks.
func (m *made) setKey(effect connector.Effect, key string) {
	if effect == connector.EffectReadOnly {
		return
	}
	const own, other = "Idempotency-Key", "X-Idempotency-Key"
	h := m.header
	if given := h[own]; len(given) > 0 && given[0] != "" {
		delete(h, own)
		h["idempotency-key"] = given
	} else if key != "" {
		delete(h, own)
		m.set("idempotency-key", key)
	}
	if given := h[other]; len(given) > 0 {
		delete(h, other)
		h["x-idempotency-key"] = given
	}
}

// target puts together the URL of the request with its query.
func (c *connection) target(in *requestIn, u *url.URL) (err error) {
	if *u, err = c.resolve(in.URL); err != nil {
		return err
	}
	u.Host = strings.TrimSuffix(u.Host, ":") // as net/http has it
	if len(in.Query) == 0 {
		return nil
	}
	query, err := values("query", in.Query)
	if err != nil {
		return err
	}
	if more := query.Encode(); more != "" {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+more, "&")
	}
	return nil
}

func (c *connection) resolve(text string) (url.URL, error) {
	if base := c.base; base != nil && base.RawQuery == "" && text != "" && isPlainPath(text) { // nothing is to be read of it
		return below(base, &url.URL{Path: text}), nil
	}
	rel, err := url.Parse(text)
	if err != nil || c.base == nil || rel.Scheme != "" || rel.Host != "" {
		u, err := absolute(text)
		if errors.Is(err, errScheme) && c.base == nil {
			err = fmt.Errorf("%w, or the connection needs a baseUrl", err)
		}
		if err != nil {
			return url.URL{}, about("url", err)
		}
		return *u, nil
	}
	u := *c.base
	if rel.Path != "" {
		u = below(c.base, rel)
	}
	if u.RawQuery != "" || rel.RawQuery != "" {
		u.RawQuery = strings.Trim(u.RawQuery+"&"+rel.RawQuery, "&")
	}
	return u, nil
}

// below returns the URL of a path below a base.
func below(base, rel *url.URL) url.URL {
	if base.RawPath == "" && rel.RawPath == "" && isPlainPath(base.Path) && isPlainPath(rel.Path) {
		u := *base
		u.Path = rel.Path
		if prefix := strings.TrimSuffix(base.Path, "/"); prefix != "" || rel.Path[0] != '/' {
			u.Path = prefix + "/" + strings.TrimPrefix(rel.Path, "/")
		}
		return u
	}
	u := *base.JoinPath(rel.EscapedPath())
	if u.Path != "" && u.Path[0] != '/' { // there is none in the base
		u.Path = "/" + u.Path
		if u.RawPath != "" {
			u.RawPath = "/" + u.RawPath
		}
	}
	return u
}

// isPlainPath is true for a path that is written as it is, and has no part that leads
// elsewhere: no dots in front of a part, no empty part.
func isPlainPath(path string) bool {
	for i := range len(path) {
		switch c := path[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '~':
		case c == '/', c == '.':
			if i > 0 && path[i-1] == '/' || c == '.' && i == 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// about names what an error is about.
func about(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %w", what, err)
}

var errScheme = errors.New("must begin with http:// or https://")

// absolute reads the URL of a server.
func absolute(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("is no URL")
	case u.User != nil:
		return nil, errors.New("holds a user name or a password: give them as basic on the connection")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errScheme
	case u.Hostname() == "":
		return nil, errors.New("names no host")
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// sameOrigin is true for URLs of one scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && (a.Host == b.Host || strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b))
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}

// values returns parameters as a query or a form has them.
func values(what string, m map[string]any) (url.Values, error) {
	out := make(url.Values, len(m))
	for name, v := range m {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, item := range list {
			if item == nil {
				continue
			}
			text, err := textField.Convert(item)
			if err != nil {
				return nil, fmt.Errorf("%s.%s must be text, a number, true or false, or a list of these", what, name)
			}
			out.Add(name, text.(string))
		}
	}
	return out, nil
}

var textField = &schema.Field{Type: schema.String}

// headerName is a token of RFC 9110, section 5.6.2.
var headerName = regex.Late{Text: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"}

// ownHeaders follow from the request, and cannot be given.
var ownHeaders = late.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"Content-Length": true, "Transfer-Encoding": true, "Connection": true, "Keep-Alive": true, "Proxy-Connection": true,
		"Te": true, "Trailer": true, "Upgrade": true,
	}
}}

// headers refuses what would not be one header.
func headers(given map[string]any) (nethttp.Header, error) {
	var out nethttp.Header
	if len(given) > 0 {
		out = make(nethttp.Header, len(given))
	}
	for name, v := range given {
		if v == nil {
			continue
		}
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		text, err := textField.Convert(v)
		value, _ := text.(string)
		switch {
		case err != nil:
			return nil, fmt.Errorf("headers.%s must be text, a number, true or false", canonical)
		case !headerName.Get().MatchString(name):
			return nil, fmt.Errorf("headers: %q cannot be the name of a header", name)
		case ownHeaders.Get()[canonical]:
			return nil, fmt.Errorf("headers: %s follows from the request, leave it out", canonical)
		case !validValue(value):
			return nil, fmt.Errorf("headers: the value of %s holds a line break or another control character", canonical)
		case out[canonical] != nil:
			return nil, fmt.Errorf("headers: %s is given twice", canonical)
		}
		out[canonical] = []string{value}
	}
	return out, nil
}

// validValue is true for what a header can hold (RFC 9110, section 5.5).
func validValue(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
