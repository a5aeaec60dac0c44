package lambda

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda/schemas"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

const codeFunctionError = "Lambda.FunctionError"

// What onFunctionError takes.
const (
	onErrorFail   = "fail"
	onErrorReturn = "return"
)

var invokeErrors = failsWith(
	codeFunctionError, "InvalidRequestContentException", "RequestTooLargeException", "ResourceConflictException",
	"ResourceNotReadyException", "EC2ThrottledException", "EC2UnexpectedException", "KMSAccessDeniedException",
)

var streamErrors = append(slices.Clip(invokeErrors), codeCutOff, codeTooLarge)

func invokeOperations() map[string]awsapi.Operation {
	return map[string]awsapi.Operation{
		"Invoke": {
			Summary: "Call a function and give its answer.",
			Description: "A function that answers with an error fails the step with the code Lambda.FunctionError, " +
				"unless onFunctionError is return.",
			IAMAction:    "lambda:InvokeFunction",
			Traced:       true,
			Model:        schemas.Invoke,
			Errors:       invokeErrors,
			OtherErrors:  true, // the function's own
			Params:       invokeParams(),
			Extra:        []*schema.Field{payloadField("payload", "requestPayload"), onFunctionErrorField()},
			Bytes:        payloadEncoder(),
			ExtraResults: []*schema.Field{payloadResult()},
			Results:      map[string]schema.Field{"LogResult": {Description: "The log tail, decoded."}},
			Finish:       finishInvoke,
			Simple:       true,
		},
		"InvokeAsync": {
			Summary:   "Queue a call of a function. AWS has deprecated it for invoke with invocationType Event.",
			IAMAction: "lambda:InvokeFunction",
			Traced:    true,
			Errors:    failsWith("InvalidRequestContentException", "InvalidRuntimeException", "ResourceConflictException"),
			Extra:     []*schema.Field{required(payloadField("invokeArgs", "InvokeArgs", "payload", "requestPayload"))},
			Prepare:   encodeInvokeArgs,
		},
		"InvokeWithResponseStream": {
			Summary:     "Call a function that streams its answer, and give the joined chunks.",
			IAMAction:   "lambda:InvokeFunction",
			Traced:      true,
			Errors:      streamErrors,
			OtherErrors: true, // as above
			Params:      invokeParams(),
			Extra: []*schema.Field{payloadField("payload", "requestPayload"), onFunctionErrorField(), {
				Name: "maxPayload", Type: schema.Integer, Minimum: number(1), Maximum: number(200 << 20), Default: int64(maxStreamed),
				Description: "The most bytes that the chunks may have in all.",
			}},
			Bytes: payloadEncoder(),
			ExtraResults: []*schema.Field{
				payloadResult(),
				{Name: "LogResult", Type: schema.String, Nullable: true, Description: "The log tail, decoded."},
				{
					Name: "FunctionError", Type: schema.String, Nullable: true,
					Description: "The kind of error, where the function failed.",
				},
			},
			Finish: finishStream,
		},
	}
}

// invokeParams are the parameters that the published connector names after
// their headers.
func invokeParams() map[string]schema.Field {
	return map[string]schema.Field{
		"invocationType": {
			Aliases:     []string{"x-amz-invocation-type"},
			Description: "RequestResponse waits for the answer, Event queues the call, DryRun only checks.",
		},
		"logType":       {Aliases: []string{"x-amz-log-type"}, Description: "Tail gives the last 4 KB of the log as LogResult."},
		"clientContext": clientContext("x-amz-client-context"),
	}
}

func onFunctionErrorField() *schema.Field {
	return &schema.Field{
		Name: "onFunctionError", Type: schema.String, Enum: []any{onErrorFail, onErrorReturn}, Default: onErrorFail,
		Description: "What an error of the function does: fail the step, or return the result with FunctionError set.",
	}
}

func payloadEncoder() map[string]func(any) ([]byte, error) {
	return map[string]func(any) ([]byte, error){"payload": payloadBytes}
}

// encodeInvokeArgs makes the parameter the bytes that are sent.
func encodeInvokeArgs(params map[string]any) error {
	v := params["invokeArgs"]
	if v == nil {
		return nil
	}
	text, err := payloadBytes(v)
	if err != nil {
		return fmt.Errorf("invokeArgs: %w", err)
	}
	params["invokeArgs"] = text
	return nil
}

func finishInvoke(a awsapi.Answer) (any, error) {
	payload, _ := a.Result["Payload"].([]byte)
	a.Result["Payload"] = value.NewPayload(payload)
	a.Result["LogResult"] = decodeLog(a.Result["LogResult"])
	return failOrReturn(a)
}

// failOrReturn makes a function's error the step's, unless the step wants it
// as a result.
func failOrReturn(a awsapi.Answer) (any, error) {
	kind, failed := a.Result["FunctionError"].(string)
	if !failed || kind == "" || a.Params["onFunctionError"] == onErrorReturn {
		return a.Result, nil
	}
	return nil, functionError(kind, a.Result["Payload"], a.Result["LogResult"])
}

// functionError returns what a function answered as the error of the step.
func functionError(kind string, payload, log any) *connector.Error {
	payload = value.Plain(payload)
	answer, _ := payload.(map[string]any)
	if answer == nil {
		answer = map[string]any{"errorMessage": payload}
	}
	cause := map[string]any{
		"errorType": answer["errorType"], "errorMessage": answer["errorMessage"], "stackTrace": answer["stackTrace"],
		"logTail": log, "functionError": kind,
	}
	errorType, _ := answer["errorType"].(string)
	message, _ := answer["errorMessage"].(string)
	text := strings.Trim(errorType+": "+message, ": ")
	if text == "" {
		text = "the function failed (" + kind + ")"
	}
	failure := &connector.Error{
		Code: codeFunctionError, Class: connector.ClassFunction, Message: text, Status: 200, Cause: cause,
	}
	if errorType != "" && !connector.IsClass(errorType) { // a class wins where a name is both
		failure.Aliases = []string{errorType}
	}
	return failure
}
