package serve_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/serve"
)

const methodsFlow = `flow: methods
inputs: {n: {type: integer, default: 1}}
triggers:
  - {http: "GET /numbers", auth: none, respond: {headers: {X-Number: "${output}"}, body: "${output}"}}
  - {http: POST /numbers, auth: none}
  - {http: DELETE /other, auth: none}
output: "${ctx.n}"
`

// A method that a path does not take is told those that it does, as HTTP wants.
func TestAllow(t *testing.T) {
	b := &bank{}
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, methodsFlow)}}, Registry: b.registry(t)})
	for _, c := range []struct{ method, path, allow string }{
		{"DELETE", "/numbers", "GET, HEAD, POST"},
		{"OPTIONS", "/numbers", "GET, HEAD, POST"},
		{"HEAD", "/other", "DELETE"},
		{"GET", "/other", "DELETE"},
		{"POST", "/-/healthz", "GET, HEAD"},
		{"GET", "/-/signals/x/y", "POST"},
	} {
		got := a.send(c.method, c.path, "")
		if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d, Allow %q, want %q", c.method, c.path, got.status, got.header.Get("Allow"), c.allow)
		}
		helps(t, got)
	}
}

// HEAD gets what GET gets, without the body.
func TestHead(t *testing.T) {
	b := &bank{}
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, methodsFlow)}}, Registry: b.registry(t)})
	for path, status := range map[string]int{
		"/numbers?n=7": 200, "/numbers?n=x": 422, "/numbers?m=1": 400, "/-/healthz": 200, "/-/readyz": 200, "/-/openapi.json": 200, "/-/runs/x": 404,
	} {
		get, head := a.send("GET", path, ""), a.send("HEAD", path, "")
		if head.status != status || head.body != "" {
			t.Errorf("HEAD %s: %d %q, want %d", path, head.status, head.body, status)
		}
		get.header.Del("Date")
		head.header.Del("Date")
		if diff := cmp.Diff(get.header, head.header); diff != "" || get.status != status {
			t.Errorf("GET %s: %d, and HEAD has other headers (-get +head):\n%s", path, get.status, diff)
		}
	}
	a.stop()
	for _, one := range a.access {
		if one.Method == http.MethodHead && one.Bytes != 0 {
			t.Errorf("the log says that HEAD had a body: %+v", one)
		}
	}
}

const listsFlow = `flow: lists
inputs:
  ids: {type: list, items: {type: integer}, required: true}
  at: {type: list, items: {type: timestamp}}
  deep: {type: object, members: {a: {type: integer, required: true}}}
  rows: {type: list, items: {type: list, items: {type: integer}}}
  name: {type: string}
triggers:
  - {http: GET /lists, auth: none}
  - {http: DELETE /lists, auth: none}
output: {ids: "${ctx.ids}", at: "${ctx.at}", deep: "${ctx.deep}", rows: "${ctx.rows}"}
`

// A list of scalars is a name that stands several times in a query; other lists and
// objects are JSON in one parameter.
func TestListsOfQueries(t *testing.T) {
	b := &bank{}
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, listsFlow)}}, Registry: b.registry(t)})
	for _, c := range []struct {
		query  string
		status int
		want   string
	}{
		{"ids=1&ids=2", 200, `{"at":null,"deep":null,"ids":[1,2],"rows":null}`},
		{"ids=1", 200, `{"at":null,"deep":null,"ids":[1],"rows":null}`},
		{"ids=1&at=2026-01-31T08:00:00Z&deep=%7B%22a%22%3A3%7D&rows=%5B%5B1%5D%2C%5B%5D%5D", 200, `{"at":["2026-01-31T08:00:00Z"],"deep":{"a":3},"ids":[1],"rows":[[1],[]]}`},
		{"ids=1&ids=x", 422, `ids[1]: expected an integer, found \"x\"`},
		{"at=2026-01-31T08:00:00Z", 422, `"parameter":"ids"`},
		{"ids=1&name=a&name=b", 400, `"parameter":"name"`},
		{"ids=1&deep=%7B%7D&deep=%7B%7D", 400, `"parameter":"deep"`},
		{"ids=1&ids=%ff", 400, `BadQuery`},
		{"ids=1&deep=a", 400, `"code":"NotJSON"`},
		{"ids=1&deep=3", 422, `expected an object`},
	} {
		for _, method := range []string{"GET", "DELETE"} {
			got := a.send(method, "/lists?"+c.query, "")
			if got.status != c.status || !strings.Contains(got.body, c.want) {
				t.Errorf("%s %s: %d %s, want %d %s", method, c.query, got.status, got.body, c.status, c.want)
			}
			helps(t, got)
		}
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []map[string]any `json:"parameters"`
		} `json:"paths"`
	}
	if err := json.Unmarshal([]byte(a.send("GET", "/-/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range doc.Paths["/lists"]["get"].Parameters {
		name, _ := p["name"].(string)
		_, schema := p["schema"]
		_, content := p["content"]
		got[name] = fmt.Sprint(p["style"], p["explode"], p["required"], schema, content)
	}
	want := map[string]string{
		"ids": "form true true true false", "at": "form true <nil> true false", "deep": "<nil> <nil> <nil> false true", "rows": "<nil> <nil> <nil> false true", "name": "<nil> <nil> <nil> true false",
	}
	for name, text := range want {
		if strings.ReplaceAll(got[name], " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Errorf("%s is described as %s, want %s", name, got[name], text)
		}
	}
}
