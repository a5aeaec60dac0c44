package openapi

import (
	"maps"
	"slices"

	"github.com/medlar-flow/medlar/schema"
)

// query returns the parameters of a query that are inputs: texts, lists as names that
// stand several times, and by name JSON too.
func (d *document) query(r *Route, parts []part) []any {
	var list []any
	seen := map[string]bool{} // two inputs can be one parameter
	for _, f := range inputs(r) {
		name := f.Name
		switch p, asItIs := r.Parameters[f.Name]; {
		case !r.ByName && (!asItIs || p.In != "query"):
			continue
		case !r.ByName:
			name = p.Name
		case !bodyless(r.Method), isPart(r, parts, f):
			continue
		}
		if f.Composite() && !r.ByName {
			continue
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		p := object{"name": name, "in": "query"}
		switch {
		case f.ListsScalars():
			p["schema"], p["style"], p["explode"] = d.schemas.input(f), "form", true
		case f.Composite():
			p["content"] = object{"application/json": object{"schema": d.schemas.input(f)}}
		default:
			p["schema"] = d.schemas.input(f)
		}
		if needed(f) {
			p["required"] = true
		}
		if f.Description != "" {
			p["description"] = f.Description
		}
		list = append(list, p)
	}
	return list
}

// body returns the body of a request; nil where there is none.
func (d *document) body(r *Route, parts []part) object {
	var js object
	required := false
	if r.ByName {
		var members []*schema.Field
		for _, f := range inputs(r) {
			if !isPart(r, parts, f) {
				members = append(members, f)
			}
		}
		if len(members) == 0 {
			return nil
		}
		js, required = d.schemas.members(members)
		js["additionalProperties"] = false
	} else {
		js, required = d.placed(r)
	}
	body := object{"content": object{"application/json": object{"schema": js}}}
	if required {
		body["required"] = true
	}
	return body
}

// placed returns the body that the trigger's with takes inputs from; anything
// where it only computes with it.
func (d *document) placed(r *Route) (js object, required bool) {
	root := object{}
	for _, name := range slices.Sorted(maps.Keys(r.Places)) {
		f := field(r, name)
		if f == nil {
			continue
		}
		at := root
		for _, member := range r.Places[name] {
			at = below(at, member, needed(f))
		}
		maps.Copy(at, d.schemas.input(f))
		required = required || needed(f)
	}
	return root, required
}

// below returns the schema of a member of an object, which it makes one.
func below(at object, member string, needed bool) object {
	at["type"] = "object"
	properties, _ := at["properties"].(object)
	if properties == nil {
		properties = object{}
		at["properties"] = properties
	}
	inner, _ := properties[member].(object)
	if inner == nil {
		inner = object{}
		properties[member] = inner
	}
	if list, _ := at["required"].([]any); needed && !slices.Contains(list, any(member)) {
		at["required"] = append(list, member)
	}
	return inner
}

func inputs(r *Route) []*schema.Field {
	if r.Inputs == nil {
		return nil
	}
	return r.Inputs.Fields()
}

func field(r *Route, name string) *schema.Field {
	if r.Inputs == nil {
		return nil
	}
	return r.Inputs.Field(name)
}

// needed reports whether a caller has to give an input.
func needed(f *schema.Field) bool { return f.Required && f.Default == nil }

// isPart reports whether an input is taken from the path.
func isPart(r *Route, parts []part, f *schema.Field) bool {
	return slices.ContainsFunc(parts, func(p part) bool { return field(r, p.input) == f })
}
