package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/medlar-flow/medlar/internal/devserver"
)

// Agents call the tools of flows whose runs workers carry: with the result of the run,
// once for a key, and failures as those of the tool.
func testServedTools(t *testing.T, server *devserver.Server) {
	b := newBench(t, server)
	b.flow(`flow: tools
inputs: {name: {type: string, required: true}, fail: {type: boolean, default: false}}
triggers: [{tool: {name: do_it, description: Does it.}}]
steps: [{id: did, call: probe.step, with: {name: "${ctx.name}", fail: "${ctx.fail}", value: "${'was ' + ctx.name}"}}]
output: {said: "${steps.did}"}
`)
	b.worker()
	w := b.serve()
	agent := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1"}, nil)
	s, err := agent.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: w.url + "/-/mcp", MaxRetries: -1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // the server goes
	call := func(arguments map[string]any) (bool, string) {
		t.Helper()
		r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "do_it", Arguments: arguments})
		if err != nil {
			t.Fatal(err)
		}
		said := r.StructuredContent
		if r.IsError {
			said = r.Meta["medlar/failure"]
		}
		text, err := json.Marshal(said)
		if err != nil {
			t.Fatal(err)
		}
		return r.IsError, string(text)
	}
	for range 2 {
		if failed, got := call(map[string]any{"name": "tool-a", "idempotencyKey": "k"}); failed || got != `{"said":"was tool-a"}` {
			t.Errorf("error %t: %s", failed, got)
		}
	}
	if failed, got := call(map[string]any{"name": "tool-b", "idempotencyKey": "k"}); !failed || !strings.Contains(got, "KeyReused") {
		t.Errorf("another call with the key: error %t: %s", failed, got)
	}
	if failed, got := call(map[string]any{"name": "tool-c", "fail": true}); !failed || !strings.Contains(got, "Broken") {
		t.Errorf("a failure: error %t: %s", failed, got)
	}
	if calls := slices.DeleteFunc(b.rang(), func(name string) bool { return !strings.HasPrefix(name, "tool-") }); !slices.Equal(calls, []string{"tool-a", "tool-c"}) {
		t.Errorf("called %v", calls)
	}
}
