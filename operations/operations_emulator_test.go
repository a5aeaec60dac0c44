package operations_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
	"github.com/medlar-flow/medlar/operations/awsemu"
	"github.com/medlar-flow/medlar/operations/lambda"
	"github.com/medlar-flow/medlar/operations/sts"
	"github.com/medlar-flow/medlar/schema"
)

const functions = `
functions:
  orders:
    reply: {ok: true, got: "${event}"}
    versions:
      "1": {}
      "2": {}
  broken:
    error: {errorType: OrderError, errorMessage: no such order}
`

// startSandbox starts the emulator.
func startSandbox(t *testing.T) *connector.Sandbox {
	t.Helper()
	fixture, err := awsemu.ReadFixture("functions.yaml", []byte(functions))
	if err != nil {
		t.Fatal(err)
	}
	e, err := awsemu.New(awsemu.Options{Fixture: fixture})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return &connector.Sandbox{
		Endpoint: e.URL(), Services: e.Services(), Annotations: connector.Annotations{awsapi.SandboxKeys{
			Region: "eu-west-1", AccessKeyID: awsemu.AccessKeyID, SecretAccessKey: schema.Secret(awsemu.SecretAccessKey),
		}},
	}
}

// inSandbox starts the emulator and gives a way to call its connectors.
func inSandbox(t *testing.T) func(c *connector.Connector, connection map[string]any, operation string, params map[string]any) (any, error) {
	t.Helper()
	sandbox := startSandbox(t)
	return func(c *connector.Connector, connection map[string]any, operation string, params map[string]any) (any, error) {
		t.Helper()
		converted, err := c.Connection.Convert(connection)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := c.Open(t.Context(), connector.OpenRequest{Params: converted, RunID: "run-1", Sandbox: sandbox})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return awstest.Call(t, c, conn, operation, params)
	}
}

func member(t *testing.T, v any, err error, name string) any {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v.(map[string]any)[name]
}

func TestRolesOfTheEmulator(t *testing.T) {
	call := inSandbox(t)
	const role = "arn:aws:iam::000000000000:role/deployer"
	v, err := call(sts.Connector(), nil, "assumeRole", map[string]any{"roleArn": role, "roleSessionName": "canary"})
	credentials := member(t, v, err, "Credentials")
	const want = "arn:aws:sts::000000000000:assumed-role/deployer/"
	for name, connection := range map[string]map[string]any{
		"canary":       {"credentials": credentials},
		"own":          {"assumeRole": map[string]any{"roleArn": role, "roleSessionName": "own"}},
		"medlar-run-1": {"assumeRole": []any{map[string]any{"roleArn": role, "roleSessionName": "own"}, map[string]any{"roleArn": role}}},
	} {
		v, err := call(sts.Connector(), connection, "getCallerIdentity", nil)
		if got := member(t, v, err, "Arn"); got != want+name {
			t.Errorf("caller is %v, want %s", got, want+name)
		}
	}
}

func TestAliasesOfTheEmulator(t *testing.T) {
	call := inSandbox(t)
	c := lambda.Connector()
	v, err := call(c, nil, "createAlias", map[string]any{
		"functionName": "orders", "aliasName": "live", "functionVersion": "1", "aliasAdditionalVersionWeights": `{"2": 0.5}`,
	})
	created, _ := v.(map[string]any)
	if diff := cmp.Diff(any(map[string]any{"AdditionalVersionWeights": map[string]any{"2": 0.5}}), member(t, v, err, "RoutingConfig")); diff != "" {
		t.Errorf("routing (-want +got):\n%s", diff)
	}
	v, err = call(c, nil, "updateAlias", map[string]any{
		"functionName": "orders", "name": "live", "revisionId": created["RevisionId"], "routingConfig": map[string]any{"additionalVersionWeights": map[string]any{}},
	})
	if got := member(t, v, err, "FunctionVersion"); got != "1" {
		t.Errorf("version is %v", got)
	}
	_, err = call(c, nil, "updateAlias", map[string]any{"functionName": "orders", "name": "live", "revisionId": created["RevisionId"]})
	if !errors.Is(err, &connector.Error{Code: "PreconditionFailedException", Class: connector.ClassPrecondition}) {
		t.Errorf("error is %v", err)
	}
	if v, err = call(c, nil, "deleteAlias", map[string]any{"functionName": "orders", "name": "live"}); err != nil {
		t.Error(err)
	} else if diff := cmp.Diff(any(map[string]any{}), v); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	_, err = call(c, nil, "getAlias", map[string]any{"functionName": "orders", "name": "live"})
	if !errors.Is(err, &connector.Error{Code: "ResourceNotFoundException", Class: connector.ClassNotFound}) {
		t.Errorf("error is %v", err)
	}
}

func TestFunctionsOfTheEmulator(t *testing.T) {
	call := inSandbox(t)
	c := lambda.Connector()
	v, err := call(c, nil, "invoke", map[string]any{"functionName": "orders", "payload": map[string]any{"n": 1}})
	want := map[string]any{"ok": true, "got": map[string]any{"n": int64(1)}}
	if diff := cmp.Diff(any(want), value.Plain(member(t, v, err, "Payload"))); diff != "" {
		t.Errorf("payload (-want +got):\n%s", diff)
	}
	_, err = call(c, nil, "invoke", map[string]any{"functionName": "broken", "logType": "Tail"})
	e := connector.AsError(err)
	if e == nil || e.Code != "Lambda.FunctionError" || e.Message != "OrderError: no such order" {
		t.Errorf("error is %v", err)
	}
	v, err = call(c, nil, "listFunctions", map[string]any{"paginate": true})
	if list, _ := member(t, v, err, "Functions").([]any); len(list) != 2 {
		t.Errorf("%d functions", len(list))
	}
}
