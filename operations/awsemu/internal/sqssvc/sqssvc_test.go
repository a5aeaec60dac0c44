package sqssvc

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRefusals(t *testing.T) {
	r := newRig(t)
	plain, fifo := r.queue("plain", nil), r.queue("kept.fifo", m{"FifoQueue": "true"})
	r.queue("dead", nil)
	entry := func(id string) m { return m{"Id": id, "MessageBody": "b"} }
	eleven := []m{}
	for i := range 11 {
		eleven = append(eleven, entry(fmt.Sprint(i)))
	}
	text := func(kind, v string) m { return m{"a": m{"DataType": kind, "StringValue": v}} }
	redrive := func(target string, most any) m {
		return m{"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:%s","maxReceiveCount":%v}`, target, most)}
	}
	for _, row := range []struct {
		operation string
		input     m
		code      string
	}{
		{"Fly", m{}, "InvalidAction"},
		{"AddPermission", m{}, "NotImplemented"},
		{"SendMessage", m{"QueueUrl": 7}, "SerializationException"},
		{"SendMessage", m{"QueueUrl": "http://h/000000000000/none", "MessageBody": "b"}, "QueueDoesNotExist"},
		{"SendMessage", m{"MessageBody": "b"}, "MissingParameter"},
		{"SendMessage", m{"QueueUrl": "http://h/a/b/c", "MessageBody": "b"}, "InvalidAddress"},
		{"SendMessage", m{"QueueUrl": plain}, "MissingParameter"},
		{"SendMessage", m{"QueueUrl": plain, "MessageBody": ""}, "MissingParameter"},
		{"SendMessage", m{"QueueUrl": plain, "MessageBody": "a\x00"}, "InvalidMessageContents"},
		{"SendMessage", m{"QueueUrl": plain, "MessageBody": "a\uffff"}, "InvalidMessageContents"},
		{"SendMessage", m{"QueueUrl": plain, "MessageBody": strings.Repeat("x", 1<<20+1)}, "InvalidParameterValue"},
		{"SendMessage", m{"QueueUrl": plain, "MessageBody": "b", "DelaySeconds": 901}, "InvalidParameterValue"},
		{"SendMessage", m{"QueueUrl": plain, "MessageBody": "b", "MessageDeduplicationId": "d"}, "InvalidParameterValue"},
		{"SendMessage", m{"QueueUrl": plain, "MessageBody": "b", "MessageGroupId": "a b"}, "InvalidParameterValue"},
		{"SendMessage", m{"QueueUrl": plain, "MessageBody": "b", "MessageAttributes": text("Text", "v")}, "InvalidParameterValue"},
		{"SendMessage", m{"QueueUrl": plain, "MessageBody": "b", "MessageAttributes": text("String", "")}, "InvalidParameterValue"},
		{"SendMessage", m{"QueueUrl": plain, "MessageBody": "b", "MessageAttributes": text("Number", "many")}, "InvalidParameterValue"},
		{"SendMessage", m{"QueueUrl": plain, "MessageBody": "b", "MessageAttributes": m{"AWS.a": m{"DataType": "String", "StringValue": "v"}}}, "InvalidParameterValue"},
		{"SendMessage", m{"QueueUrl": plain, "MessageBody": "b", "MessageSystemAttributes": text("String", "v")}, "InvalidParameterValue"},
		{"SendMessage", m{"QueueUrl": fifo, "MessageBody": "b", "MessageDeduplicationId": "d"}, "MissingParameter"},
		{"SendMessage", m{"QueueUrl": fifo, "MessageBody": "b", "MessageGroupId": "g"}, "InvalidParameterValue"},
		{"SendMessage", m{"QueueUrl": fifo, "MessageBody": "b", "MessageGroupId": "g", "MessageDeduplicationId": "d", "DelaySeconds": 1}, "InvalidParameterValue"},
		{"SendMessageBatch", m{"QueueUrl": plain}, "EmptyBatchRequest"},
		{"SendMessageBatch", m{"QueueUrl": plain, "Entries": eleven}, "TooManyEntriesInBatchRequest"},
		{"SendMessageBatch", m{"QueueUrl": plain, "Entries": []m{entry("a"), entry("a")}}, "BatchEntryIdsNotDistinct"},
		{"SendMessageBatch", m{"QueueUrl": plain, "Entries": []m{entry("a b")}}, "InvalidBatchEntryId"},
		{"SendMessageBatch", m{"QueueUrl": plain, "Entries": []m{{"Id": "a", "MessageBody": strings.Repeat("x", 600<<10)}, {"Id": "b", "MessageBody": strings.Repeat("x", 600<<10)}}}, "BatchRequestTooLong"},
		{"DeleteMessageBatch", m{"QueueUrl": plain}, "EmptyBatchRequest"},
		{"ChangeMessageVisibilityBatch", m{"QueueUrl": plain}, "EmptyBatchRequest"},
		{"ReceiveMessage", m{"QueueUrl": plain, "MaxNumberOfMessages": 11}, "InvalidParameterValue"},
		{"ReceiveMessage", m{"QueueUrl": plain, "WaitTimeSeconds": 21}, "InvalidParameterValue"},
		{"ReceiveMessage", m{"QueueUrl": plain, "VisibilityTimeout": 43201}, "InvalidParameterValue"},
		{"DeleteMessage", m{"QueueUrl": plain, "ReceiptHandle": "rubbish"}, "ReceiptHandleIsInvalid"},
		{"DeleteMessage", m{"QueueUrl": plain}, "MissingParameter"},
		{"ChangeMessageVisibility", m{"QueueUrl": plain, "ReceiptHandle": "AQEBrubbish", "VisibilityTimeout": 1}, "ReceiptHandleIsInvalid"},
		{"CreateQueue", m{"QueueName": "a b"}, "InvalidParameterValue"},
		{"CreateQueue", m{"QueueName": strings.Repeat("q", 81)}, "InvalidParameterValue"},
		{"CreateQueue", m{"QueueName": "q.fifo"}, "InvalidParameterValue"},
		{"CreateQueue", m{"QueueName": "q", "Attributes": m{"FifoQueue": "true"}}, "InvalidParameterValue"},
		{"CreateQueue", m{"QueueName": "q", "Attributes": m{"Colour": "red"}}, "InvalidAttributeName"},
		{"CreateQueue", m{"QueueName": "q", "Attributes": m{"VisibilityTimeout": "43201"}}, "InvalidAttributeValue"},
		{"CreateQueue", m{"QueueName": "q", "Attributes": m{"RedrivePolicy": "{}"}}, "InvalidParameterValue"},
		{"CreateQueue", m{"QueueName": "q", "Attributes": redrive("none", 1)}, "InvalidParameterValue"},
		{"CreateQueue", m{"QueueName": "q", "Attributes": redrive("kept.fifo", 1)}, "InvalidParameterValue"},
		{"CreateQueue", m{"QueueName": "q", "Attributes": redrive("dead", 1001)}, "InvalidParameterValue"},
		{"CreateQueue", m{"QueueName": "plain", "Attributes": m{"VisibilityTimeout": "7"}}, "QueueNameExists"},
		{"GetQueueAttributes", m{"QueueUrl": plain, "AttributeNames": []string{"Colour"}}, "InvalidAttributeName"},
		{"GetQueueUrl", m{"QueueName": "none"}, "QueueDoesNotExist"},
		{"ListQueues", m{"MaxResults": 1001}, "InvalidParameterValue"},
		{"ListQueues", m{"MaxResults": 1, "NextToken": "?"}, "InvalidParameterValue"},
		{"TagQueue", m{"QueueUrl": plain}, "MissingParameter"},
		{"UntagQueue", m{"QueueUrl": plain}, "MissingParameter"},
		{"SetQueueAttributes", m{"QueueUrl": plain}, "MissingParameter"},
	} {
		if out, code := r.call(row.operation, row.input); code != row.code {
			t.Errorf("%s(%.80v): got %q %v, want %q", row.operation, row.input, code, out["message"], row.code)
		}
	}
}

// Both protocols tell an error by their own code, and the JSON one by that of the
// other in a header, which the SDKs show.
func TestErrorCodes(t *testing.T) {
	r := newRig(t)
	answer, _ := r.do(r.request("GetQueueUrl", m{"QueueName": "none"}))
	is(t, "header", answer.Header.Get("X-Amzn-Query-Error"), "AWS.SimpleQueueService.NonExistentQueue;Sender")
	is(t, "body", string(answer.Body), `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}`)
	is(t, "status", answer.Status, 400)
	text, _ := r.query(url.Values{"Action": {"GetQueueUrl"}, "Version": {version}, "QueueName": {"none"}})
	if !strings.Contains(text, "<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>") || !strings.Contains(text, namespace) {
		t.Errorf("the query protocol has %s", text)
	}
	_, code := r.query(url.Values{"Action": {"GetQueueUrl"}, "Version": {"1"}})
	is(t, "an unknown version", code, "InvalidAction")
}

func TestMessageOfAQueue(t *testing.T) {
	r := newRig(t)
	url := r.queue("orders", nil)
	// The digest is that which moto and the SDK make of the same attributes.
	sent := r.send(url, "hällo", m{
		"MessageAttributes": m{
			"count": m{"DataType": "Number.int", "StringValue": "7"}, "name": m{"DataType": "String", "StringValue": "x"},
			"raw": m{"DataType": "Binary", "BinaryValue": "AAE="},
		},
		"MessageSystemAttributes": m{"AWSTraceHeader": m{"DataType": "String", "StringValue": "Root=1"}},
		"MessageGroupId":          "tenant",
	})
	is(t, "MD5 of the body", sent["MD5OfMessageBody"], digest("hällo"))
	r.advance(1500 * time.Millisecond)
	list := r.messages(url, 1)
	if len(list) != 1 {
		t.Fatalf("received %v", list)
	}
	got := list[0]
	is(t, "body", got["Body"], "hällo")
	is(t, "id", got["MessageId"], sent["MessageId"])
	is(t, "MD5 of attributes", got["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
	want := m{
		"SenderId": "AIDA", "SentTimestamp": "1772366400000", "ApproximateReceiveCount": "1", "ApproximateFirstReceiveTimestamp": "1772366401500",
		"AWSTraceHeader": "Root=1", "MessageGroupId": "tenant",
	}
	if d := cmp.Diff(want, got["Attributes"]); d != "" {
		t.Errorf("system attributes (-want +got) %s", d)
	}
	out := r.must("ReceiveMessage", m{"QueueUrl": url, "VisibilityTimeout": 0})
	if len(out) != 0 {
		t.Errorf("an empty receive is {}, got %v", out)
	}
	r.must("ChangeMessageVisibility", m{"QueueUrl": url, "ReceiptHandle": got["ReceiptHandle"], "VisibilityTimeout": 0})
	// Names, prefixes and nothing choose attributes; the digest is of the chosen ones.
	for _, row := range []struct {
		names []string
		want  int
	}{{nil, 0}, {[]string{"count", "none"}, 1}, {[]string{".*"}, 3}, {[]string{"na.*"}, 0}, {[]string{"name.*"}, 1}} {
		out := r.must("ReceiveMessage", m{"QueueUrl": url, "VisibilityTimeout": 0, "MessageAttributeNames": row.names})
		one := out["Messages"].([]any)[0].(m)
		chosen, _ := one["MessageAttributes"].(m)
		is(t, fmt.Sprint(row.names), len(chosen), row.want)
		is(t, fmt.Sprint("digest of ", row.names), one["MD5OfMessageAttributes"] != nil, row.want > 0)
	}
}

func TestVisibility(t *testing.T) {
	r := newRig(t)
	url := r.queue("orders", m{"VisibilityTimeout": "10"})
	r.send(url, "a", nil)
	r.send(url, "late", m{"DelaySeconds": 60})
	is(t, "at first", r.numbers(url), "1 0 1")
	first := r.messages(url, 10)[0]
	is(t, "received", r.numbers(url), "0 1 1")
	is(t, "hidden", r.bodies(url), "")
	r.advance(9 * time.Second)
	r.must("ChangeMessageVisibility", m{"QueueUrl": url, "ReceiptHandle": first["ReceiptHandle"], "VisibilityTimeout": 5})
	r.advance(4 * time.Second)
	is(t, "still hidden", r.bodies(url), "")
	r.advance(time.Second)
	again := r.messages(url, 10)[0]
	is(t, "count", again["Attributes"].(m)["ApproximateReceiveCount"], "2")
	// The handle of before is good for nothing, and tells nothing of it.
	r.must("DeleteMessage", m{"QueueUrl": url, "ReceiptHandle": first["ReceiptHandle"]})
	is(t, "not deleted", r.numbers(url), "0 1 1")
	_, code := r.call("ChangeMessageVisibility", m{"QueueUrl": url, "ReceiptHandle": again["ReceiptHandle"], "VisibilityTimeout": 43200})
	is(t, "within twelve hours", code, "")
	r.advance(time.Second)
	_, code = r.call("ChangeMessageVisibility", m{"QueueUrl": url, "ReceiptHandle": again["ReceiptHandle"], "VisibilityTimeout": 43200})
	is(t, "beyond twelve hours of the receive", code, "InvalidParameterValue")
	r.must("DeleteMessage", m{"QueueUrl": url, "ReceiptHandle": again["ReceiptHandle"]})
	r.must("DeleteMessage", m{"QueueUrl": url, "ReceiptHandle": again["ReceiptHandle"]}) // again is fine
	_, code = r.call("ChangeMessageVisibility", m{"QueueUrl": url, "ReceiptHandle": again["ReceiptHandle"], "VisibilityTimeout": 1})
	is(t, "of a deleted one", code, "InvalidParameterValue")
	r.advance(time.Minute)
	late := r.messages(url, 10)[0]
	r.advance(11 * time.Second)
	_, code = r.call("ChangeMessageVisibility", m{"QueueUrl": url, "ReceiptHandle": late["ReceiptHandle"], "VisibilityTimeout": 1})
	is(t, "of one that is visible", code, "MessageNotInflight")
	r.advance(4 * 24 * time.Hour)
	is(t, "after its retention", r.bodies(url), "")
	is(t, "nothing is kept", r.kept, int64(0))
}

func TestOrder(t *testing.T) {
	r := newRig(t)
	url := r.queue("orders.fifo", m{"FifoQueue": "true", "VisibilityTimeout": "10"})
	put := func(group, body string) m {
		return r.send(url, body, m{"MessageGroupId": group, "MessageDeduplicationId": body})
	}
	put("a", "a1")
	put("a", "a2")
	put("b", "b1")
	put("a", "a3")
	first := r.messages(url, 1)
	is(t, "the first", first[0]["Body"], "a1")
	is(t, "a is blocked", r.bodies(url), "b1")
	r.must("DeleteMessage", m{"QueueUrl": url, "ReceiptHandle": first[0]["ReceiptHandle"]})
	second := r.messages(url, 1)
	is(t, "the next of a", second[0]["Body"], "a2")
	r.must("ChangeMessageVisibility", m{"QueueUrl": url, "ReceiptHandle": second[0]["ReceiptHandle"], "VisibilityTimeout": 0})
	is(t, "given back", r.bodies(url), "a2 a3")
	r.advance(11 * time.Second)
	_, code := r.call("DeleteMessage", m{"QueueUrl": url, "ReceiptHandle": second[0]["ReceiptHandle"]})
	is(t, "a handle that has expired", code, "InvalidParameterValue")
	is(t, "in order again", r.bodies(url), "b1 a2 a3")
	is(t, "the sequence has twenty digits", len(put("c", "c1")["SequenceNumber"].(string)), 20)
}

func TestDeduplication(t *testing.T) {
	for _, row := range []struct {
		name       string
		attributes m
		first      m
		second     m
		after      time.Duration
		same       bool
	}{
		{"by id", m{}, m{"MessageGroupId": "a", "MessageDeduplicationId": "1"}, m{"MessageGroupId": "b", "MessageDeduplicationId": "1"}, time.Minute, true},
		{"after five minutes", m{}, m{"MessageGroupId": "a", "MessageDeduplicationId": "1"}, m{"MessageGroupId": "a", "MessageDeduplicationId": "1"}, 5 * time.Minute, false},
		{"by group", m{"DeduplicationScope": "messageGroup"}, m{"MessageGroupId": "a", "MessageDeduplicationId": "1"}, m{"MessageGroupId": "b", "MessageDeduplicationId": "1"}, 0, false},
		{"by content", m{"ContentBasedDeduplication": "true"}, m{"MessageGroupId": "a"}, m{"MessageGroupId": "a"}, 0, true},
		{"an id goes before content", m{"ContentBasedDeduplication": "true"}, m{"MessageGroupId": "a"}, m{"MessageGroupId": "a", "MessageDeduplicationId": "x"}, 0, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t)
			row.attributes["FifoQueue"] = "true"
			url := r.queue("q.fifo", row.attributes)
			first := r.send(url, "body", row.first)
			for _, one := range r.messages(url, 1) { // it counts once it is deleted, too
				r.must("DeleteMessage", m{"QueueUrl": url, "ReceiptHandle": one["ReceiptHandle"]})
			}
			r.advance(row.after)
			second := r.send(url, "body", row.second)
			is(t, "the same message", first["MessageId"] == second["MessageId"] && first["SequenceNumber"] == second["SequenceNumber"], row.same)
		})
	}
}

func TestDeadLetters(t *testing.T) {
	for _, end := range []string{"", ".fifo"} {
		r := newRig(t, Declared{Name: "dead" + end}, Declared{Name: "work" + end, DeadLetters: "dead" + end, MaxReceives: 2, Attributes: map[string]string{"VisibilityTimeout": "1"}})
		url := func(name string) string { return "http://h/000000000000/" + name + end }
		more := m{}
		if end != "" {
			more = m{"MessageGroupId": "g", "MessageDeduplicationId": "1"}
		}
		r.send(url("work"), "bad", more)
		if end != "" {
			more["MessageDeduplicationId"] = "2"
			r.send(url("work"), "next", more)
		}
		for range 2 {
			is(t, "received", strings.HasPrefix(r.bodies(url("work")), "bad"), true)
			is(t, "not moved yet", r.numbers(url("dead")), "0 0 0")
			r.advance(2 * time.Second)
		}
		if got := r.bodies(url("work")); strings.Contains(got, "bad") {
			t.Errorf("a third receive gives %q", got)
		}
		dead := r.messages(url("dead"), 1)
		if len(dead) != 1 || dead[0]["Body"] != "bad" {
			t.Fatalf("dead letters are %v", dead)
		}
		is(t, "where from", dead[0]["Attributes"].(m)["DeadLetterQueueSourceArn"], "arn:aws:sqs:eu-west-1:000000000000:work"+end)
		sources := r.must("ListDeadLetterSourceQueues", m{"QueueUrl": url("dead")})["queueUrls"].([]any)
		is(t, "sources", len(sources), 1)
	}
}

func TestBatches(t *testing.T) {
	r := newRig(t)
	url := r.queue("orders", nil)
	out := r.must("SendMessageBatch", m{"QueueUrl": url, "Entries": []m{{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "\x00"}, {"Id": "c", "MessageBody": "2"}}})
	is(t, "sent", len(out["Successful"].([]any)), 2)
	wrong := out["Failed"].([]any)[0].(m)
	is(t, "failed", fmt.Sprintf("%v %v %v", wrong["Id"], wrong["Code"], wrong["SenderFault"]), "b InvalidMessageContents true")
	list := r.messages(url, 10)
	is(t, "received", len(list), 2)
	out = r.must("ChangeMessageVisibilityBatch", m{"QueueUrl": url, "Entries": []m{{"Id": "a", "ReceiptHandle": list[0]["ReceiptHandle"], "VisibilityTimeout": 0}, {"Id": "b", "ReceiptHandle": "x", "VisibilityTimeout": 0}}})
	is(t, "changed", len(out["Successful"].([]any)), 1)
	is(t, "refused", out["Failed"].([]any)[0].(m)["Code"], "ReceiptHandleIsInvalid")
	out = r.must("DeleteMessageBatch", m{"QueueUrl": url, "Entries": []m{{"Id": "a", "ReceiptHandle": list[0]["ReceiptHandle"]}, {"Id": "b", "ReceiptHandle": list[1]["ReceiptHandle"]}}})
	is(t, "deleted", len(out["Successful"].([]any)), 2)
	is(t, "left", r.numbers(url), "0 0 0")
}

func TestQueues(t *testing.T) {
	r := newRig(t)
	for _, name := range []string{"b", "a", "ab"} {
		r.queue(name, m{"DelaySeconds": "1"})
	}
	r.queue("a", m{"DelaySeconds": "1"}) // again is fine
	var names []string
	token := any(nil)
	for {
		in := m{"MaxResults": 1, "QueueNamePrefix": "a"}
		if token != nil {
			in["NextToken"] = token
		}
		out := r.must("ListQueues", in)
		for _, one := range out["QueueUrls"].([]any) {
			names = append(names, one.(string))
		}
		if token = out["NextToken"]; token == nil {
			break
		}
	}
	if d := cmp.Diff([]string{"http://127.0.0.1:4566/000000000000/a", "http://127.0.0.1:4566/000000000000/ab"}, names); d != "" {
		t.Errorf("pages (-want +got) %s", d)
	}
	url := names[0]
	r.must("TagQueue", m{"QueueUrl": url, "Tags": m{"team": "shop", "x": "y"}})
	r.must("UntagQueue", m{"QueueUrl": url, "TagKeys": []string{"x", "none"}})
	if d := cmp.Diff(m{"Tags": m{"team": "shop"}}, r.must("ListQueueTags", m{"QueueUrl": url})); d != "" {
		t.Errorf("tags (-want +got) %s", d)
	}
	r.must("SetQueueAttributes", m{"QueueUrl": url, "Attributes": m{"DelaySeconds": "0"}})
	want := m{"Attributes": m{"DelaySeconds": "0", "QueueArn": "arn:aws:sqs:eu-west-1:000000000000:a", "VisibilityTimeout": "30", "MaximumMessageSize": "1048576"}}
	if d := cmp.Diff(want, r.must("GetQueueAttributes", m{"QueueUrl": url, "AttributeNames": []string{"DelaySeconds", "QueueArn", "VisibilityTimeout", "MaximumMessageSize", "Policy"}})); d != "" {
		t.Errorf("attributes (-want +got) %s", d)
	}
	r.send(url, "x", nil)
	r.must("PurgeQueue", m{"QueueUrl": url})
	is(t, "purged", r.numbers(url), "0 0 0")
	handle := ""
	r.send(url, "x", nil)
	handle, _ = r.messages(url, 1)[0]["ReceiptHandle"].(string)
	r.must("DeleteQueue", m{"QueueUrl": url})
	r.queue("a", nil)
	_, code := r.call("DeleteMessage", m{"QueueUrl": url, "ReceiptHandle": handle})
	is(t, "a handle of the queue that had the name before", code, "ReceiptHandleIsInvalid")
	is(t, "nothing is kept", r.kept, int64(0))
}

// The query protocol says the same, in the words of older clients.
func TestQueryProtocol(t *testing.T) {
	r := newRig(t)
	form := func(action string, pairs ...string) url.Values {
		v := url.Values{"Action": {action}, "Version": {version}}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	const at = "http://127.0.0.1:4566/000000000000/q"
	for _, row := range []struct {
		form url.Values
		want string
	}{
		{form("CreateQueue", "QueueName", "q", "Attribute.1.Name", "VisibilityTimeout", "Attribute.1.Value", "9", "Tag.1.Key", "team", "Tag.1.Value", "shop"), "<CreateQueueResult><QueueUrl>" + at + "</QueueUrl></CreateQueueResult>"},
		{form("ListQueueTags", "QueueUrl", at), "<Tag><Key>team</Key><Value>shop</Value></Tag>"},
		{form("GetQueueAttributes", "QueueUrl", at, "AttributeName.1", "VisibilityTimeout"), "<Attribute><Name>VisibilityTimeout</Name><Value>9</Value></Attribute>"},
		{form("SendMessage", "QueueUrl", at, "MessageBody", "a<b", "MessageAttribute.1.Name", "n", "MessageAttribute.1.Value.DataType", "Binary", "MessageAttribute.1.Value.BinaryValue", "AAE="), "<MD5OfMessageAttributes>"},
		{form("SendMessageBatch", "QueueUrl", at, "SendMessageBatchRequestEntry.1.Id", "x", "SendMessageBatchRequestEntry.1.MessageBody", "c", "SendMessageBatchRequestEntry.1.DelaySeconds", "900"), "<SendMessageBatchResultEntry><Id>x</Id>"},
		{form("ReceiveMessage", "QueueUrl", at, "MaxNumberOfMessages", "10", "AttributeName.1", "ApproximateReceiveCount", "MessageAttributeName.1", "All"), "<Body>a&lt;b</Body><Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute><MD5OfMessageAttributes>"},
		{form("ListQueues"), "<QueueUrl>" + at + "</QueueUrl>"},
		{form("DeleteMessageBatch", "QueueUrl", at, "DeleteMessageBatchRequestEntry.1.Id", "x", "DeleteMessageBatchRequestEntry.1.ReceiptHandle", "y"), "<BatchResultErrorEntry><Id>x</Id><SenderFault>true</SenderFault><Code>ReceiptHandleIsInvalid</Code>"},
		{form("DeleteQueue", "QueueUrl", at), "<DeleteQueueResponse xmlns=\"" + namespace + "\"><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DeleteQueueResponse>"},
	} {
		if text, code := r.query(row.form); code != "" || !strings.Contains(text, row.want) {
			t.Errorf("%v: got %s %s, want %s in it", row.form, code, text, row.want)
		}
	}
	_, code := r.query(form("ReceiveMessage", "QueueUrl", at, "MaxNumberOfMessages", "many"))
	is(t, "no number", code, "InvalidParameterValue")
}

// A poll waits for what comes, for what becomes visible again, and not for longer
// than it says, its caller is there, or the emulator.
func TestLongPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.API.now = time.Now
		url := r.queue("orders", m{"ReceiveMessageWaitTimeSeconds": "20", "VisibilityTimeout": "5"})
		begun := time.Now()
		took := func(what string, want time.Duration) {
			t.Helper()
			if got := time.Since(begun); got < want || got > want+100*time.Millisecond {
				t.Errorf("%s: took %v, want %v", what, got, want)
			}
			begun = time.Now()
		}
		is(t, "nothing", r.bodies(url), "")
		took("a wait for nothing", 20*time.Second)
		go func() {
			time.Sleep(3 * time.Second)
			r.send(url, "a", nil)
		}()
		is(t, "what comes", r.bodies(url), "a")
		took("a wait for a message", 3*time.Second)
		is(t, "what comes again", r.bodies(url), "a")
		took("a wait for one that is hidden", 5*time.Second)
		go func() {
			time.Sleep(time.Second)
			r.must("DeleteQueue", m{"QueueUrl": url})
		}()
		_, code := r.call("ReceiveMessage", m{"QueueUrl": url})
		is(t, "a queue that goes", code, "QueueDoesNotExist")
		url = r.queue("orders2", nil)
		begun = time.Now()
		go func() {
			time.Sleep(time.Second)
			close(r.closing)
		}()
		r.must("ReceiveMessage", m{"QueueUrl": url, "WaitTimeSeconds": 20})
		took("an emulator that closes", time.Second)
	})
}

// What is kept is bounded, and freed by what ends messages.
func TestBounds(t *testing.T) {
	r := newRig(t)
	url := r.queue("orders", nil)
	r.kept = maxKept - 1000
	_, code := r.call("SendMessage", m{"QueueUrl": url, "MessageBody": strings.Repeat("x", 1000)})
	is(t, "too much", code, "OverLimit")
	r.send(url, "x", nil)
	_, code = r.call("SendMessage", m{"QueueUrl": url, "MessageBody": "x"})
	is(t, "again", code, "OverLimit")
	r.must("PurgeQueue", m{"QueueUrl": url})
	r.send(url, "x", nil)
}
