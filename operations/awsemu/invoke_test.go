package awsemu_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func TestInvokeReply(t *testing.T) {
	client := example(t).lambda(t)
	out := ok(client.Invoke(context.Background(), &lambda.InvokeInput{
		FunctionName: aws.String("orders:2"), Payload: []byte(`{"order":12345678901234567890,"probe":7}`), LogType: types.LogTypeTail,
	}))(t)
	same(t, `{"ok":true,"order":12345678901234567890,"probe":7,"version":"2"}`, string(out.Payload))
	same(t, int32(200), out.StatusCode)
	same(t, "2", *out.ExecutedVersion)
	if out.FunctionError != nil {
		t.Errorf("FunctionError is %s", *out.FunctionError)
	}
	log := string(ok(base64.StdEncoding.DecodeString(*out.LogResult))(t))
	for _, part := range []string{"START RequestId: ", "orders version 2 was called\n", "REPORT RequestId: "} {
		if !strings.Contains(log, part) {
			t.Errorf("no %q in %q", part, log)
		}
	}
	if id, found := middleware.GetRequestIDMetadata(out.ResultMetadata); !found || !strings.Contains(log, id) {
		t.Errorf("request id %q", id)
	}
}

func TestInvokeFunctionError(t *testing.T) {
	client := start(t, `
functions:
  f:
    error: {errorType: Broken, errorMessage: "no ${event.what}", stackTrace: [here, there]}
    versions:
      1: {error: {errorMessage: gone, unhandled: true}}
      2: {reply: "${event.a + event.b}"}
`).lambda(t)
	for _, row := range []struct{ qualifier, failure, payload string }{
		{"$LATEST", "Unhandled", `{"errorMessage":"no bread","errorType":"Broken","stackTrace":["here","there"]}`},
		{"1", "Unhandled", `{"errorMessage":"gone","errorType":"Error"}`},
	} {
		out := ok(client.Invoke(context.Background(), &lambda.InvokeInput{
			FunctionName: aws.String("f"), Qualifier: &row.qualifier, Payload: []byte(`{"what":"bread"}`),
		}))(t)
		same(t, row.failure, aws.ToString(out.FunctionError))
		same(t, row.payload, string(out.Payload))
		same(t, row.qualifier, *out.ExecutedVersion)
	}
	out := ok(client.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("f:2"), Payload: []byte(`{"a":[],"b":1}`)}))(t)
	if aws.ToString(out.FunctionError) != "Unhandled" || !strings.Contains(string(out.Payload), "Emulator.ReplyFailed") {
		t.Errorf("got %s", out.Payload)
	}
}

func TestInvokeTypes(t *testing.T) {
	ctx, r := context.Background(), example(t)
	client := r.lambda(t)
	event := ok(client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("greet"), InvocationType: types.InvocationTypeEvent}))(t)
	same(t, int32(202), event.StatusCode)
	same(t, 0, len(event.Payload))
	dry := ok(client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("greet"), InvocationType: types.InvocationTypeDryRun}))(t)
	same(t, int32(204), dry.StatusCode)
	_, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("nobody"), InvocationType: types.InvocationTypeDryRun})
	fails(t, err, "ResourceNotFoundException", 404)
}

func TestInvokeErrors(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	big := func(n int) []byte { return []byte(`"` + strings.Repeat("x", n) + `"`) }
	for _, row := range []struct {
		name   string
		in     lambda.InvokeInput
		code   string
		status int
	}{
		{"no function", lambda.InvokeInput{FunctionName: aws.String("nobody")}, "ResourceNotFoundException", 404},
		{"no version", lambda.InvokeInput{FunctionName: aws.String("orders:9")}, "ResourceNotFoundException", 404},
		{"two qualifiers", lambda.InvokeInput{FunctionName: aws.String("orders:1"), Qualifier: aws.String("2")}, "InvalidParameterValueException", 400},
		{"bad name", lambda.InvokeInput{FunctionName: aws.String("or ders")}, "InvalidParameterValueException", 400},
		{"bad qualifier", lambda.InvokeInput{FunctionName: aws.String("orders"), Qualifier: aws.String("a/b")}, "InvalidParameterValueException", 400},
		{"no JSON", lambda.InvokeInput{FunctionName: aws.String("orders"), Payload: []byte("{")}, "InvalidRequestContentException", 400},
		{"bad type", lambda.InvokeInput{FunctionName: aws.String("orders"), InvocationType: "Later"}, "InvalidParameterValueException", 400},
		{"bad log type", lambda.InvokeInput{FunctionName: aws.String("orders"), LogType: "Head"}, "InvalidParameterValueException", 400},
		{"bad client context", lambda.InvokeInput{FunctionName: aws.String("orders"), ClientContext: aws.String("{}")}, "InvalidRequestContentException", 400},
		{"large", lambda.InvokeInput{FunctionName: aws.String("orders"), Payload: big(6 << 20)}, "RequestTooLargeException", 413},
		{"too large to read", lambda.InvokeInput{FunctionName: aws.String("orders"), Payload: big(8 << 20)}, "RequestTooLargeException", 413},
		{"large event", lambda.InvokeInput{FunctionName: aws.String("orders"), InvocationType: types.InvocationTypeEvent, Payload: big(1 << 20)}, "RequestTooLargeException", 413},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := client.Invoke(ctx, &row.in)
			fails(t, err, row.code, row.status)
		})
	}
	_, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("orders:9")})
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
		t.Errorf("got %v", err)
	}
	says(t, err, "Function not found: "+orders+":9")
}

func TestInvokeReplyTooLarge(t *testing.T) {
	client := start(t, "functions: {echo: {reply: ['${event}', '${event}']}}").lambda(t)
	out := ok(client.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("echo"), Payload: []byte(`"` + strings.Repeat("x", 4<<20) + `"`)}))(t)
	if aws.ToString(out.FunctionError) != "Unhandled" || !strings.Contains(string(out.Payload), "Function.ResponseSizeTooLarge") {
		t.Errorf("got %.200s", out.Payload)
	}
}

func TestConcurrentUse(t *testing.T) {
	ctx, r := context.Background(), example(t)
	client := r.lambda(t)
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for range 20 {
				if n == 0 {
					ok(client.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: aws.String("orders"), Name: aws.String("live"), RoutingConfig: weights(map[string]float64{"2": 0.5})}))(t)
				}
				kind := []types.InvocationType{types.InvocationTypeEvent, types.InvocationTypeRequestResponse}[n%2]
				ok(client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("orders:live"), InvocationType: kind}))(t)
				ok(client.ListFunctions(ctx, &lambda.ListFunctionsInput{FunctionVersion: types.FunctionVersionAll}))(t)
			}
		})
	}
	all.Wait()
}
