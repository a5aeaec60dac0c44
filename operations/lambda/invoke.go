package lambda

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

// maxClientContext is what AWS takes of it, encoded, in bytes.
const maxClientContext = 3583

// maxStreamed bounds the joined chunks of a streamed answer: what Lambda gives
// in one piece. The parameter maxPayload raises it.
const maxStreamed = 6 << 20

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

func invokeOperations() map[string]awsapi.Operation {
	return map[string]awsapi.Operation{
		"Invoke": {
			Summary:     "Call a function and give its answer.",
			Description: "A function that answers with an error fails the step with the code Lambda.FunctionError, unless onFunctionError is return.",
			IAMAction:   "lambda:InvokeFunction",
			Errors:      invokeErrors,
			Params: map[string]schema.Field{
				"invocationType":       {Aliases: []string{"x-amz-invocation-type"}, Description: "RequestResponse waits for the answer, Event queues the call, DryRun only checks."},
				"logType":              {Aliases: []string{"x-amz-log-type"}, Description: "Tail gives the last 4 KB of the log as LogResult."},
				"clientContext":        clientContext("x-amz-client-context"),
				"durableExecutionName": {Description: "Name of the durable execution; the same name and payload give the same execution."},
				"tenantId":             {Description: "The tenant of a multi-tenant function."},
			},
			Extra:        []*schema.Field{payloadField("payload"), onFunctionErrorField()},
			Prepare:      prepareInvoke,
			ExtraResults: []*schema.Field{payloadResult()},
			Results:      map[string]schema.Field{"LogResult": {Description: "The log tail, decoded."}},
			Finish:       finishInvoke,
		},
		"InvokeAsync": {
			Summary:   "Queue a call of a function. AWS has deprecated it for invoke with invocationType Event.",
			IAMAction: "lambda:InvokeFunction",
			Errors:    failsWith("InvalidRequestContentException", "InvalidRuntimeException", "ResourceConflictException"),
			Extra:     []*schema.Field{required(payloadField("invokeArgs", "InvokeArgs", "payload"))},
			Prepare:   func(params map[string]any) error { return encodePayload(params, "invokeArgs") },
		},
		"InvokeWithResponseStream": {
			Summary:   "Call a function that streams its answer, and give the joined chunks.",
			IAMAction: "lambda:InvokeFunction",
			Errors:    invokeErrors,
			Params: map[string]schema.Field{
				"invocationType": {Aliases: []string{"x-amz-invocation-type"}, Description: "RequestResponse waits for the answer, DryRun only checks."},
				"logType":        {Aliases: []string{"x-amz-log-type"}, Description: "Tail gives the last 4 KB of the log as LogResult."},
				"clientContext":  clientContext("x-amz-client-context"),
			},
			Extra: []*schema.Field{payloadField("payload"), onFunctionErrorField(), {
				Name: "maxPayload", Type: schema.Integer, Minimum: number(1), Maximum: number(200 << 20), Default: int64(maxStreamed),
				Description: "The most bytes that the chunks may have in all.",
			}},
			Prepare: prepareInvoke,
			ExtraResults: []*schema.Field{
				payloadResult(),
				{Name: "LogResult", Type: schema.String, Nullable: true, Description: "The log tail, decoded."},
				{Name: "FunctionError", Type: schema.String, Nullable: true, Description: "The kind of error, where the function failed."},
			},
			Finish: finishStream,
		},
	}
}

func required(f *schema.Field) *schema.Field {
	f.Required = true
	return f
}

// payloadField takes any value; see encodePayload. It is not secret: a flow
// marks the step sensitive where it is.
func payloadField(name string, aliases ...string) *schema.Field {
	if name == "payload" {
		aliases = append(aliases, "Payload")
	}
	return &schema.Field{
		Name: name, Aliases: aliases, Type: schema.Any, File: true, Example: "{orderId: o-17}",
		Description: "What the function is called with: any value, encoded as JSON. Text that is a whole JSON object or array, bytes, and {file: path} are sent as they are.",
	}
}

func onFunctionErrorField() *schema.Field {
	return &schema.Field{
		Name: "onFunctionError", Type: schema.String, Enum: []any{onErrorFail, onErrorReturn}, Default: onErrorFail,
		Description: "What an error of the function does: fail the step, or return the result with FunctionError set.",
	}
}

func payloadResult() *schema.Field {
	return &schema.Field{
		Name: "Payload", Type: schema.Any, Nullable: true,
		Description: "The function's answer: decoded where it is JSON, otherwise text, otherwise bytes.",
	}
}

