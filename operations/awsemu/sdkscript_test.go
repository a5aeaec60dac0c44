package awsemu_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// TestGoClient runs the script with the AWS SDK for Go.
func TestGoClient(t *testing.T) {
	scripted(t, func(r *rig) client {
		clients := map[string]reflect.Value{"lambda": reflect.ValueOf(r.lambda(t)), "sts": reflect.ValueOf(r.sts(t))}
		return func(t *testing.T, stage []scriptCall) []scriptResult {
			var results []scriptResult
			for _, one := range stage {
				results = append(results, callByName(t, clients[one.service].MethodByName(one.operation), one.input))
			}
			return results
		}
	})
}

// callByName calls an operation of an SDK client with JSON for its input.
func callByName(t *testing.T, method reflect.Value, input string) scriptResult {
	t.Helper()
	in := reflect.New(method.Type().In(1).Elem())
	if err := json.Unmarshal([]byte(input), in.Interface()); err != nil {
		t.Fatal(err)
	}
	out := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
	if err, _ := out[1].Interface().(error); err != nil {
		result := scriptResult{Error: "?", Message: err.Error()}
		if api, ok := errors.AsType[smithy.APIError](err); ok {
			result.Error, result.Message = api.ErrorCode(), api.ErrorMessage()
		}
		if answer, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
			result.Status = answer.HTTPStatusCode()
		}
		return result
	}
	var result scriptResult
	text := ok(json.Marshal(out[0].Interface()))(t)
	if err := json.Unmarshal(text, &result.Output); err != nil {
		t.Fatal(err)
	}
	return result
}
