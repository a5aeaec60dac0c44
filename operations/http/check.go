package http

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/internal/xmlvalue"
	"github.com/medlar-flow/medlar/schema"
)

// checkRequest finds what would fail whatever is sent.
func checkRequest(given connector.Given) []connector.Mistake {
	p := given.Params
	var found []connector.Mistake
	wrong := func(param, rule string, err error) {
		if err != nil {
			found = append(found, connector.Mistake{Param: param, Rule: rule, Message: err.Error()})
		}
	}
	found = append(found, twoBodies(p)...)
	if isRelative(p["url"]) {
		if !isGiven(given.Connection, "baseUrl") {
			found = append(found, connector.Mistake{
				Param: "url", Rule: "relative-url", Message: "the URL is relative, and the connection has no baseUrl",
				Help:  "begin it with http:// or https://, or give the connection a baseUrl",
				Maybe: given.Connection == nil,
			})
		}
	} else {
		wrong("url", ruleURL, about("url", checkURL(p["url"])))
	}
	found = append(found, checkHeaders(p["headers"])...)
	if list, ok := p["multipart"].([]any); ok {
		for i, part := range list {
			wrong("multipart", ruleBody, checkPart(i, part))
		}
	}
	if m, ok := p["xml"].(map[string]any); ok {
		plain, _ := guessed(m).(map[string]any)
		_, err := xmlvalue.Encode(plain, xmlSpender())
		wrong("xml", ruleBody, about("xml:", err))
	}
	if isGiven(p, "compress") && !isUnknown(p["compress"]) && !hasBody(p) {
		wrong("compress", ruleBody, errNothingToCompress)
	}
	if _, err := parseStatuses(knownTexts(p["expectStatus"])); err != nil {
		wrong("expectStatus", schema.RulePattern, err)
	}
	if v, err := (&schema.Field{Type: schema.Duration}).Convert(p["timeout"]); err == nil {
		text, _ := v.(string)
		if d, err := time.ParseDuration(text); err == nil && d <= 0 {
			wrong("timeout", schema.RuleRange, errNoTimeout)
		}
	}
	return append(found, nullInChange(given.Params)...)
}

// nullInChange finds a null that a request which changes something refuses.
func nullInChange(params map[string]any) (found []connector.Mistake) {
	method, _ := params["method"].(string)
	if isUnknown(params["method"]) || effectOf(method) == connector.EffectReadOnly {
		return nil
	}
	for _, param := range []string{"headers", "query"} {
		given, _ := params[param].(map[string]any)
		if name := nullAt(given); name != "" {
			return []connector.Mistake{{
				Param: param + "." + name, Rule: ruleNull, Help: "leave it out",
				Message: param + "." + name + " is null, which is no way to leave it out of a request that changes something",
			}}
		}
		found = append(found, perhapsNull(param, given)...)
	}
	return found
}

const ruleNull = "null-refused"

// perhapsNull finds what can be null where null is refused.
func perhapsNull(param string, given map[string]any) (found []connector.Mistake) {
	for _, name := range value.SortedKeys(given) {
		list, ok := given[name].([]any)
		if !ok {
			list = []any{given[name]}
		}
		for i, v := range list {
			unknown, _ := v.(connector.Unknown)
			if !unknown.MayBeNull {
				continue
			}
			path := param + "." + name
			if ok {
				path += fmt.Sprintf("[%d]", i)
			}
			found = append(found, connector.Mistake{
				Param: path, Rule: ruleNull, Maybe: true, Help: "give another value with ??, or write ?? omit to leave it out where it is null",
				Message: path + " can be null, which is no way to leave it out of a request that changes something",
			})
		}
	}
	return found
}

var (
	errNothingToCompress = errors.New("compress: there is no body")
	errNoTimeout         = errors.New("timeout must be more than 0")
)

// checkURL finds a URL that no request can be sent to, by its text or by how it
// begins.
func checkURL(v any) error {
	if text, ok := literal(v); ok {
		_, err := absolute(text)
		return err
	}
	unknown, _ := v.(connector.Unknown)
	if scheme, _, ok := strings.Cut(unknown.Begins, "://"); ok && !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return errScheme
	}
	return nil
}

// checkPart looks at a part of a form with files.
func checkPart(i int, v any) error {
	part, _ := v.(map[string]any)
	for _, name := range []string{"name", "filename", "contentType"} {
		if text, ok := literal(part[name]); ok && !validValue(text) {
			return inPart(i, errPartControl)
		}
	}
	return nil
}

// hasBody reports whether something makes a body, or may.
func hasBody(p map[string]any) bool {
	for _, name := range bodyParameters {
		if isGiven(p, name) {
			return true
		}
	}
	return false
}

// guessed returns a value with text in the place of what only a run knows.
func guessed(v any) any {
	switch x := v.(type) {
	case connector.Unknown:
		return ""
	case map[string]any:
		m := make(map[string]any, len(x))
		for key, item := range x {
			m[key] = guessed(item)
		}
		return m
	case []any:
		list := make([]any, len(x))
		for i, item := range x {
			list[i] = guessed(item)
		}
		return list
	default:
		return v
	}
}

// knownTexts returns the texts of a list, or of one text, that are known.
func knownTexts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []string
	for _, item := range list {
		if item == nil || isUnknown(item) {
			continue
		}
		if text, err := textField.Convert(item); err == nil {
			s, _ := text.(string)
			out = append(out, s)
		}
	}
	return out
}

// isGiven reports whether a parameter is there and no null.
func isGiven(params map[string]any, name string) bool { return params[name] != nil }

func isUnknown(v any) bool {
	_, unknown := v.(connector.Unknown)
	return unknown
}

func isRelative(v any) bool {
	switch x := v.(type) {
	case string:
		u, err := url.Parse(x)
		return err == nil && u.Scheme == "" && u.Host == "" && x != ""
	case connector.Unknown:
		return strings.HasPrefix(x.Begins, "/") && !strings.HasPrefix(x.Begins, "//") || strings.HasPrefix(x.Begins, "?")
	}
	return false
}

// twoBodies finds parameters that each make a body.
func twoBodies(params map[string]any) []connector.Mistake {
	var names []string
	maybe := false
	for _, name := range bodyParameters {
		if isGiven(params, name) {
			names = append(names, name)
			maybe = maybe || isUnknown(params[name]) // null is none
		}
	}
	if len(names) < 2 {
		return nil
	}
	return []connector.Mistake{{
		Param: names[1], Rule: "two-bodies", Message: names[0] + " and " + names[1] + " are given together",
		Help: "a request has one body: leave one of them out", Maybe: maybe,
	}}
}
