package serve_test

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
)

const describedFlows = `flow: pay
description: Pay an order.
inputs:
  order: {type: object, required: true, members: {id: {type: string, required: true}, amount: {type: integer, required: true, minimum: 1}, pin: {type: secret}}}
  customer: {type: string, required: true, pattern: '^c-[0-9]+$'}
secrets: {token: {env: TOKEN}}
triggers:
  - http: POST /pay/{customer}
    auth: {bearer: "${secrets.token}"}
    with: {order: "${request.body}", customer: "${request.path.customer}"}
    if: "${request.headers['x-test'] == null}"
    respond:
      - {status: 201, headers: {Location: "/orders/${output.id}"}, body: "${output}"}
      - {on: TooMuch, status: 413, body: {sorry: "${ctx.order.id}", run: "${run.id}", why: "${error.message}"}}
      - {on: Odd, status: 404}
steps:
  - {if: "${ctx.order.amount > 1000}", fail: {code: TooMuch, message: "at most 1000"}}
  - {if: "${ctx.order.amount == 1000}", fail: {code: Odd, message: "not that", status: 409}}
  - {if: "${ctx.order.amount == 999}", fail: {code: Sad, message: "nor that", status: 409}}
  - {id: paid, call: bank.pay, with: {amount: "${ctx.order.amount}"}}
output: {id: "${ctx.order.id}", payment: "${steps.paid.id}", count: 1}
---
flow: find
inputs: {id: {type: integer, required: true}, full: {type: boolean, default: false}}
triggers:
  - {http: "GET /find/{id}"}
  - {http: "GET /text/{id}", respond: {headers: {Content-Type: text/plain, X-A: b}, body: "hello ${ctx.id}"}}
  - {http: "PUT /late/{id}", answerWithin: 0s}
output: {id: "${ctx.id}", full: "${ctx.full}"}
---
flow: quiet
triggers: [{http: POST /quiet}]
steps: [{set: {a: 1}}]
---
flow: perhaps
inputs: {text: {type: string}}
triggers: [{http: POST /perhaps}]
output: "${ctx.text}"
`

func described(t *testing.T) *api {
	t.Helper()
	b := &bank{}
	var list []serve.Served
	for text := range strings.SplitSeq(describedFlows, "---\n") {
		list = append(list, serve.Served{Flow: b.flow(t, text), File: "flow.yaml"})
	}
	return started(t, serve.Config{
		Flows: list, Registry: b.registry(t), Title: "Shop",
		Options: []flows.RunOption{flows.WithEnv(func(string) (string, bool) { return "s3cret-token", true })},
	})
}

