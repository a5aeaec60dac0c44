package lambda

import (
	"fmt"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsapi"
)

// maxStreamed bounds the joined chunks of a streamed answer: what Lambda gives
// in one piece. The parameter maxPayload raises it.
const maxStreamed = 6 << 20

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
				Code: "PayloadTooLarge", Class: connector.ClassQuota, Outcome: connector.OutcomeUnknown,
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
	a.Result["Payload"] = value.NewPayload(payload)
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
