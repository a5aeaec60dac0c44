package serve_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/serve"
)

const kindsFlow = `flow: kinds
inputs:
  who: {type: string, required: true, pattern: '^[a-z]+$'}
  n: {type: integer, minimum: 1, maximum: 10, description: How many.}
  at: {type: timestamp}
  wait: {type: duration, minimum: 1}
  raw: {type: bytes}
  sure: {type: boolean}
  short: {type: string, maxLength: 3}
  kind: {type: string, enum: [a, b]}
  tags: {type: list, items: {type: string}}
  labels: {type: map, items: {type: integer}}
  deep: {type: object, members: {a: {type: string, required: true}, b: {type: list, items: {type: object, members: {c: {type: number, required: true}}}}}}
  pin: {type: secret, minLength: 4}
triggers:
  - {http: "POST /kinds/{who}", auth: none}
  - {http: "GET /kinds/{who}", auth: none}
  - http: PUT /made/{name}
    auth: none
    with: {who: "${request.path.name}", n: "${request.query.many}", deep: "${request.body.inner.deep}", kind: "${request.body.a + request.body.b}"}
  - http: POST /reach
    auth: none
    id: "${request.headers['x-delivery']}"
    with: {who: "${request.body.a.b}", short: "${upper(request.query['s'])}"}
output: 1
`

