package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/medlar-flow/medlar/connector"
)

// An agent calls a flow, and writes one, on the streams of the command.
func TestMCP(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pay.yaml")
	const text = `flow: pay
inputs: {orderId: {type: string, required: true}, amount: {type: integer, required: true}}
triggers: [{tool: {name: pay_order, description: Charges an order.}}]
steps: [{id: paid, call: pay.list}]
output: "${steps.paid}"
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	fromAgent, toCommand := io.Pipe()
	fromCommand, toAgent := io.Pipe()
	var stderr strings.Builder
	code := make(chan int, 1)
	go func() {
		c := Command{Connectors: []*connector.Connector{pay()}, Stdin: fromAgent, Stdout: toAgent, Stderr: &stderr}
		code <- c.Run(context.WithoutCancel(t.Context()), []string{"mcp", path, "--log-level", "error"})
	}()
	agent, err := mcp.NewClient(&mcp.Implementation{Name: "agent"}, nil).Connect(t.Context(), &mcp.IOTransport{Reader: fromCommand, Writer: toCommand}, nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := agent.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	if want := []string{"medlar_check", "medlar_functions", "medlar_operation", "medlar_operations", "pay_order"}; !slices.Equal(names, want) {
		t.Errorf("the tools are %q, want %q", names, want)
	}
	for _, c := range []struct {
		tool      string
		arguments map[string]any
		want      string
		fails     bool
	}{
		{"medlar_check", map[string]any{"text": "flow: a\nsteps: [{call: pay.charg}]\n"}, "unknown-operation", false},
		{"medlar_check", map[string]any{"text": "flow: a\nsteps: [{set: {a: 1}}]\n"}, "no mistakes", false},
		{"medlar_check", map[string]any{"text": strings.Repeat(" ", mostText+1)}, "is the most", true},
		{"medlar_check", map[string]any{"text": 1}, "no object with the texts", true},
		{"medlar_operations", nil, `"name":"pay.charge"`, false},
		{"medlar_operations", map[string]any{"prefix": "nothing"}, `there is no operation "nothing"`, true},
		{"medlar_operation", map[string]any{"name": "pay.charge"}, `"parameters":[`, false},
		{"medlar_operation", map[string]any{"name": "pay.charg"}, `did you mean "pay.charge"?`, true},
		{"medlar_functions", map[string]any{"name": "sortBy"}, "example: ", false},
		{"medlar_functions", map[string]any{"name": "sortBye"}, "there is no function", true},
		{"pay_order", map[string]any{"orderId": "o-1"}, "amount", true},
	} {
		r, err := agent.CallTool(t.Context(), &mcp.CallToolParams{Name: c.tool, Arguments: c.arguments})
		if err != nil {
			t.Errorf("%s: %v", c.tool, err)
			continue
		}
		if got := r.Content[0].(*mcp.TextContent).Text; r.IsError != c.fails || !strings.Contains(got, c.want) {
			t.Errorf("%s %v: %v %s, want %s", c.tool, c.arguments, r.IsError, got, c.want)
		}
	}
	_ = toCommand.Close()
	if got := <-code; got != 0 || stderr.Len() > 0 {
		t.Errorf("exit code %d: %s", got, stderr.String())
	}
	_ = agent.Close()
}
