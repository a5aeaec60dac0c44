package flows_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
	"github.com/medlar-flow/medlar/schema"
)

// answer gives a text as the payload of its result.
func (r *recorder) answer() *connector.Operation {
	return &connector.Operation{
		Name: "test.answer", Summary: "Answer with a payload.", Effect: connector.EffectReadOnly,
		Describe: func() connector.Shape {
			return connector.Shape{
				Params: schema.MustNew(&schema.Field{Name: "text", Type: schema.String}),
				Result: &schema.Field{Type: schema.Object, Members: schema.MustNew(&schema.Field{Name: "Payload", Nullable: true, Accept: schema.Accept{Payload: true}})},
			}
		},
		Run: func(_ context.Context, call *connector.Call) (any, error) {
			text, _ := call.Params["text"].(string)
			v := value.NewPayload([]byte(text))
			if r.eager {
				v = value.Plain(v)
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
			return connector.Shape{Params: schema.MustNew(&schema.Field{Name: "payload", Accept: schema.Accept{Payload: true}})}
		},
		Run: func(_ context.Context, call *connector.Call) (any, error) {
			text, err := value.EncodePayload(call.Params["payload"])
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
	flow, err := loadWith(fstest.MapFS{
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
	db := tablesOf(t, path)
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
