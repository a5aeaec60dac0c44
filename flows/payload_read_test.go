package flows_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

func TestPayloadsAreReadAsValues(t *testing.T) {
	tests := []struct{ name, text, steps, output, want string }{
		{"a member", `{"ok": true}`, ``, `"${steps.a.Payload.ok}"`, `true`},
		{"whole", ` {"b": 1.0, "a": 1e2} `, ``, `"${steps.a.Payload}"`, `{"a":100,"b":1}`},
		{"a result", `[1.0]`, ``, `"${steps.a}"`, `{"Payload":[1]}`},
		{"in a map", `1.50`, ``, `{x: ["${steps.a.Payload}"]}`, `{"x":[1.5]}`},
		{"in text", `{"b": 1.0, "a": "x"}`, ``, `"<${steps.a.Payload}>"`, `"<{\"a\":\"x\",\"b\":1}>"`},
		{"text in text", `plain text`, ``, `"<${steps.a.Payload}>"`, `"<plain text>"`},
		{"calculation", `2`, ``, `"${steps.a.Payload + 1}"`, `3`},
		{"null", ` null `, ``, `"${steps.a.Payload ?? 'none'}"`, `"none"`},
		{"nothing", ``, ``, `"${steps.a.Payload == null}"`, `true`},
		{"comparison", `[1, {"a": 2.0}]`, ``, `"${steps.a.Payload == [1, {'a': 2}]}"`, `true`},
		{"an element", `[{"n": 7}]`, `- set: {l: ["${steps.a.Payload}"], i: 0}`, `"${ctx.l[ctx.i][0].n}"`, `7`},
		{"whole in a list", `[{"n": 7}]`, `- set: {l: ["${steps.a.Payload}"], i: 0}`, `"${json(ctx.l[ctx.i])}"`, `"[{\"n\":7}]"`},
		{"a predicate", `{"n": 7}`, `- set: {l: ["${steps.a.Payload}", {n: 3}]}`, `"${map(filter(ctx.l, #.n > 3), #)}"`, `[{"n":7}]`},
		{"an element that is compared", `true`, `- set: {l: ["${steps.a.Payload}", false]}`, `"${count(ctx.l, # == true)}"`, `1`},
		{"length", `[1, 2, 3]`, ``, `"${len(steps.a.Payload)}"`, `3`},
		{"length of what holds one", `[1]`, `- set: {l: ["${steps.a.Payload}", 2]}`, `"${len(ctx.l)}"`, `2`},
		{"a key", `k`, ``, `{"${steps.a.Payload}": 1}`, `{"k":1}`},
		{"a guard", `false`, `- {if: "${steps.a.Payload}", set: {x: 1}}`, `"${ctx.x ?? 'unset'}"`, `"unset"`},
		{"a switch", `"red"`, `- {switch: "${steps.a.Payload}", cases: [{is: [red], do: [{set: {x: 1}}]}]}`, `"${ctx.x}"`, `1`},
		{"a case", `{"c": ["red"]}`, `- {switch: "${{'c': ['red']}}", cases: [{is: ["${steps.a.Payload}"], do: [{set: {x: 1}}]}]}`, `"${ctx.x}"`, `1`},
		{"a loop", `[3, 4]`, `- {id: l, forEach: "${steps.a.Payload}", do: [{set: {x: 1}}], collect: "${item}"}`, `"${steps.l}"`, `[3,4]`},
		{"a loop over a map", `{"b": 1, "a": 2}`, `- {id: l, forEach: "${steps.a.Payload}", do: [{set: {x: 1}}], collect: "${item.key}"}`, `"${steps.l}"`, `["a","b"]`},
		{"a loop's concurrency", `2`, `- {id: l, forEach: [1], concurrency: "${steps.a.Payload}", do: [{set: {x: 1}}]}`, `"${steps.l}"`, `1`},
		{"a pause", `1ms`, `- {wait: "${steps.a.Payload}"}`, `1`, `1`},
		{"a time", `2020-01-01T00:00:00Z`, `- {wait: {until: "${steps.a.Payload}"}}`, `1`, `1`},
		{"an input of a type", `"7"`, `- {id: s, flow: typed.yaml, with: {n: "${steps.a.Payload}"}}`, `"${steps.s}"`, `8`},
		{"a parameter of another operation", `{"a": [1.0]}`, `- {id: e, call: test.echo, with: {value: {p: "${steps.a.Payload}"}}}`, `"${steps.e}"`, `{"p":{"a":[1]}}`},
		{"an error's details", `{"a": 1.0}`, `- {try: [{fail: {code: A, message: "is ${steps.a.Payload}", details: {p: "${steps.a.Payload}"}}}], catch: [{do: [{set: {x: "${error.details.p.a}"}}]}]}`, `"${ctx.x}"`, `1`},
		{"an error", `{"a": 1.0}`, `- {try: [{fail: {code: A, message: m, details: {p: "${steps.a.Payload}"}}}], catch: [{do: [{set: {x: "${error}"}}]}]}`, `"${ctx.x.details == {'p': {'a': 1}}}"`, `true`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "flow: t\nsteps:\n  - {id: a, call: test.answer, with: {text: '" + tt.text + "'}}\n  " + tt.steps + "\noutput: " + tt.output
			r := &recorder{}
			flow, err := loadWith(fstest.MapFS{
				"flow.yaml":  {Data: []byte(text)},
				"typed.yaml": {Data: []byte("flow: typed\ninputs: {n: {type: integer}}\nsteps: [{set: {m: \"${ctx.n + 1}\"}}]\noutput: \"${ctx.m}\"")},
			}, "flow.yaml", r.registry(t))
			if err != nil {
				t.Fatal(err)
			}
			result, err := carry(t.Context(), t, flow, nil)
			if err != nil {
				t.Fatal(err)
			}
			isPlain(t, result.Output)
			isPlain(t, result.Shown)
			if got, _ := value.EncodeJSON(result.Output); string(got) != tt.want {
				t.Errorf("output %s, want %s", got, tt.want)
			}
		})
	}
}

