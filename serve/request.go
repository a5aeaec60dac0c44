package serve

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// request is what a route was sent.
type request struct {
	path  map[string]any
	query map[string]any
	body  any
	raw   []byte
}

// bad is the problem of a request that cannot be read.
func bad(code, detail, help string) *report.Problem {
	return &report.Problem{Status: http.StatusBadRequest, Code: code, Detail: detail, Help: help}
}

// readPath takes the parts of the path. A part that stands for another place is
// none.
func (r *route) readPath(req *http.Request) (map[string]any, *report.Problem) {
	path := make(map[string]any, len(r.trigger.Parts))
	for _, name := range r.trigger.Parts {
		text := req.PathValue(name)
		if !partText(text, strings.Contains(r.trigger.Path, "{"+name+"...}")) {
			p := bad("BadPath", "a part of the path is no plain text", "")
			p.Errors = []report.ProblemError{{Detail: "it is empty, no UTF-8, or holds / \\ or what no text has", Parameter: name}}
			return nil, p
		}
		path[name] = text
	}
	return path, nil
}

func partText(text string, many bool) bool {
	if text == "" && !many || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) {
		return false
	}
	parts := []string{text}
	if many {
		parts = strings.Split(text, "/")
	}
	for _, part := range parts {
		if part == "." || part == ".." || strings.Contains(part, "/") {
			return false
		}
	}
	return true
}

// readQuery takes the parameters of the query, each once.
func readQuery(raw string) (map[string]any, *report.Problem) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, bad("BadQuery", "the query cannot be read", "write name=value, joined by &, with %-escapes")
	}
	query := make(map[string]any, len(values))
	for name, list := range values {
		if len(list) > 1 {
			p := bad("GivenTwice", "a parameter of the query is given twice", "")
			p.Errors = []report.ProblemError{{Detail: "it is given twice", Parameter: name}}
			return nil, p
		}
		if !utf8.ValidString(name) || !utf8.ValidString(list[0]) {
			return nil, bad("BadQuery", "the query is no UTF-8", "")
		}
		query[name] = list[0]
	}
	return query, nil
}

// readBody reads the body, within its bounds.
func (s *Server) readBody(w http.ResponseWriter, req *http.Request) ([]byte, *report.Problem) {
	if req.ContentLength > s.config.MaxBody {
		return nil, s.tooLarge()
	}
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.config.ReadTime))
	raw, err := io.ReadAll(http.MaxBytesReader(w, req.Body, s.config.MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, s.tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &report.Problem{Status: http.StatusRequestTimeout, Code: "BodyTooSlow", Detail: "the body did not arrive in time"}
	case err != nil:
		return nil, bad("BadBody", "the body cannot be read", "")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // the caller may take its time to wait
	return raw, nil
}

func (s *Server) tooLarge() *report.Problem {
	return &report.Problem{Status: http.StatusRequestEntityTooLarge, Code: "BodyTooLarge", Detail: "the body is larger than the server takes"}
}

// decodeBody makes a value of a body by its media type: JSON, the fields of a
// form, text, or else bytes.
func decodeBody(contentType string, raw []byte) (any, *report.Problem) {
	if len(raw) == 0 {
		return nil, nil
	}
	media := "application/json"
	if contentType != "" {
		name, params, err := mime.ParseMediaType(contentType)
		if err != nil {
			return nil, bad("BadContentType", "Content-Type cannot be read", "send application/json")
		}
		if charset := strings.ToLower(params["charset"]); charset != "" && charset != "utf-8" && charset != "us-ascii" {
			return nil, &report.Problem{Status: http.StatusUnsupportedMediaType, Code: "BadContentType", Detail: "the body is no UTF-8", Help: "send UTF-8"}
		}
		media = name
	}
	switch {
	case media == "application/json" || strings.HasSuffix(media, "+json"):
		return decodeJSON(raw)
	case media == "application/x-www-form-urlencoded":
		if !utf8.Valid(raw) {
			return nil, bad("BadForm", "the form is no UTF-8", "")
		}
		form, p := readQuery(string(raw))
		if p != nil {
			p.Detail = strings.Replace(p.Detail, "the query", "the form", 1)
			return nil, p
		}
		return form, nil
	case strings.HasPrefix(media, "text/"):
		if !utf8.Valid(raw) {
			return nil, bad("BadText", "the text is no UTF-8", "")
		}
		return string(raw), nil
	}
	return raw, nil
}

// decodeJSON reads a body of JSON, in which no name stands twice.
func decodeJSON(raw []byte) (any, *report.Problem) {
	v, err := value.DecodeJSON(raw)
	if err != nil || !utf8.Valid(raw) {
		return nil, bad("NotJSON", "the body is not JSON that can be read", "send one JSON value in UTF-8, and Content-Type for anything else")
	}
	if pointer, twice := givenTwice(raw); twice {
		p := bad("GivenTwice", "a name stands twice in one object", "")
		p.Errors = []report.ProblemError{{Detail: "it is given twice", Pointer: pointer}}
		return nil, p
	}
	return v, nil
}

// givenTwice looks for a name that stands twice in one object of valid JSON.
func givenTwice(raw []byte) (pointer string, twice bool) {
	type level struct {
		names map[string]bool // nil for a list
		name  string
		index int
		key   bool // a name is next
	}
	var open []*level
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil {
			return "", false
		}
		var at *level
		if len(open) > 0 {
			at = open[len(open)-1]
		}
		if d, ok := token.(json.Delim); ok && (d == '}' || d == ']') {
			open = open[:len(open)-1]
			if len(open) > 0 {
				open[len(open)-1].key = true
				open[len(open)-1].index++
			}
			continue
		}
		if at != nil && at.names != nil && at.key {
			name, _ := token.(string)
			if at.name = name; at.names[name] {
				var path []string
				for _, l := range open {
					path = append(path, pointerPart(l.names != nil, l.name, l.index))
				}
				return "#" + strings.Join(path, ""), true
			}
			at.names[name], at.key = true, false
			continue
		}
		switch d, _ := token.(json.Delim); d {
		case '{':
			open = append(open, &level{names: map[string]bool{}, key: true})
		case '[':
			open = append(open, &level{key: true})
		default:
			if at != nil {
				at.key = true
				at.index++
			}
		}
	}
}

