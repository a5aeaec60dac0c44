package agents

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve"
)

// keyArgument is what a call may have beside the inputs, unless one is named so: the
// key by which it is known.
const keyArgument = "idempotencyKey"

// metaKey is where programs say the key instead.
const metaKey = "medlar/idempotencyKey"

// metaRun and metaFailure are where a result says which run gave it, and how it failed.
const metaRun, metaFailure = "medlar/run", "medlar/failure"

// described is a tool as agents are told of it.
func described(t serve.Tool) *mcp.Tool {
	changes := !t.Tool.ReadOnly
	return &mcp.Tool{
		Name: t.Tool.Name, Description: t.Tool.Description, InputSchema: inputSchema(t), OutputSchema: outputSchema(t.Flow.Output()),
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: t.Tool.ReadOnly, IdempotentHint: t.Tool.Idempotent, DestructiveHint: &changes},
	}
}

// inputSchema is that of the flow's inputs, and of the key where calling twice does
// something twice.
func inputSchema(t serve.Tool) map[string]any {
	js := readable(t.Flow.Inputs().JSONSchema())
	js["type"], js["additionalProperties"] = "object", false
	if !takesKey(t) || t.Tool.ReadOnly {
		return js
	}
	properties, _ := js["properties"].(map[string]any)
	properties = maps.Clone(properties)
	if properties == nil {
		properties = map[string]any{}
	}
	properties[keyArgument] = map[string]any{
		"type": "string", "pattern": `^[!#-+\--~]{1,255}$`,
		"description": "Names this call. Called again with the same key and arguments, the tool does nothing twice and gives the same result; give a new key to do it again.",
	}
	js["properties"] = properties
	return js
}

// takesKey reports whether the key can stand among the arguments.
func takesKey(t serve.Tool) bool { return t.Flow.Inputs().Field(keyArgument) == nil }

// isObject reports whether a result is one for every version of the protocol; another
// one becomes the member result of one.
func isObject(f *schema.Field) bool {
	return f != nil && !f.Nullable && (f.Type == schema.Object || f.Type == schema.Map)
}

// call answers calls of a tool.
func (a *Agents) call(t serve.Tool) mcp.ToolHandler {
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		call := serve.ToolCall{Name: t.Tool.Name, Header: headerOf(req), Trace: traceOf(req.Params.Meta)}
		arguments, err := argumentsOf(req.Params.Arguments)
		if err != nil {
			return failed(&report.Problem{Code: "NotAnObject", Detail: err.Error(), Help: "send the arguments as one object"}), nil
		}
		call.Arguments = arguments
		if call.Key, err = keyOf(t, req, arguments); err != nil {
			return failed(&report.Problem{Code: "BadKey", Detail: err.Error()}), nil
		}
		progress := follow(ctx, req)
		call.Listen = progress.listener()
		result, err := a.server.CallTool(ctx, call)
		progress.end()
		switch {
		case errors.Is(err, serve.ErrNoTool):
			return failed(&report.Problem{Code: "UnknownTool", Detail: err.Error()}), nil
		case err != nil:
			return nil, err //nolint:wrapcheck // it says all
		case result.Problem != nil:
			return failed(result.Problem), nil
		}
		return given(result, t.Flow.Output())
	}
}

// argumentsOf reads the arguments of a call.
func argumentsOf(raw json.RawMessage) (map[string]any, error) {
	if len(raw) == 0 {
		return map[string]any{}, nil
	}
	v, err := value.DecodeJSON(raw)
	if err != nil {
		return nil, errors.New("the arguments are no JSON that can be read")
	}
	if v == nil {
		return map[string]any{}, nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the arguments are no object")
	}
	return m, nil
}

// keyOf takes the key of a call: the argument, what its _meta says, or the header.
func keyOf(t serve.Tool, req *mcp.CallToolRequest, arguments map[string]any) (string, error) {
	if v, found := arguments[keyArgument]; found && takesKey(t) {
		delete(arguments, keyArgument)
		if v != nil {
			key, ok := v.(string)
			if !ok {
				return "", fmt.Errorf("%s is no text", keyArgument)
			}
			if key == "" {
				return "", fmt.Errorf("%s is empty: give each call a name of its own, or leave it out", keyArgument)
			}
			return key, nil
		}
	}
	if v, found := req.Params.Meta[metaKey]; found {
		key, ok := v.(string)
		if !ok {
			return "", fmt.Errorf("%s in _meta is no text", metaKey)
		}
		if key == "" {
			return "", fmt.Errorf("%s in _meta is empty: give each call a name of its own, or leave it out", metaKey)
		}
		return key, nil
	}
	if header := headerOf(req); header != nil {
		return header.Get("Idempotency-Key"), nil
	}
	return "", nil
}