// isPlain fails where a payload lies in a value.
func isPlain(t *testing.T, v any) {
	t.Helper()
	switch x := v.(type) {
	case *value.Payload:
		t.Errorf("a payload is left as it came: %s", x.Bytes())
	case []any:
		for _, item := range x {
			isPlain(t, item)
		}
	case map[string]any:
		for _, member := range x {
			isPlain(t, member)
		}
	}
}

// Whoever embeds flows, listens, or writes operations meets plain values.
func TestNobodyOutsideMeetsPayloads(t *testing.T) {
	var mu sync.Mutex
	var given []any
	type in struct {
		Value any `param:"value"`
	}
	take := connector.Op("mine.take", "", func(_ context.Context, in in) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		given = append(given, in.Value)
		return in.Value, &connector.Error{Code: "Mine", Details: map[string]any{"given": in.Value}, Cause: in.Value}
	})
	r := &recorder{}
	reg, err := connector.NewRegistry(r.connector(), &connector.Connector{Name: "mine", Operations: []*connector.Operation{take}})
	if err != nil {
		t.Fatal(err)
	}
	text := answered + `  - {call: mine.take, with: {value: [{p: "${steps.a.Payload}"}]}}`
	flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	var failures []*report.RunError
	_, err = flow.Run(t.Context(), nil, flows.WithListener(func(e report.Event) {
		if e.Err != nil {
			failures = append(failures, e.Err)
		}
	}))
	failures = append(failures, report.AsRunError(err))
	if len(given) != 1 || len(failures) < 3 {
		t.Fatalf("%d calls, %d failures", len(given), len(failures))
	}
	isPlain(t, given[0])
	for _, e := range failures {
		isPlain(t, []any{e.Params, e.Details, e.Cause})
	}
}

// Secrets in a payload are found, however they are spelt there.
func TestSecretsInPayloads(t *testing.T) {
	escaped := ""
	for _, c := range password {
		escaped += fmt.Sprintf("\\u%04x", c)
	}
	tests := map[string]string{
		"text": "my " + password, "JSON": `{"p": "` + strings.ReplaceAll(password, `"`, `\"`) + `"}`, "escaped JSON": `["` + escaped + `"]`,
	}
	for name, payload := range tests {
		for way, rest := range map[string]string{
			"output": "output: \"${steps.a.Payload}\"", "part": "output: {x: [\"${steps.a.Payload}\"]}",
			"failure": "  - {fail: {code: No, message: \"${json(steps.a.Payload)}\", details: {p: \"${steps.a.Payload}\"}}}",
		} {
			t.Run(name+" "+way, func(t *testing.T) {
				quoted, err := value.EncodeJSON(payload)
				if err != nil {
					t.Fatal(err)
				}
				seen := shown(t, "flow: t\ninputs: {password: {type: secret}}\nsteps:\n  - {id: a, call: test.answer, with: {text: "+string(quoted)+"}}\n"+rest)
				if strings.Contains(seen, password) || strings.Contains(seen, escaped) || !strings.Contains(seen, schema.Masked) {
					t.Errorf("seen: %s", seen)
				}
			})
		}
	}
}

// A sensitive step makes what its payload holds secret.
func TestSensitivePayload(t *testing.T) {
	text := "flow: t\ninputs: {password: {type: secret}}\nsteps:\n  - {id: a, sensitive: true, call: test.answer, with: {text: '{\"k\": \"the-hidden-word\"}'}}\n" +
		"  - {id: e, call: test.echo, with: {value: the-hidden-word}}\noutput: \"${steps.e}\""
	if seen := shown(t, text); strings.Contains(seen, "the-hidden-word") {
		t.Errorf("seen: %s", seen)
	}
}
