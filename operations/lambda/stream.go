package lambda

import (
	"bytes"
	"fmt"
	"unicode/utf8"

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
	var end *types.InvokeWithResponseStreamCompleteEvent
	for event := range stream.Events() {
		switch e := event.(type) {
		case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
			payload = append(payload, e.Value.Payload...)
		case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
			end = &e.Value
		}
		if int64(len(payload)) > limit {
			return nil, &connector.Error{
				Code: codeTooLarge, Class: connector.ClassQuota, Outcome: connector.OutcomeUnknown,
				Message: fmt.Sprintf("the function answered with more than %d bytes; maxPayload raises the limit", limit),
				Details: partial(payload),
			}
		}
	}
	if err := stream.Err(); err != nil || end == nil {
		return nil, cutOff(err, payload)
	}
	return endStream(a, payload, *end)
}

// codeCutOff is the code of an answer that ended before its last event.
const codeCutOff = "IncompleteStream"

// codeTooLarge is the code of an answer beyond maxPayload.
const codeTooLarge = "PayloadTooLarge"

// cutOff is the failure of an answer that ended before its last event, for
// which the SDK has an error or, where the connection was lost, none: the
// function may have done its work, and what came is no answer.
func cutOff(err error, payload []byte) error {
	message := fmt.Sprintf("the answer ended after %d bytes without its last event, InvokeComplete: the connection was lost, or the function "+
		"is still at work; details.Payload is what came", len(payload))
	return &connector.Error{
		Code: codeCutOff, Class: connector.ClassUnavailable, Outcome: connector.OutcomeUnknown, Message: message, Err: err, Details: partial(payload),
	}
}

// maxPartial is how much of an answer that is none an error holds, in bytes.
const maxPartial = 64 << 10

// partial returns what came of an answer, from its beginning: text where it is
// text, else bytes.
func partial(payload []byte) map[string]any {
	details := map[string]any{"PayloadBytes": int64(len(payload))}
	if len(payload) == 0 {
		return details
	}
	came := payload[:min(len(payload), maxPartial)]
	// A character can be cut in two.
	whole := came
	for range utf8.UTFMax - 1 {
		if r, size := utf8.DecodeLastRune(whole); r != utf8.RuneError || size != 1 {
			break
		}
		whole = whole[:len(whole)-1]
	}
	if utf8.Valid(whole) {
		details["Payload"] = string(whole)
	} else {
		details["Payload"] = bytes.Clone(came)
	}
	return details
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
