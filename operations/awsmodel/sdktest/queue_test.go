package sdktest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/medlar-flow/medlar/operations/awsemu"
	"github.com/medlar-flow/medlar/operations/awsemu/awsemutest"
)

// TestQueueOfTheEmulator has AWS's own client use the queues of the emulator. It
// checks the digests of bodies and attributes itself.
func TestQueueOfTheEmulator(t *testing.T) {
	client := sqs.NewFromConfig(awsemutest.Start(t, awsemu.Options{Fixture: awsemutest.Fixture(t, `
queues:
  orders.fifo: {visibilityTimeout: 1, deadLetters: failed.fifo, maxReceives: 1}
  failed.fifo: {}
`)}).Config())
	ctx := t.Context()
	made := func(url *string, err error) *string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return url
	}
	out, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("orders"), Tags: map[string]string{"team": "shop"}})
	if err != nil {
		t.Fatal(err)
	}
	plain := out.QueueUrl
	attributes := map[string]types.MessageAttributeValue{
		"count": {DataType: aws.String("Number.int"), StringValue: aws.String("7")},
		"raw":   {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255}},
		"name":  {DataType: aws.String("String"), StringValue: aws.String("Ä")},
	}
	if _, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: plain, MessageBody: aws.String("ä <&> \t\n"), MessageAttributes: attributes}); err != nil {
		t.Fatal(err)
	}
	batch, err := client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: plain, Entries: []types.SendMessageBatchRequestEntry{
		{Id: aws.String("a"), MessageBody: aws.String("1"), MessageAttributes: attributes}, {Id: aws.String("b"), MessageBody: aws.String("\x01")},
	}})
	if err != nil || len(batch.Successful) != 1 || len(batch.Failed) != 1 || *batch.Failed[0].Code != "InvalidMessageContents" {
		t.Fatalf("the batch gave %+v %v", batch, err)
	}
	got, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: plain, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"}})
	if err != nil || len(got.Messages) != 2 || *got.Messages[0].Body != "ä <&> \t\n" || len(got.Messages[0].MessageAttributes) != 3 {
		t.Fatalf("received %+v %v", got, err)
	}
	gone, err := client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: plain, Entries: []types.DeleteMessageBatchRequestEntry{
		{Id: aws.String("a"), ReceiptHandle: got.Messages[0].ReceiptHandle}, {Id: aws.String("b"), ReceiptHandle: aws.String("rubbish")},
	}})
	if err != nil || len(gone.Successful) != 1 || len(gone.Failed) != 1 {
		t.Fatalf("deleted %+v %v", gone, err)
	}
	_, err = client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("none")})
	var typed *types.QueueDoesNotExist
	var api smithy.APIError
	if !errors.As(err, &typed) || !errors.As(err, &api) || api.ErrorCode() != "AWS.SimpleQueueService.NonExistentQueue" {
		t.Errorf("an unknown queue fails with %v", err)
	}
	if begun := time.Now(); true {
		if _, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: plain, WaitTimeSeconds: 1}); err != nil || time.Since(begun) < time.Second {
			t.Errorf("a poll of a second ends after %v with %v", time.Since(begun), err)
		}
	}
	fifoURL := func(name string) *string {
		url, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(name)})
		return made(url.QueueUrl, err)
	}
	inOrder(ctx, t, client, fifoURL("orders.fifo"), fifoURL("failed.fifo"))
}

// inOrder sends to a queue that keeps the order, and has its messages become dead
// letters.
func inOrder(ctx context.Context, t *testing.T, client *sqs.Client, url, dead *string) {
	t.Helper()
	for i := range 3 {
		sent, err := client.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: url, MessageBody: aws.String(fmt.Sprint(i)), MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String(fmt.Sprint(i)),
		})
		if err != nil || aws.ToString(sent.SequenceNumber) == "" {
			t.Fatalf("sent %+v %v", sent, err)
		}
	}
	bodies := func(url *string) (list string) {
		out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 5, MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range out.Messages {
			list += *one.Body
		}
		return list
	}
	if got := bodies(url); got != "012" {
		t.Errorf("received %q", got)
	}
	time.Sleep(1100 * time.Millisecond)
	if out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url}); err != nil || len(out.Messages) != 0 {
		t.Errorf("received too often, and still there: %+v %v", out, err)
	}
	if got := bodies(dead); got != "012" {
		t.Errorf("the dead letters are %q", got)
	}
}
