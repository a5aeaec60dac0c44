package serve_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/serve"
)

// What counting costs a request that begins a run of ten calls: "off" twice shows how
// far equal ones differ.
func BenchmarkMetrics(b *testing.B) {
	for _, c := range []struct {
		name    string
		metrics bool
	}{{"off", false}, {"off again", false}, {"on", true}} {
		b.Run(c.name, func(b *testing.B) {
			bank := &bank{}
			steps := strings.Repeat("  - {call: bank.pay, with: {amount: 1}}\n", 10)
			flow := bank.flow(b, "flow: pay\ntriggers: [{http: POST /pay}]\nsteps:\n"+steps)
			server, err := serve.New(b.Context(), serve.Config{Flows: []serve.Served{{Flow: flow}}, Registry: bank.registry(b), Metrics: c.metrics})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				server.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/pay", http.NoBody))
				if w.Code != http.StatusNoContent {
					b.Fatal(w.Code, w.Body)
				}
				bank.paid = bank.paid[:0]
			}
		})
	}
}
