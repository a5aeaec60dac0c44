package awsemu_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

func provision(function, qualifier string, n int32) *lambda.PutProvisionedConcurrencyConfigInput {
	return &lambda.PutProvisionedConcurrencyConfigInput{FunctionName: &function, Qualifier: &qualifier, ProvisionedConcurrentExecutions: &n}
}

// awaitProvisioned waits until it is decided what becomes of a configuration.
func (r *rig) awaitProvisioned(t *testing.T, function, qualifier string) *lambda.GetProvisionedConcurrencyConfigOutput {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		out := ok(r.lambda(t).GetProvisionedConcurrencyConfig(t.Context(), &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: &function, Qualifier: &qualifier}))(t)
		if out.Status != types.ProvisionedConcurrencyStatusEnumInProgress {
			return out
		}
		if time.Now().After(end) {
			t.Fatal("it is in progress for ever")
		}
	}
}

// Processes of a version with provisioned concurrency stand ready before it is
// invoked, and know of it.
func TestProvisionedConcurrency(t *testing.T) {
	ctx := t.Context()
	dir := goFolder(t)
	r := start(t, fmt.Sprintf(`
functions:
  f: {code: %q, runtime: provided.al2023, versions: {1: {}, 2: {}}, aliases: {live: {version: 2}}}
  bad: {code: %[1]q, runtime: provided.al2023, environment: {FAIL_INIT: "1"}, versions: {1: {}}}
`, dir))
	client := r.lambda(t)
	put := ok(client.PutProvisionedConcurrencyConfig(ctx, provision("f", "1", 2)))(t)
	same(t, types.ProvisionedConcurrencyStatusEnumInProgress, put.Status)
	ready := r.awaitProvisioned(t, "f", "1")
	same(t, types.ProvisionedConcurrencyStatusEnumReady, ready.Status)
	same(t, [3]int32{2, 2, 2}, [3]int32{*ready.RequestedProvisionedConcurrentExecutions, *ready.AllocatedProvisionedConcurrentExecutions, *ready.AvailableProvisionedConcurrentExecutions})
	same(t, any("provisioned-concurrency"), r.call(t, "f:1", `{"Do":"env"}`).body["init"])
	same(t, any("on-demand"), r.call(t, "f:2", `{"Do":"env"}`).body["init"])
	same(t, any("on-demand"), r.call(t, "f", `{"Do":"env"}`).body["init"])

	ok(client.PutProvisionedConcurrencyConfig(ctx, provision("bad", "1", 1)))(t)
	failed := r.awaitProvisioned(t, "bad", "1")
	same(t, types.ProvisionedConcurrencyStatusEnumFailed, failed.Status)
	same(t, "FUNCTION_ERROR_INIT_FAILURE: Runtime.ExitError", *failed.StatusReason)

	ok(client.PutProvisionedConcurrencyConfig(ctx, provision("f", "live", 1)))(t)
	list := ok(client.ListProvisionedConcurrencyConfigs(ctx, &lambda.ListProvisionedConcurrencyConfigsInput{FunctionName: aws.String("f")}))(t)
	same(t, 2, len(list.ProvisionedConcurrencyConfigs))
	same(t, "arn:aws:lambda:us-east-1:000000000000:function:f:live", *list.ProvisionedConcurrencyConfigs[1].FunctionArn)
	ok(client.DeleteProvisionedConcurrencyConfig(ctx, &lambda.DeleteProvisionedConcurrencyConfigInput{FunctionName: aws.String("f"), Qualifier: aws.String("1")}))(t)
	ok(client.DeleteProvisionedConcurrencyConfig(ctx, &lambda.DeleteProvisionedConcurrencyConfigInput{FunctionName: aws.String("f"), Qualifier: aws.String("1")}))(t)
	same(t, any("on-demand"), r.call(t, "f:1", `{"Do":"env"}`).body["init"])
	_, err := client.GetProvisionedConcurrencyConfig(ctx, &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: aws.String("f"), Qualifier: aws.String("1")})
	fails(t, err, "ProvisionedConcurrencyConfigNotFoundException", 404)
}

