package lambda_test

import (
	"bytes"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
)

// event encodes one message of an event stream.
func event(kind, payload string) []byte {
	contentType := "application/octet-stream"
	if kind == "InvokeComplete" {
		contentType = "application/json"
	}
	var b bytes.Buffer
	err := eventstream.NewEncoder().Encode(&b, eventstream.Message{
		Headers: eventstream.Headers{
			{Name: ":message-type", Value: eventstream.StringValue("event")},
			{Name: ":event-type", Value: eventstream.StringValue(kind)},
			{Name: ":content-type", Value: eventstream.StringValue(contentType)},
		},
		Payload: []byte(payload),
	})
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}
