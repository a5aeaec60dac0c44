package flows_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
	"github.com/medlar-flow/medlar/schema"
)

// answer gives a text as the payload of its result.
func (r *recorder) answer() *connector.Operation {
	return &connector.Operation{
		Name: "test.answer", Summary: "Answer with a payload.", Effect: connector.ReadOnly,
		Describe: func() connector.Shape {
			return connector.Shape{
				Params: schema.MustNew(&schema.Field{Name: "text", Type: schema.String}),
				Result: &schema.Field{Type: schema.Object, Members: schema.MustNew(&schema.Field{Name: "Payload", Nullable: true, Payload: true})},
			}
		},
		Run: func(_ context.Context, call *connector.Call) (any, error) {
			text, _ := call.Params["text"].(string)
			v := schema.NewPayload([]byte(text))
			if r.eager {
				v = schema.Plain(v)
			}
			return map[string]any{"Payload": v}, nil
		},
	}
}

// send takes a payload and writes down what it would send.
func (r *recorder) send() *connector.Operation {
	return &connector.Operation{
		Name: "test.send", Summary: "Send a payload.",
		Describe: func() connector.Shape {
			return connector.Shape{Params: schema.MustNew(&schema.Field{Name: "payload", Payload: true})}
		},
		Run: func(_ context.Context, call *connector.Call) (any, error) {
			text, err := schema.EncodePayload(call.Params["payload"])
			r.note("%s", text)
			return nil, err
		},
	}
}

// exact is JSON that decoding and encoding would change.
const exact = `{ "z": 1.0, "a": [1e2, 123456789012345678901234567890], "s": "\u0061" }`

const answered = "flow: t\nsteps:\n  - {id: a, call: test.answer, with: {text: '" + exact + "'}}\n"

// Each row sends the payload of the step a on by another way.
var waysOfPayloads = map[string]string{
	"a parameter":           `  - {call: test.send, with: {payload: "${steps.a.Payload}"}}`,
	"white space around it": `  - {call: test.send, with: {payload: " ${ steps.a.Payload } "}}`,
	"a name of ctx": `  - set: {p: "${steps.a.Payload}"}
  - {call: test.send, with: {payload: "${ctx.p}"}}`,
	"a map": `  - set: {m: {p: "${steps.a.Payload}", other: 1}}
  - {call: test.send, with: {payload: "${ctx.m.p}"}}`,
	"a map that is read": `  - set: {m: {p: "${steps.a.Payload}", other: 1}}
  - if: "${len(json(ctx.m)) > 3 and ctx.m.p.z == 1}"
    then: [{call: test.send, with: {payload: "${ctx.m.p}"}}]`,
	"a list": `  - forEach: ["${steps.a.Payload}"]
    do: [{call: test.send, with: {payload: "${item}"}}]`,
	"a collected list": `  - id: all
    forEach: "${1..3}"
    as: n
    concurrency: 3
    do: [{id: own, call: test.answer, with: {text: '` + exact + `'}}]
    collect: "${steps.own.Payload}"
  - {call: test.send, with: {payload: "${steps.all[1]}"}}`,
	"items of a collected list": `  - id: all
    forEach: "${1..1}"
    do: [{set: {x: 1}}]
    collect: "${steps.a.Payload}"
  - forEach: "${steps.all}"
    as: one
    do: [{call: test.send, with: {payload: "${one}"}}]`,
	"a branch": `  - parallel:
      left: [{set: {p: "${steps.a.Payload}"}}]
      right: [{set: {q: 1}}]
  - {call: test.send, with: {payload: "${ctx.p}"}}`,
	"a flow": `  - id: sub
    flow: sub.yaml
    with: {p: "${steps.a.Payload}"}
  - {call: test.send, with: {payload: "${steps.sub}"}}`,
	"a map through a flow": `  - id: sub
    flow: sub.yaml
    with: {p: {inner: "${steps.a.Payload}"}}
  - {call: test.send, with: {payload: "${steps.sub.inner}"}}`,
	"a flow's return": `  - {id: sub, flow: return.yaml}
  - {call: test.send, with: {payload: "${steps.sub.deep.p}"}}`,
	"an undo": `  - try:
      - id: b
        call: test.answer
        with: {text: '` + exact + `'}
        undo: {call: test.send, with: {payload: "${result.Payload}"}}
      - {fail: {code: No, message: no}}
    catch: [{on: [No], do: [{set: {x: 1}}]}]`,
}

