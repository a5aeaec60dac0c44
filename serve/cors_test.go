package serve_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
)

const sharedFlow = `flow: shared
secrets: {token: {env: TOKEN}}
triggers:
  - {http: POST /one, auth: {apiKey: {header: X-Shop, keys: ["${secrets.token}"]}}, cors: [https://app.example.com, "http://localhost:3000"], respond: {headers: {X-Order: a}}}
  - {http: PUT /all, auth: none, cors: "*", answerWithin: 0s}
  - {http: POST /none, auth: none, cors: []}
  - {http: POST /usual, auth: none}
output: 1
`

func sharing(t *testing.T, origins ...string) *api {
	t.Helper()
	b := &bank{}
	return started(t, serve.Config{
		Flows: []serve.Served{{Flow: b.flow(t, sharedFlow)}}, Registry: b.registry(t), Origins: origins,
		Options: []flows.RunOption{flows.WithEnv(func(string) (string, bool) { return "s3cret-token", true })},
	})
}

// Browsers are told which pages may call, and never that they may send what they keep
// of the user.
func TestCORS(t *testing.T) {
	const app, other = "https://app.example.com", "https://other.example.com"
	a := sharing(t, other)
	ask := func(method string) []string { return []string{"Access-Control-Request-Method: " + method} }
	for _, c := range []struct {
		method, path, origin string
		header               []string
		status               int
		allowed              string // who may see the answer
		sent                 string // one of the headers that may be sent
	}{
		{"OPTIONS", "/one", app, ask("POST"), 204, app, "X-Shop"},
		{"OPTIONS", "/one", "http://localhost:3000", ask("POST"), 204, "http://localhost:3000", "Idempotency-Key"},
		{"OPTIONS", "/one", other, ask("POST"), 204, "", ""},
		{"OPTIONS", "/one", "null", ask("POST"), 204, "", ""},
		{"OPTIONS", "/one", app + ".evil.com", ask("POST"), 204, "", ""},
		{"OPTIONS", "/one", app, ask("DELETE"), 405, "", ""},
		{"OPTIONS", "/one", app, nil, 405, "", ""},
		{"OPTIONS", "/one", "", ask("POST"), 405, "", ""},
		{"OPTIONS", "/all", other, ask("PUT"), 204, "*", "Content-Type"},
		{"OPTIONS", "/none", other, ask("POST"), 405, "", ""},
		{"OPTIONS", "/usual", other, ask("POST"), 204, other, "Authorization"},
		{"OPTIONS", "/usual", app, ask("POST"), 204, "", ""},
		{"OPTIONS", "/nowhere", other, ask("POST"), 404, "", ""},
		{"OPTIONS", "/-/runs/x", app, ask("GET"), 204, "*", "X-Shop"},
		{"OPTIONS", "/-/runs", app, ask("GET"), 404, "", ""},
		{"OPTIONS", "/-/links/t/r/n", app, ask("POST"), 405, "", ""},
		{"POST", "/one", app, []string{"X-Shop: s3cret-token"}, 200, app, ""},
		{"POST", "/one", app, nil, 401, app, ""},
		{"POST", "/one", other, []string{"X-Shop: s3cret-token"}, 200, "", ""},
		{"POST", "/one", "", []string{"X-Shop: s3cret-token"}, 200, "", ""},
		{"PUT", "/all", other, nil, 202, "*", ""},
		{"POST", "/none", other, nil, 200, "", ""},
		{"POST", "/usual", other, nil, 200, other, ""},
		{"GET", "/-/openapi.json", other, nil, 200, other, ""},
		{"GET", "/-/openapi.json", app, nil, 200, "", ""},
	} {
		header := c.header
		if c.origin != "" {
			header = append(header, "Origin: "+c.origin)
		}
		got := a.send(c.method, c.path, "", header...)
		name := strings.Join(append([]string{c.method, c.path}, header...), " ")
		if got.status != c.status || got.header.Get("Access-Control-Allow-Origin") != c.allowed {
			t.Errorf("%s: %d, allowed %q; want %d, %q", name, got.status, got.header.Get("Access-Control-Allow-Origin"), c.status, c.allowed)
		}
		if sent := got.header.Get("Access-Control-Allow-Headers"); !strings.Contains(sent, c.sent) || c.sent == "" && sent != "" {
			t.Errorf("%s: may send %q", name, sent)
		}
		if got.header.Values("Access-Control-Allow-Credentials") != nil {
			t.Errorf("%s: credentials may be sent", name)
		}
		depends := strings.Contains(strings.Join(got.header.Values("Vary"), ","), "Origin")
		if want := c.allowed != "" && c.allowed != "*"; want && !depends {
			t.Errorf("%s: nothing tells caches that it depends on the page", name)
		}
	}
	if got := a.send("POST", "/one", "", "X-Shop: s3cret-token", "Origin: "+app); !strings.Contains(got.header.Get("Access-Control-Expose-Headers"), "X-Order") {
		t.Errorf("the page does not see %v", got.header)
	}
	location := a.send("PUT", "/all", "", "Origin: "+other).header.Get("Location")
	if got := a.send("GET", location, "", "Origin: "+other); got.status != 200 || got.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("the run: %d %v", got.status, got.header)
	}
	if got := a.admin().send("OPTIONS", "/-/runs", "", "Origin: "+other, "Access-Control-Request-Method: GET"); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("pages may ask for what operators may: %d %v", got.status, got.header)
	}
}

func TestNoOrigins(t *testing.T) {
	if got := sharing(t).send("OPTIONS", "/usual", "", "Origin: https://a.example.com", "Access-Control-Request-Method: POST"); got.status != http.StatusMethodNotAllowed {
		t.Errorf("%d %v", got.status, got.header)
	}
	b := &bank{}
	if _, err := serve.New(t.Context(), serve.Config{Flows: []serve.Served{{Flow: b.flow(t, "flow: t\ntriggers: [{http: POST /x}]\noutput: 1\n")}}, Origins: []string{"app.example.com"}}); err == nil || !strings.Contains(err.Error(), "no scheme with a host") {
		t.Errorf("%v", err)
	}
}
