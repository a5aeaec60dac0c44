package serve_test

import (
	"net/http"
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
