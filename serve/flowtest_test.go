package serve_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/serve"
)

const parityFlow = `
flow: parity
inputs:
  amount: {type: integer, required: true, minimum: 1}
  who: {type: string, default: nobody}
  at: {type: object, members: {zip: {type: string, required: true}}}
triggers:
  - {http: "PUT /by-name/{who}", auth: none}
  - {http: GET /by-name, auth: none}
  - http: POST /pay/{who}
    auth: none
    if: "${request.headers['x-skip'] == null}"
    id: "${request.query.id}"
    with: {amount: "${request.body.amount}", who: "${request.path.who}", at: "${request.body.at}"}
    respond:
      - {status: 201, headers: {Location: "/pay/${output.who}", X-Amount: "${output.amount}"}, body: {who: "${output.who}"}}
      - {on: TooMuch, status: 418, headers: {Content-Type: text/plain}, body: "${error.message}"}
steps:
  - {if: "${ctx.amount > 100}", fail: {code: TooMuch, message: "too much: ${ctx.amount}"}}
  - {if: "${ctx.amount > 50}", fail: {code: Much, status: 409, message: much}}
output: {amount: "${ctx.amount}", who: "${ctx.who}"}
`

// parity are requests of all kinds, good and bad. Each has another id.
var parity = []struct {
	method, path, contentType, body string
	header                          string
	status                          int
}{
	{"POST", "/pay/ada?id=1", "", `{"amount": 3}`, "", 201},
	{"POST", "/pay/a%20b?id=2", "application/json; charset=utf-8", `{"amount": 3, "at": {"zip": "1"}}`, "", 201},
	{"POST", "/pay/ada?id=3", "", `{"amount": 3}`, "X-Skip: 1", 204},
	{"POST", "/pay/ada?id=4", "", `{"amount": 101}`, "", 418},
	{"POST", "/pay/ada?id=5", "", `{"amount": 51}`, "", 409},
	{"POST", "/pay/ada?id=6", "", `{"amount": 0}`, "", 422},
	{"POST", "/pay/ada?id=7", "", `{"amount": 1, "at": {}}`, "", 422},
	{"POST", "/pay/ada?id=8", "", `{"amount": "much", "at": {"zip": 1}}`, "", 422},
	{"POST", "/pay/ada?id=9", "", `{"amount": 1`, "", 400},
	{"POST", "/pay/ada?id=10", "", `{"amount": 1, "amount": 2}`, "", 400},
	{"POST", "/pay/ada?id=11", "text/plain", `hello`, "", 415},
	{"POST", "/pay/ada?id=19", "application/x-www-form-urlencoded", `{"amount": 3}`, "", 415},
	{"POST", "/pay/ada?id=12", "nonsense/", `hello`, "", 400},
	{"POST", "/pay/ada?id=13", "text/plain; charset=latin1", `hello`, "", 415},
	{"POST", "/pay/ada?id=14", "", `{"amount": 3}`, "Content-Encoding: gzip", 415},
	{"POST", "/pay/ada?id=15", "", `{"amount": 3}`, "Idempotency-Key: a b", 400},
	{"POST", "/pay/ada?id=16", "", ``, "", 422},
	{"POST", "/pay/ada?id=17&id=17", "", `{"amount": 3}`, "", 400},
	{"POST", "/pay/ada", "", `{"amount": 3}`, "", 422},
	{"POST", "/pay/a%2Fb?id=18", "", `{"amount": 3}`, "", 400},
	{"PUT", "/by-name/ada", "", `{"amount": 3}`, "", 200},
	{"PUT", "/by-name/ada", "", `{"amount": 3, "who": "bob"}`, "", 400},
	{"PUT", "/by-name/ada", "", `{"amount": 3, "how": 1}`, "", 400},
	{"PUT", "/by-name/ada", "", `[3]`, "", 400},
	{"PUT", "/by-name/ada?amount=3", "", ``, "", 400},
	{"PUT", "/by-name/ada", "application/x-www-form-urlencoded", `amount=3`, "", 200},
	{"GET", "/by-name?amount=3&who=ada", "", ``, "", 200},
	{"GET", "/by-name?amount=x", "", ``, "", 422},
	{"GET", "/by-name?amount=3&who=%ff", "", ``, "", 400},
}

// What a test says of a request is what the server says.
func TestTestsSayWhatTheServerSays(t *testing.T) {
	b := &bank{}
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, parityFlow)}}, Registry: b.registry(t)})
	for i, one := range parity {
		t.Run(fmt.Sprintf("%d %s %s", i, one.method, one.path), func(t *testing.T) {
			headers := map[string]string{}
			lines := []string{}
			if one.contentType != "" {
				lines = append(lines, "Content-Type: "+one.contentType)
			}
			if one.header != "" {
				lines = append(lines, one.header)
			}
			for _, line := range lines {
				name, text, _ := strings.Cut(line, ": ")
				headers[name] = text
			}
			got := a.send(one.method, one.path, one.body, lines...)
			if got.status != one.status {
				t.Errorf("the server says %d %s, not %d", got.status, got.body, one.status)
			}
			expected := map[string]any{"status": got.status, "headers": headersOf(got.header)}
			var body any
			switch {
			case json.Unmarshal([]byte(got.body), &body) == nil:
			case got.body != "":
				body = got.body
			}
			if problem, ok := body.(map[string]any); ok && problem["run"] != nil {
				delete(problem, "run") // it is a name
				expected["bodyContains"] = problem
			} else {
				expected["body"] = body
			}
			request := map[string]any{"method": one.method, "path": one.path, "headers": headers}
			if one.body != "" {
				request["body"] = one.body
			}
			text, err := json.Marshal(map[string]any{"tests": []any{map[string]any{"name": "it", "request": request, "expect": map[string]any{"response": expected}}}})
			if err != nil {
				t.Fatal(err)
			}
			suite, err := flowtest.Load(fstest.MapFS{"flow.yaml": {Data: []byte(parityFlow)}, "flow.test.yaml": {Data: text}}, "flow.test.yaml", b.registry(t))
			if err != nil {
				t.Fatal(err)
			}
			if o := suite.Tests()[0].Run(t.Context()); !o.OK() {
				t.Errorf("the test says otherwise:\n%s", o)
			}
		})
	}
}

// headersOf are those of an answer that a flow decides on.
func headersOf(h http.Header) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"Content-Type", "Location", "X-Amount"} {
		if text := h.Get(name); text != "" {
			out[name] = text
		}
	}
	return out
}
