package event

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// bad is the problem of a request that cannot be read.
func bad(code, detail, help string) *report.Problem {
	return &report.Problem{Status: http.StatusBadRequest, Code: code, Detail: detail, Help: help}
}

// Path takes the parts of the path, which valueOf gives by their names. A part
// that stands for another place is none.
func (r *Route) Path(valueOf func(name string) string) (map[string]any, *report.Problem) {
	path := make(map[string]any, len(r.Trigger.Parts))
	for _, name := range r.Trigger.Parts {
		text := valueOf(name)
		if !partText(text, strings.Contains(r.Trigger.Path, "{"+name+"...}")) {
			p := bad("BadPath", "a part of the path is no plain text", "")
			p.Errors = []report.ProblemError{{Detail: "it is empty, no UTF-8, or holds / \\ or what no text has", Parameter: name, Help: "send plain text, in UTF-8 with %-escapes"}}
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

// Query takes the parameters of a query, each once.
func Query(raw string) (map[string]any, *report.Problem) {
	return queryOf(raw, func(string) bool { return false })
}

// Query takes the parameters of a query, each once but for those that are lists.
func (r *Route) Query(raw string) (map[string]any, *report.Problem) {
	return queryOf(raw, func(name string) bool {
		if !r.Trigger.ByName || !bodyless(r.Trigger.Method) {
			return false
		}
		f := r.Flow.Inputs().Field(name)
		return f != nil && f.ListsScalars()
	})
}

// queryOf takes the parameters of a query; those that are lists may stand any number of
// times.
func queryOf(raw string, isList func(name string) bool) (map[string]any, *report.Problem) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, bad("BadQuery", "the query cannot be read", "write name=value, joined by &, with %-escapes")
	}
	query := make(map[string]any, len(values))
	for name, list := range values {
		many := isList(name)
		if len(list) > 1 && !many {
			p := bad("GivenTwice", "a parameter of the query is given twice", "")
			p.Errors = []report.ProblemError{{Detail: "it is given twice", Parameter: name, Help: "send it once"}}
			return nil, p
		}
		items := make([]any, len(list))
		for i, text := range list {
			if !utf8.ValidString(name) || !utf8.ValidString(text) {
				return nil, bad("BadQuery", "the query is no UTF-8", "send UTF-8, with %-escapes")
			}
			items[i] = text
		}
		if query[name] = items[0]; many {
			query[name] = items
		}
	}
	return query, nil
}

// Uncompressed refuses a body that is compressed.
func Uncompressed(h http.Header) *report.Problem {
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return &report.Problem{Status: http.StatusUnsupportedMediaType, Code: "Encoded", Detail: "the body is compressed", Help: "send it as it is"}
	}
	return nil
}

// Body makes a value of a body by its media type: JSON, the fields of a form, text,
// or else bytes.
func Body(contentType string, raw []byte) (any, *report.Problem) {
	if len(raw) == 0 {
		return nil, nil
	}
	media := "application/json"
	if contentType != "" && contentType != media {
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
			return nil, bad("BadForm", "the form is no UTF-8", "send UTF-8, with %-escapes")
		}
		form, p := Query(string(raw))
		if p != nil && value.IsJSONDocument(raw) {
			return nil, jsonAsForm()
		}
		if p != nil {
			p.Detail = strings.Replace(p.Detail, "the query", "the form", 1)
			return nil, p
		}
		return form, nil
	case strings.HasPrefix(media, "text/"):
		if !utf8.Valid(raw) {
			return nil, bad("BadText", "the text is no UTF-8", "send UTF-8, or Content-Type: application/octet-stream")
		}
		return string(raw), nil
	}
	return raw, nil
}

const howToSendJSON = "send the header Content-Type: application/json (curl: -H 'Content-Type: application/json', or --json)"

func unsupported(detail, help string) *report.Problem {
	return &report.Problem{Status: http.StatusUnsupportedMediaType, Code: "UnsupportedMediaType", Detail: detail, Help: help}
}

func jsonAsForm() *report.Problem {
	return unsupported("the body is JSON, and Content-Type says that it is a form", howToSendJSON)
}

// otherMedia says that a request which was refused has a body of a media type that the
// route can do nothing with; nil where it is not that.
func (r *Route) otherMedia(req *Request) *report.Problem {
	switch req.Body.(type) {
	case map[string]any:
		if media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type")); media == "application/x-www-form-urlencoded" && value.IsJSONDocument(req.Raw) {
			return jsonAsForm()
		}
	case string, []byte:
		media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
		if r.takesMembers() && media != "" && media != "application/json" && !strings.HasSuffix(media, "+json") {
			return unsupported("the route takes JSON, and Content-Type says that the body is something else", howToSendJSON)
		}
	}
	return nil
}

// takesMembers reports whether the route takes inputs from a body that text and bytes
// cannot be.
func (r *Route) takesMembers() bool {
	if r.Trigger.ByName {
		return true
	}
	for name, place := range r.places {
		if f := r.Flow.Inputs().Field(name); len(place) > 0 || f != nil && f.Composite() {
			return true
		}
	}
	return false
}

// PlainPath reports whether a path says its place in the shortest way, without
// dots, empty parts and what no route can mean.
func PlainPath(path string) bool {
	if !strings.HasPrefix(path, "/") || !utf8.ValidString(path) {
		return false
	}
	first := true
	for part := range strings.SplitSeq(path, "/") {
		if part == "." || part == ".." || part == "" && !first && path != "/" {
			return false
		}
		first = false
	}
	return !strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' })
}
