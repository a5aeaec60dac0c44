package operations_test

import (
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsapi"
)

func TestAllFitIntoOneRegistry(t *testing.T) {
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"lambda.createAlias", "amazonlambda.CreateAlias", "lambda.invoke", "lambda.waitFunctionActive",
		"sts.assumeRole", "amazonaws_sts.AssumeRole", "amazonsts.getCallerIdentity",
	} {
		if _, ok := registry.Operation(name); !ok {
			t.Errorf("there is no operation %s", name)
		}
	}
}

func TestEveryOperationDescribesItself(t *testing.T) {
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	const count = 88 + 11 + 4 // the two clients, and Lambda's waiters
	if got := len(registry.Operations()); got < count {
		t.Errorf("%d operations, want at least %d", got, count)
	}
	for _, op := range registry.Operations() {
		action, hasAction := awsapi.IAMAction(op)
		if isAWS := registry.Owner(op).Family == "aws"; op.Summary == "" || isAWS != hasAction {
			t.Errorf("%s: summary %q, IAM action %q", op.Name, op.Summary, action)
		}
		if op.Params() == nil || op.Result() == nil {
			t.Errorf("%s: no shape", op.Name)
		}
	}
}
