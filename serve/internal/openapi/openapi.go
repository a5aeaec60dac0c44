// Package openapi describes served flows as an OpenAPI 3.1 document: their
// inputs, outputs, problems and how callers are known.
//
// Begin with [Document]. It is told about routes in its own words ([Route]), so
// that it needs neither flows nor a server.
package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/auth"
)

// API is what is described.
type API struct {
	// Title names it; "Flows" where it is empty.
	Title string
	// Version is that of the flows, not of OpenAPI; "0" where it is empty.
	Version string
	// Description says what it is for, in Markdown; may be empty.
	Description string
	// Server is the path below which the routes are, without a slash at its end; empty
	// for the root.
	Server string
	// Routes are what requests begin runs of.
	Routes []Route
}

// Route is what a request begins a run of a flow by.
type Route struct {
	// Flow is the flow's name, and Description what it says of itself.
	Flow, Description string
	// Version tells the flow from itself before a change; may be empty.
	Version string
	// Method and Path are as net/http writes patterns.
	Method, Path string
	// Inputs are those of the flow; nil for none.
	Inputs *schema.Schema
	// ByName is true where the inputs are taken by their names: from the path, and
	// from the body, or from the query for GET and DELETE.
	ByName bool
	// Places says, where ByName is false, which inputs stand in the body as they
	// are, and under which members.
	Places map[string][]string
	// Parameters says, where ByName is false, which inputs are taken as they are from
	// the path and from the query, by the names of the inputs.
	Parameters map[string]Parameter
	// Answers are what callers are told of the ends of runs.
	Answers []Answer
	// Limited is true where callers can be too many.
	Limited bool
	// Conditional is true where a request can be answered 204 without a run.
	Conditional bool
	// Security is how callers are known; nil where everybody may call.
	Security *auth.SecurityScheme
}

// Parameter is a part of the path, or a parameter of the query.
type Parameter struct {
	// In is path or query.
	In string
	// Name is that of the part, or of the parameter.
	Name string
}

// Answer is what a caller is told of the end of a run.
type Answer struct {
	// Status is that of HTTP; 0 where only a run knows it.
	Status int
	// Headers are the names of those that are set.
	Headers []string
	// Body is the type of the body; nil where there is none.
	Body *schema.Field
	// MediaType is that of the body; JSON where it is empty.
	MediaType string
	// Failure is true for a run that failed; without a Body it is told by a problem.
	Failure bool
}

// object is one of JSON.
type object = map[string]any

// Document returns the document as indented JSON, the same for the same routes.
func Document(api API) ([]byte, error) {
	d := &document{paths: object{}, schemas: newSchemas(), ids: map[string]bool{"run": true, "run-answer": true, "give-signal": true}, shapes: map[string]string{}, security: newSecurity()}
	for i := range api.Routes {
		d.schemas.count(&api.Routes[i])
	}
	for i := range api.Routes {
		d.route(&api.Routes[i])
	}
	if len(api.Routes) > 0 {
		d.own()
	}
	info := object{"title": cmp.Or(api.Title, "Flows"), "version": cmp.Or(api.Version, "0")}
	if api.Description != "" {
		info["description"] = api.Description
	}
	components := object{"schemas": d.schemas.components, "responses": responses()}
	if len(d.security.schemes) > 0 {
		components["securitySchemes"] = d.security.schemes
	}
	doc := object{
		"openapi": "3.1.1", "info": info, "servers": []any{object{"url": cmp.Or(api.Server, "/")}},
		"tags": d.tagList(), "paths": d.paths, "components": components,
	}
	prune(doc, components)
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the OpenAPI document: %w", err)
	}
	return append(text, '\n'), nil
}

// prune takes out components that nothing refers to.
func prune(doc, components object) {
	for {
		used := map[string]bool{}
		references(doc, used)
		gone := false
		for _, kind := range []string{"schemas", "responses"} {
			all := components[kind].(object)
			for name := range all {
				if !used["#/components/"+kind+"/"+name] {
					delete(all, name)
					gone = true
				}
			}
		}
		if !gone {
			break
		}
	}
	for kind, all := range components {
		if len(all.(object)) == 0 {
			delete(components, kind)
		}
	}
	if len(components) == 0 {
		delete(doc, "components")
	}
}

// references notes what a part of the document refers to.
func references(v any, used map[string]bool) {
	switch v := v.(type) {
	case object:
		if to, ok := v["$ref"].(string); ok {
			used[to] = true
		}
		for _, inner := range v {
			references(inner, used)
		}
	case []any:
		for _, inner := range v {
			references(inner, used)
		}
	}
}

