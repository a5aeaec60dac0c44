package flows_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
)

// The rules that the schema holds wherever they are broken, and those that it
// cannot hold at all. With the others it depends on the place.
var (
	seenRules = []string{
		"condition-type", "missing-key", "missing-parameter", "missing-verb", "no-connection", "no-steps", "not-a-flow",
		"out-of-range", "pattern-mismatch", "two-verbs", "unknown-connector", "unknown-key", "unknown-language",
		"unknown-operation", "unknown-parameter", "unknown-type", "wrong-length",
	}
	unseenRules = []string{
		"bad-path", "bad-pattern", "collect-without-id", "duplicate-id", "duplicate-parameter", "empty-expression",
		"expression-syntax", "expression-type", "flow-cycle", "no-result", "no-such-file", "return-inside", "secret-key",
		"set-twice", "shadowed-name", "step-not-run", "type-change", "type-mismatch", "unclosed-expression",
		"unknown-connection", "unknown-field", "unknown-function", "unknown-input", "unknown-name", "unknown-secret",
		"unknown-step", "whole-scope", "wrong-connection", "wso2-expression",
	}
)

// hidden are flows whose bounds and patterns a schema cannot see broken: in
// literals between ${ and }, and by what stands elsewhere.
var hidden = []string{"role-chains.txtar", "text-files.txtar"}

// TestJSONSchemaAndTheCheckAgree compares the two on the flows of
// testdata/errors: a flow is refused where a mistake can be seen, and accepted
// where none can, or where there is none.
func TestJSONSchemaAndTheCheckAgree(t *testing.T) {
	v := validator(t, (&recorder{}).registry(t))
	paths, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	refused, accepted := 0, 0
	for _, path := range paths {
		if slices.Contains(hidden, filepath.Base(path)) {
			continue
		}
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := file(archive, "flow.yaml")
		if yaml.Unmarshal(text, &yaml.Node{}) != nil || bytes.Contains(text, []byte("<<")) {
			continue // no editor would ask a schema
		}
		seen, unseen := mistakes(t, text)
		err = v.Validate(asEdited(t, text))
		switch {
		case seen && err == nil:
			t.Errorf("%s: the schema accepts it:\n%s", path, file(archive, "want"))
		case !seen && unseen && err != nil:
			t.Errorf("%s: the schema refuses it: %#v", path, err)
		case seen:
			refused++
		case unseen:
			accepted++
		}
	}
	if refused < 8 || accepted < 5 {
		t.Errorf("%d refused and %d accepted: too few to say anything", refused, accepted)
	}
}

// mistakes says whether a schema can see one of the mistakes, and whether it
// can see none.
func mistakes(t *testing.T, text []byte) (seen, unseen bool) {
	t.Helper()
	_, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: text}}, "flow.yaml", (&recorder{}).registry(t))
	var found *flows.CheckError
	if err == nil {
		return false, true
	}
	if !errors.As(err, &found) {
		t.Fatal(err)
	}
	unseen = true
	for _, d := range found.Diagnostics {
		if d.Severity == diag.Warning {
			continue
		}
		seen = seen || slices.Contains(seenRules, d.Rule)
		unseen = unseen && slices.Contains(unseenRules, d.Rule)
	}
	return seen, unseen
}

// Each of these is refused by the schema, and by the check.
func TestJSONSchemaRefuses(t *testing.T) {
	v := validator(t, (&recorder{}).registry(t))
	refuse := func(name, text string) {
		t.Run(name, func(t *testing.T) {
			if v.Validate(asEdited(t, []byte(text))) == nil {
				t.Errorf("the schema accepts %s", text)
			}
			if _, err := flows.Load(fstest.MapFS{"t.yaml": {Data: []byte(text)}}, "t.yaml", (&recorder{}).registry(t)); err == nil {
				t.Errorf("the check accepts %s", text)
			}
		})
	}
	for _, row := range wrongFiles {
		refuse(row.name, row.text)
	}
	for _, row := range wrongHeaders {
		refuse(row.name, "{flow: t, "+row.text+", steps: [{set: {a: 1}}]}")
	}
	for _, row := range wrongSteps {
		refuse(row.name, "{flow: t, steps: ["+row.text+"]}")
	}
}

type wrongText struct{ name, text string }

var wrongFiles = []wrongText{
	{"no flow", `just text`},
	{"no name", `{steps: [{set: {a: 1}}]}`},
	{"no steps", `{flow: t}`},
	{"an empty list of steps", `{flow: t, steps: []}`},
	{"an expression in the name", `{flow: "${ctx.a}", steps: [{set: {a: 1}}]}`},
}

var wrongHeaders = []wrongText{
	{"a key that the file does not take", `step: []`},
	{"another language", `language: 2`},
	{"an expression in the flow's timeout", `timeout: "${ctx.a}"`},
	{"a type that there is not", `inputs: {a: {type: strng}}`},
	{"a key that an input does not take", `inputs: {a: {typ: string}}`},
	{"items of no list", `inputs: {a: {type: string, items: {type: string}}}`},
	{"a secret in the file", `secrets: {a: hunter2}`},
	{"a key that a secret does not take", `secrets: {a: {folder: x}}`},
	{"a parameter that a connection does not take", `connections: {lambda: {regoin: x}}`},
	{"a connection of no connector", `connections: {mine: {region: x}}`},
	{"a connection of an unknown connector", `connections: {mine: {connector: lamda}}`},
	{"a connection's name", `connections: {odd-name: {connector: lambda}}`},
}

