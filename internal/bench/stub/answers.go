package stub

import (
	"crypto/md5" //nolint:gosec // SQS sums with it
	"fmt"
	"net/http"
	"strings"
)

// The functions that the stub has.
const (
	Small   = "small"
	Records = "records"
	Text    = "text"
	Hold    = "hold"
)

// Large is the size of the large answers in bytes.
const Large = 64 << 10

// Concurrency is what the account's settings give as ConcurrentExecutions.
const Concurrency = 1000

const (
	pathSettings = "/2016-08-19/account-settings"
	pathHeld     = "/held"
	pathRelease  = "/release"
	pathHold     = "/2015-03-31/functions/" + Hold + "/invocations"
)

const smallAnswer = `{"orderId":"o-1700","accepted":true,"total":249.5,"currency":"EUR",` +
	`"lines":[{"article":"lamp","count":1},{"article":"bulb","count":4}]}`

// The paths of a queue of SQS, of a table of DynamoDB and of a collector of spans, what is sent to that
// queue, and what the message is named there.
const (
	Queue     = "/queue"
	Table     = "/table"
	Traces    = "/v1/traces" // spans, by OTLP
	Message   = `{"orderId":"o-1700","total":249.5}`
	MessageID = "7b4c4b1e-2f0a-4c57-9d51-0d6a4f3f8c11"
)

const itemAnswer = `{"Item":{"id":{"S":"o-1700"},"total":{"N":"249.5"},"paid":{"BOOL":true},"tags":{"SS":["new","web"]},` +
	`"address":{"M":{"city":{"S":"Turin"},"zip":{"S":"10121"}}}}}`

func sentAnswer() string {
	sum := md5.Sum([]byte(Message)) //nolint:gosec // SQS sums with it
	return fmt.Sprintf(`{"MessageId":"%s","MD5OfMessageBody":"%x"}`, MessageID, sum)
}

// Invocations is the path of a function's calls.
func Invocations(function string) string {
	return "/2015-03-31/functions/" + function + "/invocations"
}

func answers() map[string][]byte {
	settings := fmt.Sprintf(`{"AccountLimit":{"TotalCodeSize":80530636800,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,`+
		`"ConcurrentExecutions":%d,"UnreservedConcurrentExecutions":900},"AccountUsage":{"TotalCodeSize":4096,"FunctionCount":7}}`, Concurrency)
	all := map[string][]byte{
		pathSettings: response(http.StatusOK, []byte(settings)),
		pathRelease:  response(http.StatusOK, []byte("{}")),
		Queue:        response(http.StatusOK, []byte(sentAnswer())),
		Table:        response(http.StatusOK, []byte(itemAnswer)),
		Traces:       response(http.StatusOK, nil),
	}
	for name, body := range map[string]string{Small: smallAnswer, Hold: smallAnswer, Records: records(), Text: text()} {
		all[Invocations(name)] = response(http.StatusOK, []byte(body))
	}
	return all
}

// records returns JSON of exactly Large bytes as a service would answer it: a
// list of objects.
func records() string {
	var b strings.Builder
	b.WriteString(`{"records":[`)
	for i := 0; b.Len() < Large-300; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"o-%06d","customer":"c-%04d","total":%d.%02d,"paid":%t,"tags":["new","web"],"address":{"city":"Turin","zip":"1%04d"}}`,
			i, i%977, i%500, i%100, i%3 == 0, i%9999)
	}
	return filled(b.String() + `],"pad":"`)
}

func text() string { return filled(`{"text":"`) }

// filled completes an object that ends within a string.
func filled(begin string) string {
	return begin + strings.Repeat("x", Large-len(begin)-2) + `"}`
}

func response(status int, body []byte) []byte {
	head := fmt.Sprintf("HTTP/1.1 %d %s\r\nDate: Mon, 05 Jan 2026 09:00:00 GMT\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nX-Amzn-Requestid: 7b4c4b1e-2f0a-4c57-9d51-0d6a4f3f8c11\r\nX-Amz-Executed-Version: $LATEST\r\n\r\n",
		status, http.StatusText(status), len(body))
	return append([]byte(head), body...)
}
