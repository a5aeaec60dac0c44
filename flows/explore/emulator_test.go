package explore_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/explore"
	"github.com/medlar-flow/medlar/flows/internal/faults"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsemu"
	"github.com/medlar-flow/medlar/schema"
)

// emulated is a flow whose calls an emulator takes: what they make and remove is
// there, or is not.
const emulated = `flow: emulated
connections: {lambda: {region: eu-west-1, maxAttempts: 1}}
steps:
  - {id: look, call: lambda.getFunctionConfiguration, with: {functionName: orders}, retry: {attempts: 2, delay: 1ms, jitter: false}}
  - id: alias
    call: lambda.createAlias
    with: {functionName: orders, name: next, functionVersion: "1"}
    idempotent: true
    retry: {attempts: 2, delay: 1ms, jitter: false, on: [throttled, unavailable]}
    undo: {call: lambda.deleteAlias, with: {functionName: orders, name: next}}
  - id: grant
    call: lambda.addPermission
    with: {functionName: orders, statementId: s, action: "lambda:InvokeFunction", principal: s3.amazonaws.com}
    undo: {call: lambda.removePermission, with: {functionName: orders, statementId: s}, retry: {attempts: 2, delay: 1ms, jitter: false}}
  - id: tried
    try: [{id: again, call: lambda.updateAlias, with: {functionName: orders, name: next, functionVersion: "2"}}]
    catch: [{on: [InvalidParameterValueException], do: [{id: other, call: lambda.getAlias, with: {functionName: orders, name: next}}]}]
  - {id: call, call: lambda.invoke, with: {functionName: orders, qualifier: next}, retry: {attempts: 2, delay: 1ms, jitter: false}}
`

const emulatedTest = `tests:
  - name: green
    answers:
      - {call: lambda.getFunctionConfiguration, result: {FunctionName: orders}}
      - {call: lambda.createAlias, result: {Name: next}}
      - {call: lambda.updateAlias, result: {Name: next}}
      - {call: lambda.getAlias, result: {Name: next}}
      - {call: lambda.deleteAlias, result: {}}
      - {call: lambda.addPermission, result: {}}
      - {call: lambda.removePermission, result: {}}
      - {call: lambda.invoke, result: {StatusCode: 200, Payload: {ok: true}}}
`

// verdict is how a run ended, and what is left of it.
type verdict struct {
	Outcome, Code     string
	Undone, NotUndone []string
	Alias, Statement  bool // are there
}

// statuses are those of AWS.
var statuses = map[connector.Class]int{
	connector.ClassInvalid: 400, connector.ClassConflict: 409, connector.ClassNotFound: 404, connector.ClassPrecondition: 412,
	connector.ClassQuota: 400, connector.ClassDenied: 403,
}

// injected returns the faults of an emulator that are those of a schedule; ok is
// false where it has none of the kind.
func injected(plan faults.Plan, end *faults.End) (list []string, ok bool) {
	hidden := map[string]int{}
	for i := range plan.Faults {
		f := &plan.Faults[i]
		after := map[string]int{}
		op := ""
		for _, c := range end.World.Calls() {
			if c.Step == f.Step && c.Nth == f.Attempt {
				op = c.Operation
				break
			}
			after[c.Operation]++
		}
		kind := ""
		switch {
		case f.Kind != faults.Fails || f.Resent || f.RetryAfter > 0 || f.All || f.Every && len(plan.Faults) > 1:
		case f.Done && (op == "lambda.deleteAlias" || op == "lambda.removePermission"): // their answers are empty: there is no half of them
		case f.Unknown && f.Class == connector.ClassUnavailable && f.Done:
			kind = "kind: half"
		case f.Unknown && f.Class == connector.ClassUnavailable:
			kind = "kind: drop"
		case f.Unknown:
		case f.Class == connector.ClassThrottled:
			kind = "kind: throttle"
		case statuses[f.Class] > 0:
			kind = fmt.Sprintf("kind: error, code: %s, status: %d", f.Code, statuses[f.Class])
		}
		if kind == "" || op == "" {
			return nil, false
		}
		times := ", times: 1"
		if f.Every {
			times = ""
		}
		list = append(list, fmt.Sprintf("{%s, operation: %s, after: %d%s}", kind, strings.ToLower(op), after[op]-hidden[op], times))
		hidden[op]++
	}
	return list, true
}