// Each mistake of a caller says where it is and what to do, all of them at once: what
// cannot be read, or is no input, is 400, and what does not fit is 422.
func TestMistakes(t *testing.T) {
	b := &bank{}
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, kindsFlow)}}, Registry: b.registry(t)})
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		code                     string
		want                     []report.ProblemError
	}{
		{"types", "POST", "/kinds/ada", `{"n": "x", "at": "soon", "wait": "long", "raw": "?", "sure": "perhaps", "tags": {"a": 1}, "labels": [1], "deep": 3}`, 422, "WrongInput", []report.ProblemError{
			{Detail: `expected a timestamp such as 2026-01-31T08:00:00Z, found "soon"`, Pointer: "#/at", Help: "send a timestamp such as 2026-01-31T08:00:00Z"},
			{Detail: "expected an object, found an integer", Pointer: "#/deep", Help: "send an object"},
			{Detail: "expected a map of integer, found a list", Pointer: "#/labels", Help: "send a map of integer"},
			{Detail: `expected an integer, found "x"`, Pointer: "#/n", Help: "send an integer from 1 to 10 (How many)"},
			{Detail: "expected bytes as base64 text", Pointer: "#/raw", Help: "send bytes as base64 text"},
			{Detail: `expected a boolean, found "perhaps"`, Pointer: "#/sure", Help: "send a boolean"},
			{Detail: "expected a list of string, found a map", Pointer: "#/tags", Help: "send a list of string"},
			{Detail: `expected a duration such as 1m30s, found "long"`, Pointer: "#/wait", Help: "send a duration such as 1m30s of at least 1s"},
		}},
		{"bounds", "POST", "/kinds/ada", `{"n": 11, "short": "four", "kind": "c", "wait": "1ms"}`, 422, "WrongInput", []report.ProblemError{
			{Detail: `"c" is none of a or b`, Pointer: "#/kind", Help: "send one of a or b"},
			{Detail: "11 is more than 10", Pointer: "#/n", Help: "send an integer from 1 to 10 (How many)"},
			{Detail: "has 4 characters, at most 3 are allowed", Pointer: "#/short", Help: "send text of at most 3 characters"},
			{Detail: `"1ms" is less than 1s`, Pointer: "#/wait", Help: "send a duration such as 1m30s of at least 1s"},
		}},
		{"members", "POST", "/kinds/ada", `{"deep": {"b": [{"c": 1}, {"c": "x"}, {}], "z": 1}}`, 422, "WrongInput", []report.ProblemError{
			{Detail: "it is missing", Pointer: "#/deep/a", Help: "add it, text"},
			{Detail: `expected a number, found "x"`, Pointer: "#/deep/b/1/c", Help: "send a number"},
			{Detail: "it is missing", Pointer: "#/deep/b/2/c", Help: "add it, a number"},
			{Detail: "there is no such member", Pointer: "#/deep/z", Help: "it takes: a, b"},
		}},
		{"names that need escapes", "POST", "/kinds/ada", `{"labels": {"a.b": "x", "c[0]": "y", "q/r~": "z"}}`, 422, "WrongInput", []report.ProblemError{
			{Detail: `expected an integer, found "x"`, Pointer: "#/labels/a.b", Help: "send an integer"},
			{Detail: `expected an integer, found "y"`, Pointer: "#/labels/c%5B0%5D", Help: "send an integer"},
			{Detail: `expected an integer, found "z"`, Pointer: "#/labels/q~1r~0", Help: "send an integer"},
		}},
		{"a secret", "POST", "/kinds/ada", `{"pin": "123"}`, 422, "WrongInput", []report.ProblemError{
			{Detail: "it does not fit", Pointer: "#/pin", Help: "send text of at least 4 characters"},
		}},
		{"a part of the path", "POST", "/kinds/Ada", ``, 422, "WrongInput", []report.ProblemError{
			{Detail: `"Ada" does not match the pattern ^[a-z]+$`, Parameter: "who", Help: "send text that matches ^[a-z]+$"},
		}},
		{"names", "POST", "/kinds/ada", `{"nn": 1, "who": "eve", "x": 2}`, 400, "UnknownInput", []report.ProblemError{
			{Detail: "the flow has no such input", Pointer: "#/nn", Help: "did you mean \"n\"? inputs are: who, n, at, wait, raw, sure, short, kind, tags, labels, deep, pin"},
			{Detail: "it is given twice", Pointer: "#/who", Help: "send it once"},
			{Detail: "the flow has no such input", Pointer: "#/x", Help: "inputs are: who, n, at, wait, raw, sure, short, kind, tags, labels, deep, pin"},
		}},
		{"a query beside a body", "POST", "/kinds/ada?n=1", `{"n": 1}`, 400, "UnknownInput", []report.ProblemError{
			{Detail: "inputs stand in the body", Parameter: "n", Help: "leave it out, or send it as a member of the body"},
		}},
		{"a query", "GET", "/kinds/ada?n=x&m=1", ``, 400, "UnknownInput", []report.ProblemError{
			{Detail: "the flow has no such input", Parameter: "m", Help: "inputs are: who, n, at, wait, raw, sure, short, kind, tags, labels, deep, pin"},
		}},
		{"a parameter", "GET", "/kinds/ada?n=x", ``, 422, "WrongInput", []report.ProblemError{
			{Detail: `expected an integer, found "x"`, Parameter: "n", Help: "send an integer from 1 to 10 (How many)"},
		}},
		{"twice in a query", "GET", "/kinds/ada?n=1&n=1", ``, 400, "GivenTwice", []report.ProblemError{
			{Detail: "it is given twice", Parameter: "n", Help: "send it once"},
		}},
		{"no list in a query", "GET", "/kinds/ada?tags=a&labels=a&deep=%7B%22a%22%3A1%2C%22a%22%3A2%7D", ``, 400, "GivenTwice", []report.ProblemError{
			{Detail: "a name stands twice in one object", Parameter: "deep", Help: "send each name once"},
			{Detail: "it is not JSON that can be read: line 1, column 1: no value stands here", Parameter: "labels", Help: `a value is null, true, false, a number, a text in "…", a list or an object`},
		}},
		{"in JSON of a query", "GET", "/kinds/ada?deep=%7B%22b%22%3A%5B%7B%22c%22%3A%22x%22%7D%5D%7D", ``, 422, "WrongInput", []report.ProblemError{
			{Detail: "deep.a: it is missing", Parameter: "deep", Help: "add it, text"},
			{Detail: `deep.b[0].c: expected a number, found "x"`, Parameter: "deep", Help: "send a number"},
		}},
		{"twice in a body", "POST", "/kinds/ada", `{"n": 1, "n": 1}`, 400, "GivenTwice", []report.ProblemError{
			{Detail: "it is given twice", Pointer: "#/n", Help: "send it once"},
		}},
		{"no object", "POST", "/kinds/ada", `[1]`, 400, "NotAnObject", []report.ProblemError{
			{Detail: "it is no object", Pointer: "#", Help: "send an object whose members are the inputs"},
		}},
		{"what with takes", "PUT", "/made/Ada?many=x", `{"a": "", "b": "a", "inner": {"deep": {"a": 3.5, "b": {}}}}`, 422, "WrongInput", []report.ProblemError{
			{Detail: "expected a list of object, found a map", Pointer: "#/inner/deep/b", Help: "send a list of object"},
			{Detail: `expected an integer, found "x"`, Parameter: "many", Help: "send an integer from 1 to 10 (How many)"},
			{Detail: `"Ada" does not match the pattern ^[a-z]+$`, Parameter: "name", Help: "send text that matches ^[a-z]+$"},
		}},
		{"what with computes", "PUT", "/made/ada", `{"a": "", "b": "c"}`, 422, "WrongInput", []report.ProblemError{
			{Detail: `input kind: "c" is none of a or b`, Help: "send one of a or b"},
		}},
		{"what with cannot compute", "PUT", "/made/ada", `{"a": 1, "b": "c"}`, 422, "DoesNotFit", []report.ProblemError{
			{Detail: "the input kind cannot be made of what was sent", Pointer: "#/a", Help: "send values of the types that the route's document names"},
		}},
		{"what with cannot reach", "POST", "/reach", `{"a": 5}`, 422, "DoesNotFit", []report.ProblemError{
			{Detail: "the id, by which the request is known, cannot be made: the header X-Delivery is missing", Help: "send it"},
			{Detail: "the input who cannot be made: what stands there in the body is no object", Pointer: "#/a", Help: "send an object that has b"},
			{Detail: "the input short cannot be made: the parameter s of the query is missing", Parameter: "s", Help: "send it"},
		}},
		{"no body", "POST", "/reach?s=x", ``, 422, "DoesNotFit", []report.ProblemError{
			{Detail: "the id, by which the request is known, cannot be made: the header X-Delivery is missing", Help: "send it"},
		}},
		{"no JSON", "POST", "/kinds/ada", `{"n": `, 400, "NotJSON", nil},
		{"no path", "POST", "/kinds/%01", ``, 404, "NotFound", nil},
	} {
		got := a.send(c.method, c.path, c.body)
		var p report.Problem
		if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.header.Get("Content-Type") != report.ProblemType {
			t.Fatalf("%s: %d %s", c.name, got.status, got.body)
		}
		if got.status != c.status || p.Status != c.status || p.Code != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.name, got.status, got.body, c.status, c.code)
		}
		if diff := cmp.Diff(c.want, p.Errors); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		helps(t, got)
	}
}