// document is one that is being made.
type document struct {
	paths    object
	schemas  *schemas
	security *security
	tags     []string
	ids      map[string]bool   // of operations
	shapes   map[string]string // paths without the names of their parts, and the path that stands for them
}

// route adds a route.
func (d *document) route(r *Route) {
	parts, path := d.path(r)
	op := object{
		"operationId": d.id(r), "summary": summary(r), "tags": []any{r.Flow},
		"security": d.security.of(r.Security), "responses": d.responses(r),
	}
	if text := strings.TrimSpace(r.Description); text != "" && text != summary(r) {
		op["description"] = text
	}
	parameters := []any{}
	for _, p := range parts {
		parameters = append(parameters, object{"name": p.shown, "in": "path", "required": true, "schema": d.schemas.part(r, p)})
	}
	parameters = append(parameters, d.query(r, parts)...)
	if !bodyless(r.Method) {
		if body := d.body(r, parts); body != nil {
			op["requestBody"] = body
		}
	}
	parameters = append(parameters, headers(r)...)
	if len(parameters) > 0 {
		op["parameters"] = parameters
	}
	if r.Version != "" {
		op[versionExtension] = r.Version
	}
	item, _ := d.paths[path].(object)
	if item == nil {
		item = object{}
		d.paths[path] = item
	}
	method := strings.ToLower(r.Method)
	if _, taken := item[method]; taken {
		return // a route for the rest of a path, beside one for a part of it
	}
	item[method] = op
	d.tag(r)
}

// headers are those that every route reads.
func headers(r *Route) []any {
	list := []any{object{
		"name": "Prefer", "in": "header", "schema": object{"type": "string"}, "example": "respond-async, wait=10",
		"description": "respond-async has the address of the run told at once; with wait=10 after ten seconds, where it has not ended.",
	}}
	if bodyless(r.Method) {
		return list
	}
	return append(list, object{
		"name": "Idempotency-Key", "in": "header", "schema": object{"type": "string", "maxLength": 255},
		"description": "A request that is sent again with its key begins no second run, and gets the same answer.",
	})
}

// versionExtension is the version of an operation's flow, which answers have in a
// header.
const versionExtension = "x-flow-version"

func bodyless(method string) bool { return method == http.MethodGet || method == http.MethodDelete }

// summary is the first line of what a flow says of itself.
func summary(r *Route) string {
	line, _, _ := strings.Cut(strings.TrimSpace(r.Description), "\n")
	if line == "" || len(line) > 120 {
		return "Begin a run of " + r.Flow
	}
	return strings.TrimSuffix(line, ".")
}

// part is a part of a path that a request fills.
type part struct {
	input string // its name in the route
	shown string // its name in the document
}

// path returns a route's path as OpenAPI writes it. Paths that differ in the
// names of their parts alone are one, with the names of the first.
func (d *document) path(r *Route) (parts []part, path string) {
	var shape, shown []string
	for segment := range strings.SplitSeq(r.Path, "/") {
		name, ok := strings.CutPrefix(segment, "{")
		switch name = strings.TrimSuffix(strings.TrimSuffix(name, "}"), "..."); {
		case ok && name == "$":
			shape, shown = append(shape, ""), append(shown, "")
		case ok:
			parts = append(parts, part{name, name})
			shape, shown = append(shape, "{}"), append(shown, "{"+name+"}")
		default:
			shape, shown = append(shape, segment), append(shown, segment)
		}
	}
	path = strings.Join(shown, "/")
	key := strings.Join(shape, "/")
	first, known := d.shapes[key]
	if !known {
		d.shapes[key] = path
		return parts, path
	}
	i := 0
	for segment := range strings.SplitSeq(first, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			parts[i].shown = strings.TrimSuffix(name, "}")
			i++
		}
	}
	return parts, first
}

// id returns a name for the operation that no other has: the flow's, with a
// number where it has several routes.
func (d *document) id(r *Route) string {
	name := word(r.Flow)
	id := name
	for n := 2; d.ids[id]; n++ {
		id = name + "-" + strconv.Itoa(n)
	}
	d.ids[id] = true
	return id
}

// word makes a name of letters, digits, _ and - of a text.
func word(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '-'
	}, text)
}

func (d *document) tag(r *Route) {
	if !slices.Contains(d.tags, r.Flow) {
		d.tags = append(d.tags, r.Flow)
	}
}

func (d *document) tagList() []any {
	list := []any{}
	for _, name := range d.tags {
		list = append(list, object{"name": name, "description": "The flow " + name + "."})
	}
	if len(d.tags) > 0 {
		list = append(list, object{"name": ownTag, "description": "The runs that routes began."})
	}
	return list
}