func clientContext(alias string) schema.Field {
	return schema.Field{
		Aliases: []string{alias}, Secret: true, MaxLength: length(maxClientContext), Coerce: encodeContext,
		Description: "Data about the caller for the function's context: an object, encoded for you, or base64 text. At most 3583 bytes encoded.",
	}
}

// encodeContext turns an object, or text that is no base64, into base64.
func encodeContext(v any) (any, error) {
	switch x := v.(type) {
	case map[string]any:
		text, err := schema.EncodeJSON(x)
		return base64.StdEncoding.EncodeToString(text), err
	case string:
		if _, err := base64.StdEncoding.DecodeString(x); err != nil {
			if wholeJSON(x) {
				return base64.StdEncoding.EncodeToString([]byte(x)), nil
			}
			return nil, errors.New("expected an object, or base64 text")
		}
	}
	return v, nil
}

func prepareInvoke(params map[string]any) error { return encodePayload(params, "payload") }

// encodePayload makes the parameter the bytes that are sent.
func encodePayload(params map[string]any, name string) error {
	v, given := params[name]
	if !given || v == nil {
		return nil
	}
	switch x := v.(type) {
	case []byte:
		return nil
	case string:
		if wholeJSON(x) {
			params[name] = []byte(x)
			return nil
		}
	}
	text, err := schema.EncodeJSON(v)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	params[name] = text
	return nil
}

// wholeJSON is true for the text of one JSON object or array.
func wholeJSON(text string) bool {
	trimmed := strings.TrimLeft(text, " \t\r\n")
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return false
	}
	return json.Valid([]byte(text))
}

func finishInvoke(a awsapi.Answer) (any, error) {
	payload, _ := a.Result["Payload"].([]byte)
	a.Result["Payload"] = decodePayload(payload)
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

// functionError gives what a function answered as the error of the step.
func functionError(kind string, payload, log any) *connector.Error {
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
	return &connector.Error{
		Code: codeFunctionError, Class: connector.Function, Message: text, Status: 200, Cause: cause,
	}
}

// decodePayload gives an answer as a value: JSON, else text, else bytes; null
// for none.
func decodePayload(payload []byte) any {
	if len(payload) == 0 {
		return nil
	}
	if v, err := schema.DecodeJSON(payload); err == nil {
		return v
	}
	if utf8.Valid(payload) {
		return string(payload)
	}
	return payload
}

func decodeLog(v any) any {
	text, ok := v.(string)
	if !ok {
		return nil
	}
	log, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return text
	}
	return strings.ToValidUTF8(string(log), "\uFFFD")
}

// finishStream joins the chunks of a streamed answer.
func finishStream(a awsapi.Answer) (any, error) {
	limit, _ := a.Params["maxPayload"].(int64)
	if limit <= 0 {
		limit = maxStreamed
	}
	a.Result["Payload"], a.Result["LogResult"], a.Result["FunctionError"] = nil, nil, nil
	output, ok := a.Output.(*sdk.InvokeWithResponseStreamOutput)
	if !ok || output.GetStream() == nil {
		return a.Result, nil
	}
	stream := output.GetStream()
	defer func() { _ = stream.Close() }()
	var payload []byte
	var end types.InvokeWithResponseStreamCompleteEvent
	for event := range stream.Events() {
		switch e := event.(type) {
		case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
			payload = append(payload, e.Value.Payload...)
		case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
			end = e.Value
		}
		if int64(len(payload)) > limit {
			return nil, &connector.Error{
				Code: "PayloadTooLarge", Class: connector.Quota, Outcome: connector.OutcomeUnknown,
				Message: fmt.Sprintf("the function answered with more than %d bytes; maxPayload raises the limit", limit),
			}
		}
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	return endStream(a, payload, end)
}

func endStream(a awsapi.Answer, payload []byte, end types.InvokeWithResponseStreamCompleteEvent) (any, error) {
	a.Result["Payload"] = decodePayload(payload)
	if end.LogResult != nil {
		a.Result["LogResult"] = decodeLog(*end.LogResult)
	}
	if end.ErrorCode == nil || *end.ErrorCode == "" {
		return a.Result, nil
	}
	a.Result["FunctionError"] = *end.ErrorCode
	if a.Params["onFunctionError"] == onErrorReturn {
		return a.Result, nil
	}
	answer := map[string]any{"errorType": *end.ErrorCode}
	if end.ErrorDetails != nil {
		answer["errorMessage"] = *end.ErrorDetails
	}
	return nil, functionError(*end.ErrorCode, answer, a.Result["LogResult"])
}
