package operations_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations"
)

// Plain values of a request are sent as they are written.
func TestPromiseHTTPKeepsTheSourceText(t *testing.T) {
	e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, 200, "") })
	got := runFlow(t, "memory", `
flow: texts
inputs: {name: {type: string, default: made}, none: {type: string}}
connections: {http: {baseUrl: "URL", headers: {X-Conn: 2.10, X-Zero: 007}}}
steps:
  - id: s
    call: http.request
    with:
      url: /
      method: POST
      headers: {X-Version: 1.10, X-Yes: yes, X-Octal: 0755, X-None: "${ctx.none ?? omit}", "X-${ctx.name}": 3.10, "X-${ctx.name}-2": "${1 + 1}"}
      query: {v: 1.10, id: 012345678901, list: [1.10, 2.0, true], none: "${ctx.none ?? omit}", "k-${ctx.name}": 1e3, e: "${1 + 1}"}
      form: {f: 1.10, g: [01], "k-${ctx.name}": 5.0}
`, e)
	if got.err != nil {
		t.Fatal(got.err)
	}
	r := e.requests[0]
	for name, want := range map[string]string{
		"X-Conn": "2.10", "X-Zero": "007", "X-Version": "1.10", "X-Yes": "yes", "X-Octal": "0755", "X-None": "", "X-Made": "3.10", "X-Made-2": "2",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("the header %s is %q, want %q", name, got, want)
		}
	}
	if want := "e=2&id=012345678901&k-made=1e3&list=1.10&list=2.0&list=true&v=1.10"; r.URL.RawQuery != want {
		t.Errorf("the query is %s, want %s", r.URL.RawQuery, want)
	}
	if want := "f=1.10&g=01&k-made=5.0"; e.bodies[0] != want {
		t.Errorf("the form is %s, want %s", e.bodies[0], want)
	}
}

// Cookies stay apart.
func TestPromiseHTTPCookies(t *testing.T) {
	e := answerBadly(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path == "/two" {
			w.Header()["Set-Cookie"] = []string{"a=1; Expires=Sat, 31 Jan 2026 08:00:00 GMT", "b=2, 3"}
		}
	})
	got := runFlow(t, "memory", `
flow: cookies
connections: {http: {baseUrl: "URL"}}
steps:
  - {id: two, call: http.request, with: {url: /two}}
  - {id: none, call: http.request, with: {url: /none}}
output: {two: "${steps.two.setCookies}", none: "${steps.none.setCookies}"}
`, e)
	want := map[string]any{"two": []any{"a=1; Expires=Sat, 31 Jan 2026 08:00:00 GMT", "b=2, 3"}, "none": []any{}}
	if diff := cmp.Diff(any(want), got.output); diff != "" {
		t.Errorf("cookies (-want +got):\n%s", diff)
	}
}

// A body stays with the host that it was meant for.
func TestPromiseHTTPBodiesStay(t *testing.T) {
	there := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, 200, "there") })
	for _, status := range []int{307, 308} {
		for _, test := range []struct {
			with     string
			followed bool
		}{
			{"method: POST, body: {secret: s}", false},
			{"method: PUT, form: {secret: s}", false},
			{"method: POST", true},
			{"method: GET", true},
		} {
			e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, status, "", "Location", there.URL+"/x") })
			before := there.count()
			got := runFlow(t, "memory", "flow: f\nsteps: [{id: s, call: http.request, retry: 3, with: {url: 'URL/', "+test.with+"}}]", e)
			if followed := there.count() > before; followed != test.followed || (got.err == nil) != test.followed {
				t.Errorf("%d of %s: followed %t, error %v", status, test.with, followed, got.err)
			}
			if got.err != nil && (!strings.Contains(got.err.Message, "a body is not sent to another host") || got.err.Outcome == connector.OutcomeUnknown || got.err.Requests != 1) {
				t.Errorf("%d of %s: %+v", status, test.with, got.err)
			}
		}
	}
	// The same host gets it.
	e := answerBadly(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path == "/" {
			answer(w, 307, "", "Location", "/next")
		}
	})
	got := runFlow(t, "memory", "flow: f\nsteps: [{id: s, call: http.request, with: {url: 'URL/', method: POST, body: text}}]", e)
	if got.err != nil || len(e.bodies) != 2 || e.bodies[1] != "text" {
		t.Errorf("%v, bodies %q", got.err, e.bodies)
	}
}

// What can never be sent is found by the check.
func TestPromiseHTTPChecks(t *testing.T) {
	tests := []struct {
		name, connection, with string
		want                   string // the rule; empty for none
		warning                bool
	}{
		{"relative, a connection without baseUrl", "http: {headers: {A: b}}", "url: /orders", "relative-url", false},
		{"relative, no connection", "", "url: /orders", "relative-url", true},
		{"relative and made", "http: {}", `url: "/orders/${ctx.id}"`, "relative-url", false},
		{"relative, no slash", "http: {}", "url: orders", "relative-url", false},
		{"relative, with a baseUrl", `http: {baseUrl: "http://127.0.0.1:1"}`, "url: /orders", "", false},
		{"relative, with a baseUrl that is made", `http: {baseUrl: "${ctx.id}"}`, "url: /orders", "", false},
		{"absolute", "http: {}", `url: "http://127.0.0.1:1/"`, "", false},
		{"made", "http: {}", `url: "${ctx.id}/x"`, "", false},
		{"two bodies", "http: {}", `url: "http://127.0.0.1:1/", body: x, form: {a: b}`, "two-bodies", false},
		{"two bodies, one made", "http: {}", `url: "http://127.0.0.1:1/", body: "${ctx.id}", form: {a: b}`, "two-bodies", true},
		{"two bodies, one null", "http: {}", `url: "http://127.0.0.1:1/", body: null, form: {a: b}`, "", false},
		{"a map in the query", "http: {}", `url: "http://127.0.0.1:1/", query: {a: {b: c}}`, "wrong-type", false},
	}
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "flow: f\ninputs: {id: {type: string, default: x}}\nconnections: {" + tt.connection + "}\nsteps: [{id: s, call: http.request, with: {" + tt.with + "}}]\n"
			if tt.connection == "" {
				text = strings.Replace(text, "connections: {}\n", "", 1)
			}
			flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
			said := ""
			if err != nil {
				said = err.Error()
			} else if w := flow.Warnings(); w != nil {
				said = w.Error()
			}
			if (err != nil) != (tt.want != "" && !tt.warning) {
				t.Errorf("the check fails with %v", err)
			}
			if tt.want == "" && said != "" || !strings.Contains(said, tt.want) {
				t.Errorf("the check says %q, want %q", said, tt.want)
			}
		})
	}
}
