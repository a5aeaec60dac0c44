package openapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/auth"
	"github.com/medlar-flow/medlar/serve/internal/openapi"
)

type object = map[string]any

var update = flag.Bool("update", false, "write the document that the test compares with")

// orders is an API with one of everything.
func orders(t testing.TB) openapi.API {
	t.Helper()
	one, hundred := 1.0, 100.0
	line := schema.MustNew(
		&schema.Field{Name: "sku", Type: schema.String, Required: true, Pattern: "^[A-Z]+$", Example: "PEN"},
		&schema.Field{Name: "count", Type: schema.Integer, Default: int64(1), Minimum: &one, Maximum: &hundred, Example: "2"},
	)
	order := schema.MustNew(
		&schema.Field{Name: "lines", Type: schema.List, Required: true, Elem: &schema.Field{Type: schema.Object, Members: line}},
		&schema.Field{Name: "gift", Type: schema.Object, Members: line},
		&schema.Field{Name: "note", Type: schema.String, Pattern: "(?i)x", Description: "What to write on it."},
	)
	tree := schema.MustNew(&schema.Field{Name: "name", Type: schema.String, Required: true})
	inputs := schema.MustNew(
		&schema.Field{Name: "customer", Type: schema.String, Required: true},
		&schema.Field{Name: "order", Type: schema.Object, Required: true, Members: order},
		&schema.Field{Name: "card", Type: schema.String, Secret: true},
		&schema.Field{Name: "wait", Type: schema.Duration, Default: "5s"},
	)
	find := schema.MustNew(
		&schema.Field{Name: "id", Type: schema.Integer, Required: true},
		&schema.Field{Name: "full", Type: schema.Boolean, Default: false, Description: "With its lines."},
		&schema.Field{Name: "tags", Type: schema.Map, Elem: &schema.Field{Type: schema.String}},
	)
	output := &schema.Field{Type: schema.Object, Members: schema.MustNew(
		&schema.Field{Name: "id", Type: schema.String, Required: true},
		&schema.Field{Name: "total", Type: schema.Number, Nullable: true},
		&schema.Field{Name: "first", Type: schema.Object, Nullable: true, Members: tree},
		&schema.Field{Name: "second", Type: schema.Object, Members: tree},
		&schema.Field{Name: "state", Type: schema.String, Enum: []any{"new", "paid"}, Nullable: true},
		&schema.Field{Name: "rest", Nullable: true},
	)}
	security := func(in object) *auth.SecurityScheme {
		s, ok := auth.Security(in)
		if !ok {
			t.Fatal("no security")
		}
		return &s
	}
	return openapi.API{Title: "Orders", Version: "7", Description: "What the shop calls.", Routes: []openapi.Route{
		{
			Flow: "place-order", Version: "0123456789ab", Conditional: true, Description: "Place an order.\nPays it, too.", Method: "POST", Path: "/orders/{customer}", Inputs: inputs,
			Places:   map[string][]string{"order": {}},
			Security: security(object{"bearer": "x"}),
			Answers: []openapi.Answer{
				{Status: 201, Headers: []string{"Location"}, Body: output},
				{Status: 409, Body: &schema.Field{Type: schema.Object, Members: tree}, Failure: true},
			},
		},
		{Flow: "place-order", Method: "PUT", Path: "/orders", Inputs: inputs, ByName: true, Answers: []openapi.Answer{{Status: 200, Body: output}, {Status: 200, Body: &schema.Field{Type: schema.Bytes}, MediaType: "application/pdf"}}},
		{
			Flow: "place order", Method: "POST", Path: "/old", Inputs: inputs, Places: map[string][]string{"order": {"data", "order"}, "customer": {"data", "who"}},
			Security: security(object{"jwt": object{"issuer": "https://login.example.com", "scopes": []any{"orders"}}}), Answers: []openapi.Answer{{Status: 204}},
		},
		{
			Flow: "find-order", Method: "GET", Path: "/orders/{id}", Inputs: find, ByName: true, Answers: []openapi.Answer{{Status: 200, Body: output}, {Status: 404, Failure: true}, {Failure: true}},
			Security: security(object{"apiKey": object{"header": "X-Shop"}}),
		},
		{
			Flow: "find-order", Method: "GET", Path: "/lookup/{order}", Inputs: find, Answers: []openapi.Answer{{Status: 200, Body: output}},
			Parameters: map[string]openapi.Parameter{"id": {In: "path", Name: "order"}, "full": {In: "query", Name: "with-lines"}, "tags": {In: "query", Name: "tags"}},
		},
		{Flow: "files", Method: "GET", Path: "/files/{rest...}", Answers: []openapi.Answer{{Status: 204}}, Security: security(object{"apiKey": object{"header": "X-Other"}})},
		{Flow: "hook", Method: "POST", Path: "/hook", Answers: []openapi.Answer{{Status: 204}}, Security: security(object{"hmac": object{"scheme": "stripe"}})},
		{Flow: "inner", Method: "DELETE", Path: "/inner/{a}/{b}", Answers: []openapi.Answer{{Status: 204}}, Security: security(object{"mutualTls": object{}})},
	}}
}

