package awsemu_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsemu"
)

// queues are those of the tests of SQS over the wire.
const queues = "queues: {orders: {deadLetters: failed}, failed: {}}\n"

// TestQueueOverTheWire has signatures, faults and the request log of SQS.
func TestQueueOverTheWire(t *testing.T) {
	var log []awsemu.Request
	e := ok(awsemu.New(awsemu.Options{
		Fixture:   ok(awsemu.ReadFixture("f.yaml", []byte(queues+"faults: [{kind: throttle, operation: sqs.GetQueueUrl, times: 1}, {kind: deny, operation: sqs.PurgeQueue, times: 1}]")))(t),
		OnRequest: func(r awsemu.Request) { log = append(log, r) },
	}))(t)
	defer e.Close()
	call := func(operation, body string, change func(*http.Request)) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, signed(t, http.MethodPost, "/", body, "sqs", func(r *http.Request) {
			r.Header.Set("X-Amz-Target", "AmazonSQS."+operation)
			r.Header.Set("X-Amzn-Query-Mode", "true")
			if change != nil {
				change(r)
			}
		}))
		return w
	}
	const orders = `{"QueueUrl":"http://h/000000000000/orders"}`
	unsigned := func(r *http.Request) { r.Header.Del("Authorization") }
	for _, row := range []struct {
		operation, body string
		change          func(*http.Request)
		status          int
		want            string
	}{
		{"GetQueueUrl", `{"QueueName":"orders"}`, nil, 400, "ThrottlingException"},
		{"GetQueueUrl", `{"QueueName":"orders"}`, nil, 200, "/000000000000/orders"},
		{"PurgeQueue", orders, nil, 403, "is not authorized to perform: sqs:PurgeQueue on resource: arn:aws:sqs:us-east-1:000000000000:orders"},
		{"PurgeQueue", orders, nil, 200, ""},
		{"PurgeQueue", orders, unsigned, 403, "MissingAuthenticationToken"},
		{"PurgeQueue", "not JSON", nil, 400, "SerializationException"},
		{"StartMessageMoveTask", `{}`, nil, 501, "awsemu does not have sqs.StartMessageMoveTask yet"},
		{"SendMessage", strings.Repeat("x", 9<<20), nil, 413, "must be smaller than"},
	} {
		if w := call(row.operation, row.body, row.change); w.Code != row.status || !strings.Contains(w.Body.String(), row.want) {
			t.Errorf("%s: got %d %s, want %d %s", row.operation, w.Code, w.Body, row.status, row.want)
		}
	}
	if log[3].Service != "sqs" || log[3].Operation != "PurgeQueue" || log[3].Function != "orders" {
		t.Errorf("the log has %+v", log[3])
	}
}

// TestQueueByCommandLine takes a message through a queue with the AWS CLI, that of
// Debian by the query protocol.
func TestQueueByCommandLine(t *testing.T) {
	if awsemu.RaceDetector {
		t.Skip("the AWS CLI takes a second for each call")
	}
	testenv.NeedThorough(t, "five calls of the AWS CLI take some seconds")
	aws := testenv.AWS2.Find(t)
	r := startWith(t, queues, unsettled)
	home := t.TempDir()
	call := func(operation, input string) scriptResult {
		return runCLI(t, r, aws, home, scriptCall{service: "sqs", operation: operation, input: input})
	}
	const at = `"QueueUrl":"http://127.0.0.1/000000000000/orders"`
	sent := call("SendMessage", `{`+at+`,"MessageBody":"ä <1>","MessageAttributes":{"n":{"DataType":"Number","StringValue":"7"}}}`)
	if sent.Error != "" || sent.Output["MD5OfMessageAttributes"] == nil {
		t.Fatalf("sent %+v", sent)
	}
	got := call("ReceiveMessage", `{`+at+`,"AttributeNames":["All"],"MessageAttributeNames":["All"],"WaitTimeSeconds":1}`)
	list, _ := got.Output["Messages"].([]any)
	if len(list) != 1 {
		t.Fatalf("received %+v", got)
	}
	one, _ := list[0].(map[string]any)
	if one["Body"] != "ä <1>" || one["Attributes"].(map[string]any)["ApproximateReceiveCount"] != "1" {
		t.Errorf("received %v", one)
	}
	handle, _ := json.Marshal(one["ReceiptHandle"])
	if gone := call("DeleteMessage", `{`+at+`,"ReceiptHandle":`+string(handle)+`}`); gone.Error != "" {
		t.Errorf("deleting fails: %+v", gone)
	}
	if wrong := call("GetQueueUrl", `{"QueueName":"none"}`); !strings.Contains(wrong.Error+wrong.Message, "NonExistentQueue") {
		t.Errorf("an unknown queue: %+v", wrong)
	}
}
