package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/serve/agents"
)

// mostText bounds a flow text that an agent has checked, in bytes.
const mostText = 1 << 20

// mostOps is how many operations are listed at once.
const mostOps = 200

// readers are the tools with which an agent writes flows: they read, and run nothing.
func (a *app) readers(reg *connector.Registry) []agents.Reader {
	text := func(doc string) map[string]any { return map[string]any{"type": "string", "description": doc} }
	takes := func(properties map[string]any, required ...any) map[string]any {
		js := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
		if required != nil {
			js["required"] = required
		}
		return js
	}
	return []agents.Reader{
		{
			Name: "medlar_check", Description: "Check the text of a flow and list every mistake with its place and a way out. Nothing runs. Files that the flow names are not there.",
			Input: takes(map[string]any{"text": text("The flow, in YAML or JSON.")}, "text"),
			Read: reading(func(_ context.Context, in struct{ Text string }) (any, error) {
				return checkText(reg, in.Text)
			}),
		},
		{
			Name: "medlar_operations", Description: "List the operations that flows can call, with what each does and whether it changes anything.",
			Input: takes(map[string]any{"prefix": text("A connector, such as lambda, or the beginning of a name; all if left out.")}),
			Read: reading(func(_ context.Context, in struct{ Prefix string }) (any, error) {
				return listOperations(reg, in.Prefix)
			}),
		},
		{
			Name: "medlar_operation", Description: "Describe one operation: parameters with their types and bounds, result, errors.",
			Input: takes(map[string]any{"name": text("The operation, such as lambda.invoke.")}, "name"),
			Read: reading(func(_ context.Context, in struct{ Name string }) (any, error) {
				op, ok := reg.Operation(in.Name)
				if !ok {
					return nil, saidWhole(unknownOperation(reg, in.Name))
				}
				return newOpJSON(reg, op), nil
			}),
		},
		{
			Name: "medlar_functions", Description: "List the functions that expressions can call, or describe one.",
			Input: takes(map[string]any{"name": text("A function, or the beginning of a name; all if left out.")}),
			Read: reading(func(_ context.Context, in struct{ Name string }) (any, error) {
				var out strings.Builder
				if f, ok := bind.Describe(in.Name); ok {
					describeFunction(&out, f)
				} else if !listFunctions(&out, in.Name) {
					return nil, fmt.Errorf("there is no function %q; %s", in.Name, bind.SuggestFunction(in.Name))
				}
				return out.String(), nil
			}),
		},
	}
}

// reading reads the arguments of a tool into a struct.
func reading[In any](read func(ctx context.Context, in In) (any, error)) func(context.Context, json.RawMessage) (any, error) {
	return func(ctx context.Context, arguments json.RawMessage) (any, error) {
		var in In
		if len(arguments) > 0 {
			if err := json.Unmarshal(arguments, &in); err != nil {
				return nil, errors.New("the arguments are no object with the texts that the tool takes")
			}
		}
		return read(ctx, in)
	}
}

// checkText checks a flow that stands nowhere.
func checkText(reg *connector.Registry, text string) (any, error) {
	if len(text) > mostText {
		return nil, fmt.Errorf("the text has %d bytes, and %d is the most", len(text), mostText)
	}
	found := flows.Check(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", reg)
	if found == nil {
		return "no mistakes", nil
	}
	var out strings.Builder
	if err := found.Print(&out); err != nil {
		return nil, err
	}
	return out.String() + "\n" + found.Diagnostics.Summary(), nil
}

// operationLine is an operation in a list.
type operationLine struct {
	Name    string `json:"name"`
	Effect  string `json:"effect"`
	Summary string `json:"summary"`
}

func listOperations(reg *connector.Registry, prefix string) (any, error) {
	found, _ := findOps(reg, prefix)
	if len(found) == 0 {
		return nil, saidWhole(unknownOperation(reg, prefix))
	}
	list := []operationLine{}
	for _, op := range found[:min(len(found), mostOps)] {
		list = append(list, operationLine{op.Name, op.Effect.String(), op.Summary})
	}
	answer := map[string]any{"operations": list}
	if len(found) > mostOps {
		answer["more"] = fmt.Sprintf("%d more; give a longer prefix", len(found)-mostOps)
	}
	return answer, nil
}

// saidWhole is an error with the way out that it knows.
func saidWhole(err error) error { return errors.New(saidOf(err)) }
