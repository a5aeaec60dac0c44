package operations_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

// A client that nothing here was written for is a connector in one line.
func sqsConnector() *connector.Connector { return awsapi.Connector("sqs", sqs.NewFromConfig) }

func TestSQSIsAConnectorInOneLine(t *testing.T) {
	server := awstest.Serve(t, func(awstest.Request) awstest.Answer {
		return awstest.Answer{
			Header: map[string]string{"Content-Type": "application/x-amz-json-1.0"},
			Body:   `{"MessageId":"m-1","MD5OfMessageBody":"5d41402abc4b2a76b9719d911017c592"}`,
		}
	})
	c := sqsConnector()
	got, err := awstest.Call(t, c, server.Connect(t, c), "sendMessage", map[string]any{
		"queueUrl": server.URL + "/000000000000/orders", "messageBody": "hello", "delaySeconds": "5",
		"messageAttributes": map[string]any{"Trace": map[string]any{"dataType": "Binary", "binaryValue": []byte("id")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"MessageId": "m-1", "MD5OfMessageBody": "5d41402abc4b2a76b9719d911017c592",
		"MD5OfMessageAttributes": nil, "MD5OfMessageSystemAttributes": nil, "SequenceNumber": nil,
	}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	request := server.Last(t)
	var body any
	if err := json.Unmarshal([]byte(request.Body), &body); err != nil {
		t.Fatal(err)
	}
	sent := map[string]any{
		"QueueUrl": server.URL + "/000000000000/orders", "MessageBody": "hello", "DelaySeconds": 5.0,
		"MessageAttributes": map[string]any{"Trace": map[string]any{"DataType": "Binary", "BinaryValue": "aWQ="}},
	}
	if diff := cmp.Diff(any(sent), body); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if got := request.Header.Get("X-Amz-Target"); got != "AmazonSQS.SendMessage" {
		t.Errorf("target is %q", got)
	}
}

// SQS sends one name of an error in its body and an older one in a header;
// both count, also for the class.
func TestSQSErrorHasBothNames(t *testing.T) {
	server := awstest.Serve(t, func(awstest.Request) awstest.Answer {
		return awstest.Answer{
			Status: 400,
			Header: map[string]string{
				"Content-Type": "application/x-amz-json-1.0", "x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender",
			},
			Body: `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no such queue"}`,
		}
	})
	c := sqsConnector()
	_, err := awstest.Call(t, c, server.Connect(t, c), "receiveMessage", map[string]any{"queueUrl": server.URL + "/000000000000/orders"})
	e := connector.AsError(err)
	if e == nil || e.Class != connector.ClassNotFound || e.Message != "no such queue" {
		t.Fatalf("error is %+v", e)
	}
	for _, code := range []string{"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"} {
		if e.Code != code && !cmp.Equal(e.Aliases, []string{code}) {
			t.Errorf("no name is %s: %s, %v", code, e.Code, e.Aliases)
		}
	}
}