// An answer names twenty mistakes, and is no larger than the request.
func TestManyMistakes(t *testing.T) {
	b := &bank{}
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, kindsFlow)}}, Registry: b.registry(t)})
	unknown := make([]string, 10_000)
	for i := range unknown {
		unknown[i] = fmt.Sprintf("%q: 1", fmt.Sprintf("x%d", i))
	}
	for body, more := range map[string]int{
		"{" + strings.Join(unknown, ",") + "}": 9980, `{"labels": {` + strings.ReplaceAll(strings.Join(unknown, ","), ": 1", `: "x"`) + "}}": 9980,
		"{" + strings.Join(unknown[:20], ",") + "}": 0,
	} {
		got := a.send("POST", "/kinds/ada", body)
		var p report.Problem
		if err := json.Unmarshal([]byte(got.body), &p); err != nil || len(p.Errors) != 20 || len(got.body) > 10_000 {
			t.Errorf("%d mistakes in %d bytes, %v", len(p.Errors), len(got.body), err)
		}
		if said := strings.HasSuffix(p.Detail, "; 9980 mistakes more are not named"); said != (more > 0) {
			t.Errorf("it says %q", p.Detail)
		}
		helps(t, got)
	}
}

// helps fails where a refusal does not say what to do.
func helps(t *testing.T, got *answer) {
	t.Helper()
	var p report.Problem
	if got.status < 400 || got.header.Get("Content-Type") != report.ProblemType || json.Unmarshal([]byte(got.body), &p) != nil || p.Class != "" {
		return // a failure of a run is no mistake of its caller
	}
	for _, e := range p.Errors {
		if e.Help == "" {
			t.Errorf("%d %s: %s%s has no help", got.status, p.Code, e.Pointer, e.Parameter)
		}
	}
	if p.Help == "" && len(p.Errors) == 0 || strings.HasSuffix(p.Detail, ".") {
		t.Errorf("%d %s has no help", got.status, got.body)
	}
}