// traceOf returns where a call stands in a trace, as its _meta says it on every
// transport: by the names and in the form of the headers. What is none says nothing.
func traceOf(meta mcp.Meta) connector.Trace {
	parent, _ := meta["traceparent"].(string)
	state, _ := meta["tracestate"].(string)
	t, _ := connector.ReadTrace(parent, []string{state})
	return t
}

// given is the result of a run that ended well: as it is, and as text for those who
// read nothing else. What was hidden and would not fit the schema of the output is null, and
// a text behind the result says so.
func given(r *serve.ToolResult, output *schema.Field) (*mcp.CallToolResult, error) {
	var h hiding
	text, err := written(r.Output, output)
	if err == nil && bytes.Contains(text, []byte(schema.Masked)) {
		text, err = written(h.fit(r.Output, output), output)
	}
	if err != nil {
		return nil, fmt.Errorf("the result cannot be written: %w", err)
	}
	result := &mcp.CallToolResult{
		Meta: mcp.Meta{metaRun: r.Run}, Content: []mcp.Content{&mcp.TextContent{Text: string(text)}}, StructuredContent: json.RawMessage(text),
	}
	if hidden := h.text(); hidden != "" {
		result.Content = append(result.Content, &mcp.TextContent{Text: hidden})
	}
	return result, nil
}

// written is an output as the object that a result is.
func written(out any, f *schema.Field) ([]byte, error) {
	switch {
	case !isObject(f):
		out = map[string]any{"result": out}
	case out == nil: // all of it was hidden
		out = map[string]any{}
	}
	return value.EncodeJSON(out) //nolint:wrapcheck // the caller says what was done
}

// failed is a problem as an agent is told of it: as text, and for programs in _meta. It
// is no structured content, which has to be as the output schema says, and which clients
// hold against that also where the result is an error.
func failed(p *report.Problem) *mcp.CallToolResult {
	told := map[string]any{"code": p.Code}
	for name, text := range map[string]string{"class": string(p.Class), "message": p.Detail, "run": p.Run, "help": helpOf(p)} {
		if text != "" {
			told[name] = text
		}
	}
	var lines []string
	for _, e := range p.Errors {
		line := strings.TrimSpace(strings.TrimPrefix(e.Pointer, "#") + " " + e.Detail)
		if e.Help != "" {
			line += "; " + e.Help
		}
		lines = append(lines, line)
	}
	if lines != nil {
		told["errors"] = p.Errors
	}
	text := p.Code
	if p.Class != "" {
		text += " (" + string(p.Class) + ")"
	}
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	text = strings.Join(append([]string{text}, lines...), "\n- ")
	if help := helpOf(p); help != "" {
		text += "\nhelp: " + help
	}
	meta := mcp.Meta{metaFailure: told}
	if p.Run != "" {
		meta[metaRun] = p.Run
		text += "\nrun: " + p.Run
	}
	return &mcp.CallToolResult{IsError: true, Meta: meta, Content: []mcp.Content{&mcp.TextContent{Text: text}}}
}

// helpOf says what to do: what the problem says, or what its class means for who calls
// a tool.
func helpOf(p *report.Problem) string {
	if p.Help != "" {
		return p.Help
	}
	switch p.Class {
	case connector.ClassThrottled, connector.ClassUnavailable, connector.ClassTimeout:
		return "what stands behind the tool did not do it, and what was done is undone as far as it could be; call again later, with a new " + keyArgument
	case connector.ClassCanceled:
		return "the call was canceled, and what it did is undone as far as it could be; call again with a new " + keyArgument
	case connector.ClassInternal:
		return "the flow has a mistake; calling again does not help"
	case "":
		return ""
	}
	return "calling again with the same arguments does not help"
}
