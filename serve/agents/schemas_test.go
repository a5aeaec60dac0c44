package agents_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
)

// manyFlow gives values of all types, most of which are null where nothing is given.
const manyFlow = `flow: many
inputs:
  id: {type: string, required: true, pattern: '^(?i:[a-z]+)$'}
  whole: {type: integer, minimum: 1}
  texts: {type: list, items: {type: string}, minLength: 1}
  time: {type: timestamp}
  data: {type: bytes, default: aGk=}
  counts: {type: map, items: {type: integer}}
  part: {type: object, members: {of: {type: integer, required: true}}}
  kind: {type: string, enum: [a, b]}
triggers: [{tool: {name: many, description: Many values.}}]
steps:
  - {if: "${ctx.id == 'planned'}", return: {planned: true, kind: null}}
  - {if: "${ctx.id == 'wrong'}", fail: {code: Wrong, message: not this one}}
  - {id: seen, if: "${ctx.id == 'seen'}", call: shop.look, with: {id: "${ctx.id}"}}
  - {if: "${ctx.whole == 7}", set: {now: 7}}
output:
  whole: "${ctx.whole}"
  texts: "${ctx.texts}"
  time: "${ctx.time}"
  data: "${ctx.data}"
  counts: "${ctx.counts}"
  part: "${ctx.part}"
  kind: "${ctx.kind}"
  seen: "${steps.seen}"
  price: "${steps.seen.price}"
  now: "${ctx.now}"
  one: "${ctx.counts.one}"
  either: "${ctx.whole == 7 ? 1 : 'a'}"
  digits: 123456789012345678901234567890
`

// objectFlow has an output whose members alone can be null.
const objectFlow = `flow: object
inputs:
  kind: {type: string, enum: [a, b]}
  name: {type: string, pattern: '^(?i:[a-z]+)$'}
  data: {type: bytes, default: /w==}
triggers: [{tool: {name: object, description: An object.}}]
steps: []
output: {kind: "${ctx.kind}", name: "${ctx.name}", data: "${ctx.data}"}
`

// hiddenFlow has an output of what a service makes of a secret.
const hiddenFlow = `flow: hidden
inputs: {pin: {type: secret, required: true}}
triggers: [{tool: {name: hidden, description: Hidden values.}}]
steps:
  - {id: said, call: shop.repeat, with: {id: "${ctx.pin}"}}
output:
  number: "${steps.said.price}"
  list: "${[steps.said.price, 2]}"
  part: "${steps.said}"
  kind: "${steps.said.kind}"
  text: "${steps.said.text}"
  plain: 7
`

// Clients hold results against the schema that they were told, and give an error of their
// own in place of a result that does not fit, failures among them.
func TestResultsFitWhatIsTold(t *testing.T) {
	s := &shop{}
	server, a := serving(t, s, func(c *serve.Config) {
		for _, text := range []string{manyFlow, objectFlow, hiddenFlow} {
			flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", c.Registry)
			if err != nil {
				t.Fatal(err)
			}
			c.Flows = append(c.Flows, serve.Served{Flow: flow})
		}
	})
	agent := overHTTP(t, server, a, versions[0], "s3cret-token")
	listed, err := agent.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]*jsonschema.Schema{}
	for _, tool := range listed.Tools {
		if tool.OutputSchema != nil {
			told[tool.Name] = compiled(t, tool.OutputSchema)
		}
		if tool.Name == "object" && strings.Contains(plainJSON(t, tool.InputSchema)+plainJSON(t, tool.OutputSchema), "(?i") {
			t.Errorf("a pattern that JavaScript cannot read: %s", plainJSON(t, tool.InputSchema))
		}
	}
	for _, c := range []struct {
		tool      string
		arguments map[string]any
	}{
		{"many", map[string]any{"id": "a"}},
		{"many", map[string]any{"id": "planned"}},
		{"many", map[string]any{"id": "seen", "whole": 7, "texts": []any{"x"}, "time": "2026-01-31T08:00:00Z", "counts": map[string]any{"one": 1}, "part": map[string]any{"of": 1}, "kind": "b"}},
		{"many", map[string]any{"id": "wrong"}},
		{"many", map[string]any{"id": "a", "whole": 0}},
		{"many", map[string]any{"colour": "red"}},
		{"object", map[string]any{}},
		{"object", map[string]any{"kind": "a", "name": "ADA"}},
		{"hidden", map[string]any{"pin": "1234567890"}},
		{"look_up", map[string]any{"id": "busy"}},
		{"look_up", map[string]any{"id": "a"}},
		{"place_order", map[string]any{"id": "a", "idempotencyKey": "a b"}},
		{"place_order", map[string]any{"id": "b"}},
	} {
		r, err := agent.CallTool(t.Context(), &mcp.CallToolParams{Name: c.tool, Arguments: c.arguments})
		switch {
		case err != nil:
			t.Errorf("%s %v: %v", c.tool, c.arguments, err)
		case c.tool == "hidden" && (!strings.Contains(plainJSON(t, r.StructuredContent), `"number":null`) || !strings.Contains(plainJSON(t, r.StructuredContent), `"text":"it is ***"`) || !strings.Contains(plainJSON(t, r.Content), "null stands for what is secret and was hidden: #/")):
			t.Errorf("%s: %s\n%s", c.tool, plainJSON(t, r.StructuredContent), plainJSON(t, r.Content))
		case r.StructuredContent == nil && !r.IsError:
			t.Errorf("%s %v: no structured content", c.tool, c.arguments)
		case r.StructuredContent != nil:
			if err := told[c.tool].Validate(r.StructuredContent); err != nil {
				t.Errorf("%s %v: %v", c.tool, c.arguments, err)
			}
			if text := plainJSON(t, r); strings.Contains(text, "1234567890\"") && !strings.Contains(text, "123456789012345678901234567890") {
				t.Errorf("%s: the answer holds a secret: %s", c.tool, text)
			}
		}
	}
}

func compiled(t *testing.T, schema any) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(plainJSON(t, schema)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("mem:///tool.json", document); err != nil {
		t.Fatal(err)
	}
	made, err := compiler.Compile("mem:///tool.json")
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func plainJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
