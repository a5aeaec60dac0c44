package sqssvc

import (
	"encoding/json"
	"encoding/xml"
	"net/http"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// queryCodes are the codes of the query protocol, where they are not the names of
// the JSON one. From AWS's model, where each exception has its awsQueryError.
var queryCodes = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"BatchEntryIdsNotDistinct":     "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
		"BatchRequestTooLong":          "AWS.SimpleQueueService.BatchRequestTooLong",
		"EmptyBatchRequest":            "AWS.SimpleQueueService.EmptyBatchRequest",
		"InvalidBatchEntryId":          "AWS.SimpleQueueService.InvalidBatchEntryId",
		"MessageNotInflight":           "AWS.SimpleQueueService.MessageNotInflight",
		"PurgeQueueInProgress":         "AWS.SimpleQueueService.PurgeQueueInProgress",
		"QueueDeletedRecently":         "AWS.SimpleQueueService.QueueDeletedRecently",
		"QueueDoesNotExist":            "AWS.SimpleQueueService.NonExistentQueue",
		"QueueNameExists":              "QueueAlreadyExists",
		"TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
		"UnsupportedOperation":         "AWS.SimpleQueueService.UnsupportedOperation",
	}
}}

// failure refuses with a code of the JSON protocol.
func failure(code, format string, args ...any) *service.APIError {
	return service.Failure(code, http.StatusBadRequest, format, args...)
}

func noQueue() *service.APIError {
	return failure("QueueDoesNotExist", "The specified queue does not exist.")
}

func invalid(format string, args ...any) *service.APIError {
	return failure("InvalidParameterValue", format, args...)
}

func absent(parameter string) *service.APIError {
	return failure("MissingParameter", "The request must contain the parameter %s.", parameter)
}

func badHandle(handle string) *service.APIError {
	return failure("ReceiptHandleIsInvalid", "The input receipt handle \"%s\" is not a valid receipt handle.", shortened(handle))
}

func shortened(text string) string {
	const most = 200
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}

// queryCode returns the code of an error in the query protocol.
func queryCode(code string) string {
	if known := queryCodes.Get()[code]; known != "" {
		return known
	}
	return code
}

// queryError is the body of a failed request of the query protocol.
type queryError struct {
	XMLName   xml.Name `xml:"http://queue.amazonaws.com/doc/2012-11-05/ ErrorResponse"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	Detail    struct{} `xml:"Error>Detail"`
	RequestID string   `xml:"RequestId"`
}

// EncodeError writes a refusal in the protocol of the request.
func (a *API) EncodeError(c *service.Call, err *service.APIError) service.Answer {
	if err.Code == "ServiceException" { // what the emulator itself could not do
		err = service.Failure("InternalFailure", err.Status, "%s", err.Message)
	}
	who := "Sender"
	if err.Server() {
		who = "Receiver"
	}
	out := service.Answer{Status: err.Status, Header: http.Header{}, ErrorCode: err.Code}
	if !isJSON(c) {
		out.ErrorCode = queryCode(err.Code)
		out.Header.Set("Content-Type", "text/xml")
		out.Body, _ = xml.Marshal(queryError{Type: who, Code: out.ErrorCode, Message: err.Message, RequestID: c.RequestID}) // texts always encode
		return out
	}
	out.Header.Set("Content-Type", jsonType)
	if c.HTTP.Header.Get("X-Amzn-Query-Mode") == "true" {
		out.Header.Set("X-Amzn-Query-Error", queryCode(err.Code)+";"+who)
	}
	out.Body, _ = json.Marshal(map[string]string{"__type": "com.amazonaws.sqs#" + err.Code, "message": err.Message}) // texts always encode
	return out
}