func document(t testing.TB, api openapi.API) (object, []byte) {
	t.Helper()
	text, err := openapi.Document(api)
	if err != nil {
		t.Fatal(err)
	}
	var doc object
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc, text
}

// The document as it is; redocly lint finds no error in it.
func TestDocument(t *testing.T) {
	_, got := document(t, orders(t))
	const file = "testdata/orders.json"
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, again := document(t, orders(t)); !bytes.Equal(got, again) {
		t.Error("two documents of one API differ")
	}
}

// at follows names into a document.
func at(t *testing.T, v any, names ...string) any {
	t.Helper()
	for _, name := range names {
		m, ok := v.(object)
		if !ok || m[name] == nil {
			t.Fatalf("no %s of %v", name, names)
		}
		v = m[name]
	}
	return v
}

// What is said of bodies is what the flow takes and gives.
func TestSchemasTakeWhatFlowsTake(t *testing.T) {
	doc, text := document(t, orders(t))
	loaded, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("doc.json", loaded); err != nil {
		t.Fatal(err)
	}
	request := func(path, method string) string {
		at(t, doc, "paths", path, method, "requestBody", "content", "application/json", "schema")
		return "/paths/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(path) + "/" + method + "/requestBody/content/application~1json/schema"
	}
	answer := func(path, method, status string) string {
		at(t, doc, "paths", path, method, "responses", status, "content", "application/json", "schema")
		return strings.Replace(request(path, method), "requestBody", "responses/"+status, 1)
	}
	for _, c := range []struct {
		schema, body string
		good         bool
	}{
		{request("/orders/{customer}", "post"), `{"lines": [{"sku": "PEN"}]}`, true},
		{request("/orders/{customer}", "post"), `{"lines": [{"sku": "PEN", "count": 2}], "gift": {"sku": "INK"}, "note": "hi"}`, true},
		{request("/orders/{customer}", "post"), `{"lines": [{"sku": "pen"}]}`, false},
		{request("/orders/{customer}", "post"), `{"lines": [{"sku": "PEN", "count": 101}]}`, false},
		{request("/orders/{customer}", "post"), `{"lines": [{"count": 2}]}`, false},
		{request("/orders/{customer}", "post"), `{"lines": [], "other": 1}`, false},
		{request("/orders/{customer}", "post"), `[]`, false},
		{request("/orders", "put"), `{"customer": "c", "order": {"lines": []}, "card": "4000", "wait": "1m"}`, true},
		{request("/orders", "put"), `{"customer": "c"}`, false},
		{request("/orders", "put"), `{"customer": "c", "order": {"lines": []}, "cards": "4000"}`, false},
		{request("/old", "post"), `{"data": {"who": "c", "order": {"lines": []}}, "more": 1}`, true},
		{request("/old", "post"), `{"data": {"order": {"lines": []}}}`, false},
		{answer("/orders/{customer}", "post", "201"), `{"id": "o-1", "total": null, "first": null, "second": {"name": "x"}, "state": null, "rest": [null]}`, true},
		{answer("/orders/{customer}", "post", "201"), `{"id": "o-1", "total": 2.5, "first": {"name": "x"}, "second": {"name": "y"}, "state": "paid"}`, true},
		{answer("/orders/{customer}", "post", "201"), `{"id": null}`, false},
		{answer("/orders/{customer}", "post", "201"), `{"id": "o-1", "second": null}`, false},
		{answer("/orders/{customer}", "post", "201"), `{"id": "o-1", "state": "old"}`, false},
	} {
		s, err := compiler.Compile("doc.json#" + c.schema)
		if err != nil {
			t.Errorf("%s: %v", c.schema, err)
			continue
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); (err == nil) != c.good {
			t.Errorf("%s: %s: %v, want good %v", c.schema, c.body, err, c.good)
		}
	}
}

