package agents

import (
	"maps"

	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/internal/openapi"
)

// outputSchema is that of a result. Clients hold a result against it, and give nothing
// where it does not fit, so it says no more than what always holds.
func outputSchema(f *schema.Field) map[string]any {
	if isObject(f) {
		js := result(f.JSONSchema())
		js["type"] = "object"
		return js
	}
	inner := map[string]any{}
	if f != nil {
		inner = result(f.JSONSchema())
	}
	return map[string]any{"type": "object", "properties": map[string]any{"result": inner}, "required": []any{"result"}}
}

// result returns what a schema of a value says of a result: each part can be null, or
// missing where a service left it out, bytes are an object, and what bounds what is given
// bounds nothing here.
func result(js map[string]any) map[string]any {
	if js["contentEncoding"] != nil {
		return map[string]any{}
	}
	out := map[string]any{}
	for key, v := range js {
		switch key {
		case "type":
			out[key] = v
			if text, ok := v.(string); ok {
				out[key] = []any{text, "null"}
			}
		case "enum":
			if values, ok := v.([]any); ok {
				out[key] = append(values[:len(values):len(values)], nil)
			}
		case "description", "format", "examples", "anyOf":
			out[key] = v
		}
	}
	return within(js, out, result)
}

// readable returns a schema without the patterns that clients cannot read: theirs are
// JavaScript's.
func readable(js map[string]any) map[string]any {
	out := maps.Clone(js)
	if text, ok := js["pattern"].(string); ok && !openapi.Portable(text) {
		delete(out, "pattern")
	}
	return within(js, out, readable)
}

// within puts the schemas of the parts of js into out, made anew.
func within(js, out map[string]any, anew func(map[string]any) map[string]any) map[string]any {
	for _, key := range []string{"items", "additionalProperties"} {
		if inner, ok := js[key].(map[string]any); ok {
			out[key] = anew(inner)
		}
	}
	if members, ok := js["properties"].(map[string]any); ok {
		made := make(map[string]any, len(members))
		for name, member := range members {
			if inner, ok := member.(map[string]any); ok {
				made[name] = anew(inner)
			}
		}
		out["properties"] = made
	}
	return out
}
