package http

import (
	"net/url"
	"strings"

	"github.com/medlar-flow/medlar/connector"
)

// checkRequest finds what would fail whatever is sent.
func checkRequest(given connector.Given) []connector.Mistake {
	var found []connector.Mistake
	found = append(found, twoBodies(given.Params)...)
	if isRelative(given.Params["url"]) && !isGiven(given.Connection, "baseUrl") {
		found = append(found, connector.Mistake{
			Param: "url", Rule: "relative-url", Message: "the URL is relative, and the connection has no baseUrl",
			Help:  "begin it with http:// or https://, or give the connection a baseUrl",
			Maybe: given.Connection == nil,
		})
	}
	return append(found, nullInChange(given.Params)...)
}

// nullInChange finds a null that a request which changes something refuses.
func nullInChange(params map[string]any) []connector.Mistake {
	method, _ := params["method"].(string)
	if effectOf(method) == connector.EffectReadOnly {
		return nil
	}
	for _, param := range []string{"headers", "query"} {
		given, _ := params[param].(map[string]any)
		if name := nullAt(given); name != "" {
			return []connector.Mistake{{
				Param: param + "." + name, Rule: "null-refused", Help: "leave it out",
				Message: param + "." + name + " is null, which is no way to leave it out of a request that changes something",
			}}
		}
	}
	return nil
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