// Paths are written as OpenAPI has them: parts that have two names have the first.
func TestPaths(t *testing.T) {
	doc, _ := document(t, openapi.API{Routes: []openapi.Route{
		{Flow: "a", Method: "GET", Path: "/{$}"},
		{Flow: "b", Method: "GET", Path: "/b/{x}/{y}"},
		{Flow: "c", Method: "POST", Path: "/b/{p}/{q}"},
		{Flow: "d", Method: "GET", Path: "/b/{p}/{rest...}"},
		{Flow: "run", Method: "GET", Path: "/e/{$}"},
	}})
	paths := at(t, doc, "paths").(object)
	if len(paths) != 3+3 || paths["/"] == nil || paths["/e/"] == nil || paths["/b/{x}/{y}"] == nil {
		t.Errorf("%v", paths)
	}
	if at(t, doc, "paths", "/b/{x}/{y}", "get", "operationId") != "b" || at(t, doc, "paths", "/b/{x}/{y}", "post", "operationId") != "c" {
		t.Errorf("%v", paths["/b/{x}/{y}"])
	}
	if at(t, doc, "paths", "/e/", "get", "operationId") != "run-2" {
		t.Error("a flow has the id of the server's own operation")
	}
}

// Secrets go in and never come out, and every name that is referred to is there.
func TestDocumentHoldsTogether(t *testing.T) {
	doc, _ := document(t, orders(t))
	if at(t, doc, "paths", "/orders", "put", "requestBody", "content", "application/json", "schema", "properties", "card", "writeOnly") != true {
		t.Error("a secret input is not writeOnly")
	}
	ids := map[string]bool{}
	for path, item := range at(t, doc, "paths").(object) {
		for method, op := range item.(object) {
			id := at(t, op, "operationId").(string)
			if ids[id] {
				t.Errorf("%s %s: %s is the id of two operations", method, path, id)
			}
			ids[id] = true
			named := 0
			parameters, _ := op.(object)["parameters"].([]any)
			for _, p := range parameters {
				if p.(object)["in"] == "path" {
					named++
					if !strings.Contains(path, "{"+p.(object)["name"].(string)+"}") {
						t.Errorf("%s has no part %v", path, p)
					}
				}
			}
			if named != strings.Count(path, "{") {
				t.Errorf("%s: %d of its parts are declared", path, named)
			}
		}
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case object:
			if to, ok := v["$ref"].(string); ok {
				at(t, doc, strings.Split(strings.TrimPrefix(to, "#/"), "/")...)
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(doc)
	if len(at(t, doc, "components", "securitySchemes").(object)) != 6 {
		t.Errorf("security: %v", at(t, doc, "components", "securitySchemes"))
	}
}

// Types that hold each other many times over, or themselves, take the room of one.
func TestDocumentIsBounded(t *testing.T) {
	f := &schema.Field{Name: "v", Type: schema.String}
	for range 60 {
		f = &schema.Field{Type: schema.Object, Members: schema.MustNew(
			&schema.Field{Name: "x", Type: f.Type, Members: f.Members}, &schema.Field{Name: "y", Type: f.Type, Members: f.Members},
		)}
	}
	deep := &schema.Field{Type: schema.List}
	deep.Elem = deep
	_, text := document(t, openapi.API{Routes: []openapi.Route{
		{Flow: "a", Method: "GET", Path: "/a", Answers: []openapi.Answer{{Status: 200, Body: f}}},
		{Flow: "b", Method: "GET", Path: "/b", Answers: []openapi.Answer{{Status: 200, Body: deep}}},
	}})
	if len(text) > 200_000 {
		t.Errorf("the document has %d bytes", len(text))
	}
	if doc, _ := document(t, openapi.API{}); doc["components"] != nil || len(doc["paths"].(object)) != 0 {
		t.Errorf("nothing is %v", doc)
	}
}