func payloadFlow(t *testing.T, r *recorder, text string) *flows.Flow {
	t.Helper()
	flow, err := flows.Load(fstest.MapFS{
		"flow.yaml":   {Data: []byte(text)},
		"sub.yaml":    {Data: []byte("flow: sub\ninputs: {p: {type: any}}\nsteps: [{set: {q: \"${ctx.p}\"}}]\noutput: \"${ctx.q}\"")},
		"return.yaml": {Data: []byte(answered + "  - return: {deep: {p: \"${steps.a.Payload}\"}}")},
	}, "flow.yaml", r.registry(t))
	if err != nil {
		t.Fatalf("the flow is refused:\n%v\n%s", err, text)
	}
	return flow
}

func TestPayloadsStayBytes(t *testing.T) {
	for name, steps := range waysOfPayloads {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			if _, err := carry(t.Context(), t, payloadFlow(t, r, answered+steps), nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(exact, r.noted()); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPayloadsStayBytesAfterResume cuts each run off after its first results,
// and resumes it: what is sent on comes from the journal.
func TestPayloadsStayBytesAfterResume(t *testing.T) {
	for name, steps := range waysOfPayloads {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			path := filepath.Join(t.TempDir(), "test.db")
			j := openJournal(t, path)
			defer j.Close()
			result, err := j.Run(t.Context(), payloadFlow(t, r, answered+steps), nil)
			if err != nil {
				t.Fatal(err)
			}
			cutBeforeSend(t, path)
			r.calls = nil
			if _, err := j.Resume(t.Context(), result.RunID, r.registry(t)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(exact, r.noted()); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
}

// cutBeforeSend takes out what was written since the first send began.
func cutBeforeSend(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, text := range []string{
		"DELETE FROM records WHERE seq >= (SELECT min(seq) FROM records WHERE instr(data, CAST('test.send' AS BLOB)) > 0)",
		"UPDATE runs SET state = 'running'",
	} {
		done, err := db.Exec(text)
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := done.RowsAffected(); n == 0 {
			t.Fatal("nothing was changed in the journal")
		}
	}
}

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
			flow, err := flows.Load(fstest.MapFS{
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
			if got, _ := schema.EncodeJSON(result.Output); string(got) != tt.want {
				t.Errorf("output %s, want %s", got, tt.want)
			}
		})
	}
}

// isPlain fails where a payload lies in a value.
func isPlain(t *testing.T, v any) {
	t.Helper()
	switch x := v.(type) {
	case *schema.Payload:
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
	var failures []*connector.Error
	_, err = flow.Run(t.Context(), nil, flows.WithListener(func(e flows.Event) {
		if e.Err != nil {
			failures = append(failures, e.Err)
		}
	}))
	failures = append(failures, connector.AsError(err))
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
				quoted, err := schema.EncodeJSON(payload)
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

// lambda.invoke passes the answer of one function to another as it came.
func TestInvokePassesAnswersOn(t *testing.T) {
	server := awstest.Serve(t, func(r awstest.Request) awstest.Answer {
		if strings.Contains(r.Path, "source") {
			return awstest.Answer{Body: exact}
		}
		return awstest.Answer{Body: "null"}
	})
	text := fmt.Sprintf(`flow: t
connections: {lambda: {region: eu-west-1, endpoint: %q, accessKeyId: %s, secretAccessKey: %s}}
steps:
  - {id: a, call: lambda.invoke, with: {functionName: source}}
  - {call: lambda.invoke, with: {functionName: sink, payload: "${steps.a.Payload}"}}
  - {call: lambda.invoke, with: {functionName: sink, payload: {order: "${steps.a.Payload}", n: 1}}}
  - {call: lambda.invoke, with: {functionName: sink, payload: "${steps.a.Payload.z}"}}
`, server.URL, awstest.AccessKey, awstest.SecretKey)
	if _, err := run(t, &recorder{}, text, nil); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range server.Requests() {
		got = append(got, r.Body)
	}
	want := []string{"", exact, `{"n":1,"order":` + exact + `}`, "1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

// Iterations that read one payload at the same time decode it once.
func TestConcurrentReadersOfAPayload(t *testing.T) {
	got := output(t, &recorder{}, answered+`  - id: l
    forEach: "${1..64}"
    as: n
    concurrency: 16
    do: [{set: {x: "${steps.a.Payload.a[0] + n}"}}]
    collect: "${ctx.x}"
output: "${sum(steps.l) == 64 * 100 + 64 * 65 / 2}"`, nil)
	if got != "true" {
		t.Errorf("output %s", got)
	}
}
