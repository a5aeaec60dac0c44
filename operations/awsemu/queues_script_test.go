package awsemu_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// queueStory is what the script of queues has to come to, with whatever server.
const queueStory = `CreateQueue: failed
GetQueueAttributes: failed
CreateQueue: orders
GetQueueUrl: orders
GetQueueUrl fails: QueueDoesNotExist
GetQueueAttributes: 30 0 2
SendMessage: 704296880237bf28c271dfc791827d0c 9f395cd38dcdcf91f648cc7de3776408
ReceiveMessage: ä <1> (1)
attributes: 7 1,2
ChangeMessageVisibility:
ReceiveMessage: ä <1> (2)
ChangeMessageVisibility:
ReceiveMessage: nothing
ReceiveMessage: ä <1> (3)
DeleteMessage:
ChangeMessageVisibility fails: ReceiptHandleIsInvalid
ReceiveMessage: nothing
SendMessageBatch: a,b,c 0
SendMessageBatch fails: BatchEntryIdsNotDistinct
SendMessageBatch fails: EmptyBatchRequest
ReceiveMessage: one (1), three (1), two (1)
ReceiveMessage: nothing
DeleteMessageBatch: 3 0
SendMessage: 811882fecd5c7618d7099ebbd39ea254
PurgeQueue:
ReceiveMessage: nothing
CreateQueue: line.fifo
SendMessage fails: MissingParameter
SendMessage: 8b04d5e3775d298e78455efc5ca404d5
SendMessage: 8b04d5e3775d298e78455efc5ca404d5
SendMessage: a9f0e61a137d86aa9db53465e0801612
SendMessage: 795f3202b17cb6bc3d4b771d8c6c9eaf
ReceiveMessage: first (1)
group: g
ReceiveMessage: other (1)
DeleteMessage:
ReceiveMessage: second (1)
ListQueues: failed line.fifo orders
DeleteQueue:
`

// TestQueuesByJavaScript takes messages through the queues with the AWS SDK for
// JavaScript, which MEDLAR_NODE_MODULES says where to find.
func TestQueuesByJavaScript(t *testing.T) {
	testenv.NeedThorough(t, "the script takes some seconds")
	r := startWith(t, "queues: {}\n", unsettled)
	told := queueScript(t, r.Env())
	if diff := cmp.Diff(strings.Split(queueStory, "\n"), strings.Split(told, "\n")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestQueuesOfMoto holds the script against another server of the protocol, whose
// program MEDLAR_MOTO names: moto_server of Python's moto.
func TestQueuesOfMoto(t *testing.T) {
	program := os.Getenv("MEDLAR_MOTO")
	if program == "" {
		t.Skip("MEDLAR_MOTO names no moto_server")
	}
	l := ok(net.Listen("tcp", "127.0.0.1:0"))(t)
	address := l.Addr().String()
	_ = l.Close()
	cmd, cancel := testenv.Command(t.Context(), program, "-H", "127.0.0.1", "-p", strings.TrimPrefix(address, "127.0.0.1:"))
	defer cancel()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	untilTaken(t, "moto answers", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	told := queueScript(t, []string{"AWS_ENDPOINT_URL=http://" + address, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y"})
	if diff := cmp.Diff(strings.Split(queueStory, "\n"), strings.Split(told, "\n")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// queueScript runs the script, and returns what it told.
func queueScript(t *testing.T, env []string) string {
	t.Helper()
	node, folder := testenv.Node.Find(t), testenv.Folder(t, "MEDLAR_NODE_MODULES", nodeModules)
	if _, err := os.Stat(filepath.Join(folder, "node_modules/@aws-sdk/client-sqs")); err != nil {
		t.Skip("MEDLAR_NODE_MODULES has no @aws-sdk/client-sqs")
	}
	cmd, cancel := testenv.Command(t.Context(), node, "testdata/queues.mjs", folder)
	defer cancel()
	cmd.Env = append(append(os.Environ(), env...), "NODE_NO_WARNINGS=1")
	cmd.Stderr = os.Stderr
	return string(ok(cmd.Output())(t))
}

// TestMappingByCommandLine makes, lists and deletes a mapping with the AWS CLI.
func TestMappingByCommandLine(t *testing.T) {
	if os.Getenv("MEDLAR_LONG") == "" {
		t.Skip("MEDLAR_LONG=1 tries it: three calls of the AWS CLI take some seconds")
	}
	aws := testenv.AWS2.Find(t)
	r := startWith(t, "functions: {take: {reply: 1}}\nqueues: {orders: {}}\n", unsettled)
	home := t.TempDir()
	call := func(operation, input string) map[string]any {
		t.Helper()
		got := runCLI(t, r, aws, home, scriptCall{service: "lambda", operation: operation, input: input})
		if got.Error != "" {
			t.Fatalf("%s: %+v", operation, got)
		}
		return got.Output
	}
	made := call("CreateEventSourceMapping", `{"EventSourceArn":"`+ordersARN+`","FunctionName":"take","BatchSize":5,"Enabled":false,`+
		`"FunctionResponseTypes":["ReportBatchItemFailures"],"FilterCriteria":{"Filters":[{"Pattern":"{\"body\":{\"kind\":[\"order\"]}}"}]}}`)
	id, _ := made["UUID"].(string)
	if id == "" || made["BatchSize"] != 5.0 || made["EventSourceArn"] != ordersARN {
		t.Fatalf("made %v", made)
	}
	list, _ := call("ListEventSourceMappings", `{"FunctionName":"take"}`)["EventSourceMappings"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["UUID"] != id {
		t.Errorf("listed %v", list)
	}
	if gone := call("DeleteEventSourceMapping", `{"UUID":"`+id+`"}`); gone["UUID"] != id || gone["State"] != "Deleting" {
		t.Errorf("deleted %v", gone)
	}
}