// requestValue is what expressions see as request. Headers that say who the
// caller is are left out.
func (r *route) requestValue(req *http.Request, in *request, caller string, now time.Time) map[string]any {
	headers := map[string]any{}
	for name, list := range req.Header {
		if r.hides(name) {
			continue
		}
		if text := strings.Join(list, ", "); utf8.ValidString(text) {
			headers[strings.ToLower(name)] = text
		}
	}
	v := map[string]any{
		"method": req.Method, "path": in.path, "query": in.query, "headers": headers, "body": in.body,
		"caller": nil, "time": value.FormatTime(now),
	}
	if caller != "" {
		v["caller"] = caller
	}
	return v
}

// privateHeaders hold credentials.
var privateHeaders = []string{"Authorization", "Cookie", "Proxy-Authorization"}

// byName takes the inputs from the parts of the path, and from the members of the
// body, or of the query where a request has no body.
func (r *route) byName(req *http.Request, in *request) (map[string]any, *report.Problem) {
	inputs := map[string]any{}
	names := r.served.Flow.Inputs()
	problem := func(code, detail string, e report.ProblemError) *report.Problem {
		p := bad(code, detail, "")
		p.Errors = []report.ProblemError{e}
		return p
	}
	take := func(name string, v any, e report.ProblemError) *report.Problem {
		f := names.Field(name)
		if f == nil {
			e.Detail = "the flow has no such input"
			return problem("UnknownInput", "the request has a name that is no input", e)
		}
		if _, twice := inputs[f.Name]; twice {
			e.Detail = "it is given twice"
			return problem("GivenTwice", "an input is given twice", e)
		}
		inputs[f.Name] = v
		return nil
	}
	for _, name := range r.trigger.Parts {
		if p := take(name, in.path[name], report.ProblemError{Parameter: name}); p != nil {
			return nil, p
		}
	}
	bodyless := req.Method == http.MethodGet || req.Method == http.MethodDelete
	if !bodyless || len(in.query) > 0 && len(in.raw) > 0 {
		for _, name := range slices.Sorted(maps.Keys(in.query)) {
			return nil, problem("UnknownInput", "the query is not used", report.ProblemError{Detail: "inputs stand in the body", Parameter: name})
		}
	}
	if bodyless && len(in.raw) == 0 {
		for _, name := range slices.Sorted(maps.Keys(in.query)) {
			if p := take(name, in.query[name], report.ProblemError{Parameter: name}); p != nil {
				return nil, p
			}
		}
		return inputs, nil
	}
	if in.body == nil && len(in.raw) == 0 {
		return inputs, nil
	}
	members, ok := in.body.(map[string]any)
	if !ok {
		return nil, problem("NotAnObject", "the body is no object, whose members would be the inputs", report.ProblemError{Detail: "it is no object", Pointer: "#"})
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if p := take(name, members[name], report.ProblemError{Pointer: pointerOf([]string{name})}); p != nil {
			return nil, p
		}
	}
	return inputs, nil
}

// byMembers takes the inputs of a flow from the members of a value.
func byMembers(flow *flows.Flow, v any) (map[string]any, error) {
	members, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the body is no object, whose members would be the inputs: say with ‹with:› what they are")
	}
	inputs := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		f := flow.Inputs().Field(name)
		if f == nil {
			return nil, fmt.Errorf("the body has %s, and the flow has no such input", name)
		}
		if _, twice := inputs[f.Name]; twice {
			return nil, fmt.Errorf("the body gives the input %s twice", f.Name)
		}
		inputs[f.Name] = members[name]
	}
	return inputs, nil
}

// digest tells a request from another one with its key.
func (r *route) digest(in *request, key string) []byte {
	query, _ := value.EncodeJSON(in.query)
	path, _ := value.EncodeJSON(in.path)
	return hashOf("event", r.key(), key, string(path), string(query), string(in.raw))
}

// runName is the name of the run that an identity begins.
func runName(parts ...string) string {
	sum := hashOf(append([]string{"run"}, parts...)...)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20]))
}

func hashOf(parts ...string) []byte {
	h := sha256.New()
	for _, part := range parts {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// idempotencyKey returns the key that a request is to be known by: "x" and x are
// one.
func idempotencyKey(h http.Header) (string, *report.Problem) {
	const name, most = "Idempotency-Key", 255
	list := h.Values(name)
	if len(list) == 0 {
		return "", nil
	}
	refuse := func(detail string) (string, *report.Problem) {
		p := bad("BadKey", detail, "send one "+name+" of 1 to 255 letters, digits and signs")
		return "", p
	}
	key := strings.TrimSpace(list[0])
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	switch {
	case len(list) > 1:
		return refuse(name + " is given twice")
	case key == "" || len(key) > most:
		return refuse(name + " is empty or too long")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == ',' }):
		return refuse(name + " holds what no key has")
	}
	return key, nil
}
