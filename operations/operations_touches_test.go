package operations_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
	"github.com/medlar-flow/medlar/operations/lambda"
)

// archive is the code of a function.
func archive(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.Create("index.js"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTouches holds what operations say that they make, remove and need against
// the emulator: a sequence of calls in which each is answered as the things say
// that there are by then.
func TestTouches(t *testing.T) {
	call := inSandbox(t)
	lambdas := lambda.Connector()
	f := func(more ...any) map[string]any {
		params := map[string]any{"functionName": "touched"}
		for i := 0; i < len(more); i += 2 {
			params[more[i].(string)] = more[i+1]
		}
		return params
	}
	create := f("role", "arn:aws:iam::000000000000:role/r", "handler", "index.handler", "runtime", "nodejs22.x", "code", map[string]any{"zipFile": archive(t)})
	alias := f("name", "live", "functionVersion", "$LATEST")
	statement := f("statementId", "s", "action", "lambda:InvokeFunction", "principal", "s3.amazonaws.com")
	steps := []struct {
		operation string
		params    map[string]any
	}{
		{"getFunction", f()},
		{"invoke", f()},
		{"updateFunctionConfiguration", f("memorySize", 256)},
		{"publishVersion", f()},
		{"createAlias", alias},
		{"addPermission", statement},
		{"deleteFunction", f()},
		{"createFunction", create},
		{"createFunction", create},
		{"getFunction", f()},
		{"getFunction", f("qualifier", "live")},
		{"getFunctionConfiguration", f()},
		{"updateFunctionCode", map[string]any{"functionName": "orders", "zipFile": archive(t)}}, // one that is there from the beginning
		{"putFunctionConcurrency", f("reservedConcurrentExecutions", 3)},
		{"getFunctionConcurrency", f()},
		{"getAlias", f("name", "live")},
		{"createAlias", alias},
		{"createAlias", alias},
		{"updateAlias", f("name", "live", "description", "d")},
		{"getFunction", f("qualifier", "live")},
		{"listAliases", f()},
		{"listVersionsByFunction", f()},
		{"addPermission", statement},
		{"addPermission", statement},
		{"removePermission", f("statementId", "s")},
		{"removePermission", f("statementId", "s")},
		{"addPermission", statement},
		{"deleteAlias", f("name", "live")},
		{"deleteAlias", f("name", "live")},
		{"updateAlias", f("name", "live", "description", "d")},
		{"createAlias", alias},
		{"deleteFunction", f()},
		{"getAlias", f("name", "live")},
		{"removePermission", f("statementId", "s")},
		{"deleteFunction", f()},
		{"createFunction", create},
		{"getAlias", f("name", "live")},
		{"removePermission", f("statementId", "s")},
	}
	there := map[string]bool{"function orders": true}
	seen := map[string]bool{}
	for i, s := range steps {
		op := awstest.Find(t, lambdas, s.operation)
		if op.Touches == nil {
			t.Fatalf("lambda.%s says nothing", s.operation)
		}
		params, err := op.Params().Convert(s.params)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		list := op.Touches(params)
		for _, touch := range list {
			if want == "" && there[touch.Thing] == (touch.Does == connector.Makes) {
				want = touch.Code
			}
		}
		_, err = call(lambdas, map[string]any{"region": "eu-west-1"}, s.operation, s.params)
		got := ""
		var failure *connector.Error
		if errors.As(err, &failure) {
			got = failure.Code
		}
		if got != want {
			t.Errorf("%d. %s: %q, the things say %q: %v", i+1, s.operation, got, want, err)
		}
		seen[fmt.Sprint(s.operation, " ", got)] = true
		if err == nil {
			touch(there, list)
		}
	}
	for _, want := range []string{"createFunction ResourceConflictException", "deleteAlias ", "removePermission ResourceNotFoundException", "invoke ResourceNotFoundException"} {
		if !seen[want] {
			t.Errorf("never seen: %s", want)
		}
	}
}

// touch notes what a call has done.
func touch(there map[string]bool, list []connector.Touch) {
	for _, one := range list {
		switch one.Does {
		case connector.Makes:
			there[one.Thing] = true
		case connector.Removes:
			for thing := range there {
				if thing == one.Thing || len(thing) > len(one.Thing) && thing[:len(one.Thing)+1] == one.Thing+"/" {
					delete(there, thing)
				}
			}
		default:
		}
	}
}