var wrongSteps = []wrongText{
	{"a step that is text", `text`},
	{"no verb", `{id: a}`},
	{"two verbs", `{call: test.echo, set: {a: 1}}`},
	{"an if alone", `{if: "${true}"}`},
	{"then without if", `{then: []}`},
	{"a guard and a branch", `{if: "${true}", call: test.echo, then: []}`},
	{"a verb that there is not", `{cal: test.echo}`},
	{"a condition that is text", `{if: "yes", set: {a: 1}}`},
	{"an id", `{id: 1st, set: {a: 1}}`},
	{"another verb's key", `{set: {a: 1}, retry: 3}`},

	{"an operation", `{call: lambda.getAlia}`},
	{"an expression as operation", `{call: "${ctx.op}"}`},
	{"an unknown parameter", `{call: lambda.getAlias, with: {functionName: a, name: b, nme: c}}`},
	{"a missing parameter", `{call: lambda.getAlias, with: {functionName: a}}`},
	{"no parameters", `{call: lambda.getAlias}`},
	{"a missing parameter under other names", `{call: amazonlambda.GetAlias, with: {FunctionName: a}}`},
	{"null where something must be given", `{call: lambda.getAlias, with: {functionName: null, name: b}}`},
	{"a list for text", `{call: lambda.getAlias, with: {functionName: [a], name: b}}`},
	{"text for an integer", `{call: sts.getSessionToken, with: {durationSeconds: ten}}`},
	{"an integer with a zero before it", `{call: sts.getSessionToken, with: {durationSeconds: "0900"}}`},
	{"an integer out of range", `{call: sts.getSessionToken, with: {durationSeconds: 10}}`},
	{"a value that the enum has not", `{call: lambda.invoke, with: {functionName: a, onFunctionError: maybe}}`},
	{"text for an object", `{call: lambda.updateAlias, with: {functionName: a, name: b, routingConfig: x}}`},
	{"text for a number in an object", `{call: lambda.updateAlias, with: {functionName: a, name: b, routingConfig: {additionalVersionWeights: {"2": heavy}}}}`},
	{"an unknown member", `{call: lambda.updateAlias, with: {functionName: a, name: b, routingConfig: {weights: {}}}}`},
	{"a parameter of an inline connection", `{call: lambda.getAccountSettings, connection: {regoin: x}}`},
	{"a connection by number", `{call: lambda.getAccountSettings, connection: 1}`},

	{"no attempts", `{call: test.echo, retry: 0}`},
	{"text for retry", `{call: test.echo, retry: often}`},
	{"an expression in retry", `{call: test.echo, retry: "${ctx.a}"}`},
	{"a key of retry", `{call: test.echo, retry: {attempts: 3, dealy: 1s}}`},
	{"a timeout without unit", `{call: test.echo, timeout: 10}`},
	{"a timeout below zero", `{call: test.echo, timeout: -5s}`},
	{"a wrong step in undo", `{call: test.echo, undo: {call: test.ech}}`},
	{"idempotent", `{call: test.echo, idempotent: maybe}`},

	{"set without names", `{set: {}}`},
	{"set of no map", `{set: a}`},
	{"switch without cases", `{switch: "${run.id}"}`},
	{"a case without do", `{switch: a, cases: [{is: a}]}`},
	{"a case with is and when", `{switch: a, cases: [{is: a, when: true, do: []}]}`},
	{"forEach without do", `{forEach: [1]}`},
	{"forEach of text", `{forEach: text, do: []}`},
	{"concurrency", `{forEach: [1], do: [], concurrency: 0}`},
	{"onError", `{forEach: [1], do: [], onError: ignore}`},
	{"enough", `{forEach: [1], do: [], enough: 0}`},
	{"enough of a word", `{parallel: {a: []}, enough: most}`},
	{"a mistake deep inside", `{forEach: [1], do: [{parallel: {a: [{try: [{call: lambda.invoke, with: {functionNme: x}}]}]}}]}`},
	{"no branches", `{parallel: {}}`},
	{"a branch that is no list", `{parallel: {a: {set: {b: 1}}}}`},
	{"a handler's key", `{try: [], catch: [{onn: throttled, do: []}]}`},
	{"a handler without do", `{try: [], catch: [{on: throttled}]}`},
	{"repeat without until", `{repeat: [{set: {a: 1}}]}`},
	{"wait for a number", `{wait: 10}`},
	{"wait until text", `{wait: {until: soon}}`},
	{"a path with an expression", `{flow: "${run.id}.yaml"}`},
	{"fail with text", `{fail: text}`},
	{"fail without message", `{fail: {code: A}}`},
	{"fail with a key", `{fail: {code: A, message: b, detail: c}}`},
}