// What the server answers is what its document says that it answers.
func TestAnswersAreAsDescribed(t *testing.T) {
	a := described(t)
	got := a.send("GET", "/-/openapi.json", "")
	if got.status != 200 || got.member("openapi") != "3.1.1" || strings.Contains(got.body, "s3cret") {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if again := a.send("GET", "/-/openapi.json", "", "If-None-Match: "+got.header.Get("ETag")); again.status != 304 || again.body != "" {
		t.Errorf("again: %d %s", again.status, again.body)
	}
	d := readDocument(t, got.body)
	for _, c := range []struct {
		method, path, route, body string
		header                    []string
		status                    int
	}{
		{"POST", "/pay/c-1", "/pay/{customer}", `{"id": "o-1", "amount": 3}`, []string{bearer}, 201},
		{"POST", "/pay/c-1", "/pay/{customer}", `{"id": "o-1", "amount": 3}`, []string{bearer, "X-Test: 1"}, 204},
		{"POST", "/pay/c-1", "/pay/{customer}", `{"id": "o-1", "amount": 3}`, []string{bearer, "Prefer: respond-async"}, 202},
		{"POST", "/pay/c-1", "/pay/{customer}", `{"id": "o-1", "amount": 3`, []string{bearer}, 400},
		{"POST", "/pay/c-1", "/pay/{customer}", `{"id": "o-1", "amount": 3}`, nil, 401},
		{"POST", "/pay/c-1", "/pay/{customer}", `{"id": "o-1", "amount": 0}`, []string{bearer}, 422},
		{"POST", "/pay/c-1", "/pay/{customer}", `{"id": "o-1", "amount": 2000}`, []string{bearer}, 413},
		{"POST", "/pay/c-1", "/pay/{customer}", `{"id": "o-1", "amount": 1000}`, []string{bearer}, 404},
		{"POST", "/pay/c-1", "/pay/{customer}", `{"id": "o-1", "amount": 999}`, []string{bearer}, 409},
		{"GET", "/find/12?full=true", "/find/{id}", ``, nil, 200},
		{"GET", "/find/x", "/find/{id}", ``, nil, 422},
		{"GET", "/find/12?other=true", "/find/{id}", ``, nil, 400},
		{"GET", "/text/12", "/text/{id}", ``, nil, 200},
		{"PUT", "/late/12", "/late/{id}", `{}`, nil, 202},
		{"POST", "/quiet", "/quiet", ``, nil, 204},
		{"POST", "/perhaps", "/perhaps", `{"text": "x"}`, nil, 200},
		{"POST", "/perhaps", "/perhaps", ``, nil, 204},
	} {
		got := a.send(c.method, c.path, c.body, c.header...)
		if got.status != c.status {
			t.Errorf("%s %s %s: %d %s, want %d", c.method, c.path, c.body, got.status, got.body, c.status)
		}
		d.holds(c.method, c.route, got)
		if version := got.header.Get("Flow-Version"); version == "" || version != d.at("paths", c.route, strings.ToLower(c.method), "x-flow-version") {
			t.Errorf("%s %s: version %q", c.method, c.path, version)
		}
	}
}

// openAPI is a document that answers are held against.
type openAPI struct {
	t        *testing.T
	doc      map[string]any
	compiler *jsonschema.Compiler
}

func readDocument(t *testing.T, text string) *openAPI {
	t.Helper()
	d := &openAPI{t: t, compiler: jsonschema.NewCompiler()}
	if err := json.Unmarshal([]byte(text), &d.doc); err != nil {
		t.Fatal(err)
	}
	loaded, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	if err := d.compiler.AddResource("doc.json", loaded); err != nil {
		t.Fatal(err)
	}
	return d
}

// at follows names into the document; nil where it does not lead so far.
func (d *openAPI) at(names ...string) any {
	var v any = d.doc
	for _, name := range names {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// holds looks whether an answer is one that the document has for a route.
func (d *openAPI) holds(method, route string, got *answer) {
	d.t.Helper()
	at := []string{"paths", route, strings.ToLower(method), "responses", strconv.Itoa(got.status)}
	if d.at(at...) == nil {
		at[len(at)-1] = "default"
	}
	response, _ := d.at(at...).(map[string]any)
	if to, ok := response["$ref"].(string); ok {
		at = strings.Split(strings.TrimPrefix(to, "#/"), "/")
		response, _ = d.at(at...).(map[string]any)
	}
	if response == nil {
		d.t.Errorf("%s %s: the document has no answer %d", method, route, got.status)
		return
	}
	for name := range mapAt(response, "headers") {
		if got.header.Get(name) == "" {
			d.t.Errorf("%s %s: %d without %s", method, route, got.status, name)
		}
	}
	content := mapAt(response, "content")
	if len(content) == 0 {
		if got.body != "" {
			d.t.Errorf("%s %s: %d has the body %s, and the document none", method, route, got.status, got.body)
		}
		return
	}
	media, _, _ := mime.ParseMediaType(got.header.Get("Content-Type"))
	if content[media] == nil {
		d.t.Errorf("%s %s: %d is %s, which the document has not", method, route, got.status, media)
		return
	}
	pointer := "doc.json#"
	for _, part := range append(at, "content", media, "schema") {
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(part)
	}
	s, err := d.compiler.Compile(pointer)
	if err != nil {
		d.t.Fatal(err)
	}
	v := any(got.body)
	if media != "text/plain" {
		if v, err = jsonschema.UnmarshalJSON(bytes.NewReader([]byte(got.body))); err != nil {
			d.t.Fatal(err)
		}
	}
	if err := s.Validate(v); err != nil {
		d.t.Errorf("%s %s: %d %s: %v", method, route, got.status, got.body, err)
	}
}

func mapAt(v map[string]any, name string) map[string]any {
	m, _ := v[name].(map[string]any)
	return m
}

// A member that is always there is said to be.
func TestOutputsAreRequired(t *testing.T) {
	d := readDocument(t, described(t).send(http.MethodGet, "/-/openapi.json", "").body)
	for route, want := range map[string]string{"/pay/{customer} post 201": "[count id payment]", "/find/{id} get 200": "[full id]"} {
		part := strings.Fields(route)
		s, _ := d.at("paths", part[0], part[1], "responses", part[2], "content", "application/json", "schema").(map[string]any)
		names := map[string]bool{}
		list, _ := s["required"].([]any)
		for _, name := range list {
			names[name.(string)] = true
		}
		for name := range strings.FieldsSeq(strings.Trim(want, "[]")) {
			if !names[name] {
				t.Errorf("%s: %s is not required: %v", route, name, s)
			}
		}
	}
	if d.at("info", "title") != "Shop" {
		t.Errorf("title: %v", d.at("info", "title"))
	}
}
