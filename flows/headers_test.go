package flows_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	httpops "github.com/medlar-flow/medlar/operations/http"
)

// Computed names find headers in any case, but in runs that began when they did not.
func TestComputedNamesOfHeaders(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Trace", "t-17") }))
	defer server.Close()
	registry, err := connector.NewRegistry(httpops.Connector())
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ expression, want, before string }{
		"brackets":          {"steps.a.headers[ctx.name]", `"t-17"`, "null"},
		"in":                {"ctx.name in steps.a.headers", "true", "false"},
		"get":               {"get(steps.a.headers, ctx.name)", `"t-17"`, "null"},
		"each of a list":    {"map([ctx.name, 'x-trace'], steps.a.headers[#])", `["t-17","t-17"]`, `[null,"t-17"]`},
		"set before":        {"ctx.kept[ctx.name]", `"t-17"`, "null"},
		"lower case":        {"steps.a.headers[lower(ctx.name)]", `"t-17"`, `"t-17"`},
		"of something else": {"{'x-trace': 'own'}[ctx.name]", "null", "null"},
	} {
		t.Run(name, func(t *testing.T) {
			text := "flow: f\ninputs: {name: {type: string, default: X-Trace}}\nsteps:\n" +
				"  - {id: a, call: http.request, with: {url: \"" + server.URL + "\"}}\n  - set: {kept: \"${steps.a.headers}\"}\noutput: \"${" + tt.expression + "}\"\n"
			flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
			if err != nil {
				t.Fatal(err)
			}
			for exact, want := range map[bool]string{false: tt.want, true: tt.before} {
				result, err := flow.Run(t.Context(), nil, runtime.WithExactHeaders(exact))
				if got := outcome(t, result, err); got != want {
					t.Errorf("exact %v gives %s, want %s", exact, got, want)
				}
			}
		})
	}
}