// onEmulator runs the flow on an emulator on which the same goes wrong.
func onEmulator(t *testing.T, flow, probe *flows.Flow, list []string) verdict {
	t.Helper()
	text := "functions: {orders: {reply: {ok: true}, versions: {\"1\": {}, \"2\": {}}}}\nfaults: [" + strings.Join(list, ", ") + "]\n"
	fixture, err := awsemu.ReadFixture("functions.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	e, err := awsemu.New(awsemu.Options{Fixture: fixture, Settling: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	defer e.Close() //nolint:errcheck // nothing of it is kept
	sandbox := &connector.Sandbox{
		Endpoint: e.URL(), Services: e.Services(), Annotations: connector.Annotations{awsapi.SandboxKeys{
			Region: "eu-west-1", AccessKeyID: awsemu.AccessKeyID, SecretAccessKey: schema.Secret(awsemu.SecretAccessKey),
		}},
	}
	_, err = flow.Run(t.Context(), nil, flows.WithSandbox(*sandbox))
	v := verdict{Outcome: runtime.EndState(err)}
	var failure *report.RunError
	if errors.As(err, &failure) {
		v.Code, v.Undone, v.NotUndone = failure.Code, failure.Undone, failure.NotUndone
	}
	result, err := probe.Run(t.Context(), nil, flows.WithSandbox(*sandbox))
	if err != nil {
		t.Fatal(err)
	}
	there, _ := result.Output.(map[string]any)
	v.Alias, v.Statement = there["alias"] == true, there["statement"] == true
	return v
}

// stays says what is there after the run of a schedule.
func stays(end *faults.End) (alias, statement bool) {
	for _, c := range end.World.Calls() {
		if !c.Changed {
			continue
		}
		switch c.Operation {
		case "lambda.createAlias", "lambda.deleteAlias":
			alias = c.Operation == "lambda.createAlias"
		case "lambda.addPermission", "lambda.removePermission":
			statement = c.Operation == "lambda.addPermission"
		}
	}
	return alias, statement
}

// emulatedProbe asks what is there; no schedule says that anything of it fails.
const emulatedProbe = `flow: probe
connections: {lambda: {region: eu-west-1}}
steps:
  - {id: aliases, call: lambda.listAliases, with: {functionName: orders}}
  - {set: {policy: ""}}
  - try:
      - {id: policy, call: lambda.getPolicy, with: {functionName: orders}}
      - {set: {policy: "${steps.policy.Policy}"}}
    catch: [{on: [ResourceNotFoundException], do: []}]
output: {alias: "${any(steps.aliases.Aliases, #.Name == 'next')}", statement: "${ctx.policy contains '\"s\"'}"}
`

// emulatedSample is how many schedules are tried on an emulator; few where tests
// are to be fast.
func emulatedSample() int {
	if testenv.Thorough() {
		return 200
	}
	return 20
}

// TestSameOnEmulator: what is explored is what happens on an emulator of AWS on
// which the same goes wrong, and what is there afterwards is the same.
func TestSameOnEmulator(t *testing.T) {
	reg := registry(t)
	files := fstest.MapFS{
		"f.yaml": {Data: []byte(emulated)}, "f.test.yaml": {Data: []byte(emulatedTest)}, "probe.yaml": {Data: []byte(emulatedProbe)},
	}
	suite := load(t, files, "f.test.yaml", reg)
	var loaded [2]*flows.Flow
	for i, name := range []string{"f.yaml", "probe.yaml"} {
		flow, err := flows.Load(files, name, reg)
		if err != nil {
			t.Fatal(err)
		}
		loaded[i] = flow
	}
	plans, ends := explore.Schedules(t.Context(), suite, suite.Tests()[0])
	var sample []int
	for i := range plans {
		if _, ok := injected(plans[i], ends[i]); ok {
			sample = append(sample, i)
		}
	}
	count := emulatedSample()
	stride := max(1, len(sample)/count)
	ran := 0
	for i := 0; i < len(sample) && ran < count; i += stride {
		plan, end := plans[sample[i]], ends[sample[i]]
		list, _ := injected(plan, end)
		ran++
		want := verdict{Outcome: end.Outcome()}
		if end.Err != nil {
			want.Code, want.Undone, want.NotUndone = end.Err.Code, end.Err.Undone, end.Err.NotUndone
		}
		want.Alias, want.Statement = stays(end)
		got := onEmulator(t, loaded[0], loaded[1], list)
		if slices.ContainsFunc(plan.Faults, func(f faults.Fault) bool { return f.Unknown }) && end.Err != nil && end.Err.Code == "ServiceException" {
			want.Code, got.Code = "", "" // a connection that breaks off has a code of its own
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-explored +on the emulator):\n%s", list, diff)
		}
	}
	if ran < count {
		t.Errorf("there are %d schedules that can be played", ran)
	}
	t.Logf("%d of %d schedules", ran, len(sample))
}