func TestProvisionedConcurrencyErrors(t *testing.T) {
	ctx := t.Context()
	r := start(t, `
functions:
  f: {reply: 1, versions: {1: {}, 2: {}}, aliases: {live: {version: 1}, head: {version: $LATEST}}}
  g: {reply: 1, concurrency: 5, versions: {1: {}, 2: {}}}
`)
	client := r.lambda(t)
	ok(client.PutProvisionedConcurrencyConfig(ctx, provision("f", "1", 10)))(t)
	ok(client.PutProvisionedConcurrencyConfig(ctx, provision("g", "1", 3)))(t)
	for _, row := range []struct {
		name, code string
		status     int
		in         *lambda.PutProvisionedConcurrencyConfigInput
	}{
		{"none", "InvalidParameterValueException", 400, provision("f", "1", 0)},
		{"$LATEST", "InvalidParameterValueException", 400, provision("f", "$LATEST", 1)},
		{"alias of $LATEST", "InvalidParameterValueException", 400, provision("f", "head", 1)},
		{"alias of the version", "ResourceConflictException", 409, provision("f", "live", 1)},
		{"no version", "ResourceNotFoundException", 404, provision("f", "9", 1)},
		{"no function", "ResourceNotFoundException", 404, provision("nobody", "1", 1)},
		{"more than reserved", "InvalidParameterValueException", 400, provision("g", "2", 3)},
		{"more than the account has", "InvalidParameterValueException", 400, provision("f", "2", 2000)},
		{"too little left", "InvalidParameterValueException", 400, provision("f", "2", 900)},
	} {
		_, err := client.PutProvisionedConcurrencyConfig(ctx, row.in)
		t.Run(row.name, func(t *testing.T) { fails(t, err, row.code, row.status) })
	}
	_, err := client.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: aws.String("g"), ReservedConcurrentExecutions: aws.Int32(2)})
	fails(t, err, "InvalidParameterValueException", 400)
	ok(client.PutProvisionedConcurrencyConfig(ctx, provision("f", "2", 5)))(t)
	ok(client.DeleteProvisionedConcurrencyConfig(ctx, &lambda.DeleteProvisionedConcurrencyConfigInput{FunctionName: aws.String("f"), Qualifier: aws.String("1")}))(t)
	ok(client.PutProvisionedConcurrencyConfig(ctx, provision("f", "live", 1)))(t)
	_, err = client.PutProvisionedConcurrencyConfig(ctx, provision("f", "1", 1))
	fails(t, err, "ResourceConflictException", 409)
	// What is provisioned is the function's, and not to be had by others.
	same(t, int32(1000-5-5-1), *ok(client.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{}))(t).AccountLimit.UnreservedConcurrentExecutions)
}

// Provisioned concurrency is there when the account has nothing left, and is
// kept between runs.
func TestProvisionedConcurrencyIsSetAside(t *testing.T) {
	dir := t.TempDir()
	change := func(o *awsemu.Options) { o.Data = dir }
	text := fmt.Sprintf("functions: {f: {code: %q, runtime: provided.al2023, timeout: 30, versions: {1: {}}}}\nlimits: {concurrentExecutions: 101}", goFolder(t))
	r := startWith(t, text, change)
	ok(r.lambda(t).PutProvisionedConcurrencyConfig(t.Context(), provision("f", "1", 1)))(t)
	r.awaitProvisioned(t, "f", "1")
	same(t, int32(100), *ok(r.lambda(t).GetAccountSettings(t.Context(), &lambda.GetAccountSettingsInput{}))(t).AccountLimit.UnreservedConcurrentExecutions)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	again := startWith(t, text, change)
	same(t, int32(1), *again.awaitProvisioned(t, "f", "1").RequestedProvisionedConcurrentExecutions)
	same(t, any("provisioned-concurrency"), again.call(t, "f:1", `{"Do":"env"}`).body["init"])
}
