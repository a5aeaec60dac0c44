package http_test

import (
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations/http"
)

// An object or a list goes on as it came; whatever looks into it finds its value.
func TestAnswersGoOnAsTheyCame(t *testing.T) {
	for _, tt := range []struct {
		name, answer, kind string
		sent               string // on, as a body
		output             any
	}{
		{"an object", `{ "b": 1.50, "a":{"c": [1, 2e0]} }`, "application/json", `{"a":{"c":[1,2]},"b":1.5}`, map[string]any{"b": 1.5, "a": map[string]any{"c": []any{int64(1), 2.0}}}},
		{"an object without exponents", `{ "b": 1.50, "a":{"c": [1]} }`, "application/json", `{ "b": 1.50, "a":{"c": [1]} }`, map[string]any{"b": 1.5, "a": map[string]any{"c": []any{int64(1)}}}},
		{"a list", `[1, {"a": "x"}]`, "application/problem+json; charset=utf-8", `[1, {"a": "x"}]`, []any{int64(1), map[string]any{"a": "x"}}},
		{"text", `"{\"a\": 1}"`, "application/json", `{"a": 1}`, `{"a": 1}`},
		{"a number", `12.0`, "application/json", `12`, 12.0},
		{"text of another type", `{"a": 1}`, "text/plain", `{"a": 1}`, `{"a": 1}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var mu sync.Mutex
			var got []string
			server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
				body, _ := io.ReadAll(r.Body)
				mu.Lock()
				got = append(got, string(body))
				mu.Unlock()
				w.Header().Set("Content-Type", tt.kind)
				_, _ = io.WriteString(w, tt.answer)
			}))
			defer server.Close()
			registry, err := connector.NewRegistry(http.Connector())
			if err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf(`flow: f
connections: {http: {baseUrl: %q}}
steps:
  - {id: one, call: http.request, with: {url: /}}
  - {call: http.request, with: {url: /, method: POST, body: "${steps.one.body}"}}
output: "${steps.one.body}"
`, server.URL)
			flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", registry)
			if err != nil {
				t.Fatal(err)
			}
			result, err := flow.Run(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if diff := cmp.Diff([]string{"", tt.sent}, got); diff != "" {
				t.Errorf("bodies (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.output, result.Output); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}
