package agents

import (
	"context"
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func (r Reader) described() *mcp.Tool {
	changes := false
	return &mcp.Tool{
		Name: r.Name, Description: r.Description, InputSchema: r.Input,
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, DestructiveHint: &changes, OpenWorldHint: &changes},
	}
}

// call answers a call.
func (r Reader) call(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	out, err := r.Read(ctx, req.Params.Arguments)
	text, ok := out.(string)
	switch {
	case err != nil:
		return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: err.Error()}}}, nil
	case !ok:
		b, err := json.Marshal(out)
		if err != nil {
			return nil, err //nolint:wrapcheck // it says all
		}
		text = string(b)
	}
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil
}
