package serve_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/serve"
)

const payFlow = `flow: pay
inputs:
  order: {type: object, required: true, members: {id: {type: string, required: true}, amount: {type: integer, required: true, minimum: 1}}}
  customer: {type: string, required: true, pattern: '^c-[0-9]+$'}
secrets: {token: {env: TOKEN}}
triggers:
  - http: POST /pay/{customer}
    auth: {bearer: "${secrets.token}"}
    with: {order: "${request.body}", customer: "${request.path.customer}"}
    if: "${request.headers['x-test'] == null}"
    respond:
      - {status: 201, headers: {Location: "/orders/${output.id}"}, body: "${output}"}
      - {on: TooMuch, status: 413, body: {sorry: "${ctx.order.id}", run: "${run.id}", why: "${error.message}"}}
  - http: POST /named/{customer}
    auth: none
    with: {order: {id: x, amount: 1}, customer: "${request.path.customer}"}
    id: "${request.headers['x-delivery']}"
    answerWithin: 0s
steps:
  - {if: "${ctx.order.amount > 1000}", fail: {code: TooMuch, message: "at most 1000"}}
  - {if: "${ctx.order.amount == 1000}", fail: {code: Odd, message: "not that", status: 409}}
  - {id: paid, call: bank.pay, with: {amount: "${ctx.order.amount}"}}
output: {id: "${ctx.order.id}", payment: "${steps.paid.id}"}
`

func paying(t *testing.T, b *bank, j *journal.Journal) *api {
	t.Helper()
	return started(t, serve.Config{
		Flows: []serve.Served{{Flow: b.flow(t, payFlow), File: "flow.yaml"}}, Registry: b.registry(t), Journal: j,
		Options: []flows.RunOption{flows.WithEnv(func(name string) (string, bool) { return "s3cret-token", name == "TOKEN" })},
	})
}

const bearer = "Authorization: Bearer s3cret-token"

// What callers get, on a journal and without one.
func TestAnswers(t *testing.T) {
	for name, j := range map[string]*journal.Journal{"journal": newJournal(t, newPath(t)), "volatile": nil} {
		t.Run(name, func(t *testing.T) {
			b := &bank{}
			a := paying(t, b, j)
			cases := []struct {
				name, method, path, body string
				header                   []string
				status                   int
				in, location             string // what the body, and Location, hold
			}{
				{"done", "POST", "/pay/c-1", `{"id": "o-1", "amount": 3}`, []string{bearer}, 201, `"payment":"p-1"`, "/orders/o-1"},
				{"the condition is false", "POST", "/pay/c-1", `{"id": "o-1", "amount": 3}`, []string{bearer, "X-Test: yes"}, 204, "", ""},
				{"no token", "POST", "/pay/c-1", `{}`, nil, 401, `"code":"Unauthorized"`, ""},
				{"wrong token", "POST", "/pay/c-1", `{}`, []string{"Authorization: Bearer s3cret-tokem"}, 401, `"code":"Unauthorized"`, ""},
				{"other scheme", "POST", "/pay/c-1", `{}`, []string{"Authorization: Basic s3cret-token"}, 401, `"code":"Unauthorized"`, ""},
				{"not JSON", "POST", "/pay/c-1", `{"id": `, []string{bearer}, 400, `"code":"NotJSON"`, ""},
				{"text behind", "POST", "/pay/c-1", `{"id": "a", "amount": 3} x`, []string{bearer}, 400, `"code":"NotJSON"`, ""},
				{"twice", "POST", "/pay/c-1", `{"id": "a", "x": [{"b": 1, "b": 2}]}`, []string{bearer}, 400, `"pointer":"#/x/0/b"`, ""},
				{"wrong type", "POST", "/pay/c-1", `{"id": "a", "amount": "much"}`, []string{bearer}, 422, `"pointer":"#/amount"`, ""},
				{"missing", "POST", "/pay/c-1", `{"id": "a"}`, []string{bearer}, 422, `"pointer":"#/amount"`, ""},
				{"unknown member", "POST", "/pay/c-1", `{"id": "a", "amount": 1, "x/y": 2}`, []string{bearer}, 422, `"pointer":"#/x~1y"`, ""},
				{"wrong part", "POST", "/pay/17", `{"id": "a", "amount": 1}`, []string{bearer}, 422, `"parameter":"customer"`, ""},
				{"text", "POST", "/pay/c-1", `x`, []string{bearer, "Content-Type: text/plain"}, 415, `Content-Type: application/json`, ""},
				{"JSON as a form", "POST", "/pay/c-1", `{"id": "s3cret;", "amount": 3}`, []string{bearer, "Content-Type: application/x-www-form-urlencoded"}, 415, `or --json`, ""},
				{"a form", "POST", "/pay/c-1", `id=o-1&amount=many`, []string{bearer, "Content-Type: application/x-www-form-urlencoded"}, 422, `"pointer":"#/amount"`, ""},
				{"half of a character", "POST", "/pay/c-1", `{"id": "\ud800", "amount": 3}`, []string{bearer}, 400, `"pointer":"#/id"`, ""},
				{"compressed", "POST", "/pay/c-1", `{}`, []string{bearer, "Content-Encoding: gzip"}, 415, `"code":"Encoded"`, ""},
				{"charset", "POST", "/pay/c-1", `{}`, []string{bearer, "Content-Type: application/json; charset=latin1"}, 415, ``, ""},
				{"large", "POST", "/pay/c-1", `"` + strings.Repeat("x", 2<<20) + `"`, []string{bearer}, 413, `"code":"BodyTooLarge"`, ""},
				{"a failure with an answer", "POST", "/pay/c-1", `{"id": "o-9", "amount": 1001}`, []string{bearer}, 413, `"sorry":"o-9","why":"at most 1000"`, ""},
				{"a failure with a status", "POST", "/pay/c-1", `{"id": "o-9", "amount": 1000}`, []string{bearer}, 409, `"detail":"not that"`, ""},
				{"no route", "POST", "/pays/c-1", ``, nil, 404, `"code":"NotFound"`, ""},
				{"method", "GET", "/pay/c-1", ``, nil, 405, `send POST`, ""},
				{"head", "HEAD", "/pay/c-1", ``, nil, 405, ``, ""},
				{"at once", "POST", "/named/c-1", ``, []string{"X-Delivery: d-1"}, 202, `"state":"running"`, "/-/runs/"},
				{"no identity", "POST", "/named/c-1", ``, nil, 422, `"code":"DoesNotFit"`, ""},
				{"key twice", "POST", "/pay/c-1", `{"id": "a", "amount": 1}`, []string{bearer, "Idempotency-Key: a", "Idempotency-Key: b"}, 400, `"code":"BadKey"`, ""},
				{"query twice", "POST", "/pay/c-1?a=1&a=2", `{"id": "a", "amount": 1}`, []string{bearer}, 400, `"parameter":"a"`, ""},
				{"query", "POST", "/pay/c-1?a=1;b", `{"id": "a", "amount": 1}`, []string{bearer}, 400, `"code":"BadQuery"`, ""},
				{"slash in a part", "POST", "/pay/c-1%2F..%2Fx", `{}`, []string{bearer}, 404, ``, ""},
				{"dots", "POST", "/pay/%2e%2e", `{}`, []string{bearer}, 404, ``, ""},
				{"NUL", "POST", "/pay/c%00", `{}`, []string{bearer}, 404, ``, ""},
				{"no UTF-8", "POST", "/pay/%E4", `{}`, []string{bearer}, 404, ``, ""},
				{"double slash", "POST", "//pay/c-1", `{}`, []string{bearer}, 404, ``, ""},
				{"own", "GET", "/-/healthz", ``, nil, 200, `ok`, ""},
				{"ready", "GET", "/-/readyz", ``, nil, 200, `ready`, ""},
				{"own, unknown", "GET", "/-/", ``, nil, 404, ``, ""},
				{"unknown run", "GET", "/-/runs/x", ``, []string{bearer}, 404, `"code":"UnknownRun"`, ""},
				{"operators'", "GET", "/-/runs", ``, []string{bearer}, 404, ``, ""},
			}
			for _, c := range cases {
				got := a.send(c.method, c.path, c.body, c.header...)
				if got.status != c.status || !strings.Contains(got.body, c.in) || !strings.HasPrefix(got.header.Get("Location"), c.location) {
					t.Errorf("%s: %d %s %q, want %d, %s", c.name, got.status, got.body, got.header.Get("Location"), c.status, c.in)
				}
				if kind := got.header.Get("Content-Type"); got.status >= 400 && c.name != "a failure with an answer" && kind != "application/problem+json" {
					t.Errorf("%s: Content-Type %q", c.name, kind)
				}
				if strings.Contains(got.body, "s3cret") {
					t.Errorf("%s: the answer holds a secret: %s", c.name, got.body)
				}
				helps(t, got)
			}
			if n := b.payments(); n != 2 { // done, and the one that was answered at once
				eventually(t, "two payments", func() bool { return b.payments() == 2 })
			}
			a.stop()
			for _, one := range a.access {
				if strings.Contains(one.Path+one.Caller, "s3cret") {
					t.Errorf("the log holds a secret: %+v", one)
				}
			}
			if len(a.access) != len(cases) {
				t.Errorf("%d lines in the log, want %d", len(a.access), len(cases))
			}
		})
	}
}

// A key makes one run, whoever asks how often.
func TestIdempotencyKey(t *testing.T) {
	for name, j := range map[string]*journal.Journal{"journal": newJournal(t, newPath(t)), "volatile": nil} {
		t.Run(name, func(t *testing.T) {
			b := &bank{gate: make(chan struct{})}
			a := paying(t, b, j)
			const body = `{"id": "o-1", "amount": 3}`
			answers := make(chan *answer, 8)
			for i := range 8 {
				key := "Idempotency-Key: k1"
				if i%2 == 0 {
					key = `Idempotency-Key: "k1"`
				}
				go func() { answers <- a.send("POST", "/pay/c-1", body, bearer, key) }()
			}
			eventually(t, "a payment", func() bool { return b.payments() > 0 })
			if got := a.send("POST", "/pay/c-1", body, bearer, "Idempotency-Key: k1", "Prefer: respond-async, wait=0"); got.status != 202 || got.header.Get("Preference-Applied") == "" {
				t.Errorf("while it runs: %d %s", got.status, got.body)
			}
			if got := a.send("POST", "/pay/c-1", `{"id": "o-2", "amount": 3}`, bearer, "Idempotency-Key: k1"); got.status != 422 || got.member("code") != "KeyReused" {
				t.Errorf("another body: %d %s", got.status, got.body)
			}
			close(b.gate)
			first := <-answers
			for range 7 {
				if got := <-answers; got.status != first.status || got.body != first.body {
					t.Errorf("%d %s, and the first %d %s", got.status, got.body, first.status, first.body)
				}
			}
			if again := a.send("POST", "/pay/c-1", body, bearer, "Idempotency-Key: k1"); again.body != first.body || again.status != 201 {
				t.Errorf("later: %d %s, want %s", again.status, again.body, first.body)
			}
			if b.payments() != 1 {
				t.Errorf("%d payments, want 1", b.payments())
			}
			if other := a.send("POST", "/pay/c-1", body, bearer, "Idempotency-Key: k2"); other.status != 201 || b.payments() != 2 {
				t.Errorf("another key: %d, %d payments", other.status, b.payments())
			}
		})
	}
}

// A request that is known by the trigger's id is the same one as long as it gives the
// flow the same, also when the process has ended meanwhile; by a key it is the same bytes.
func TestKnownByID(t *testing.T) {
	const flow = `flow: hooks
triggers:
  - {http: POST /hook, auth: none, id: "${request.body.id}", with: {amount: "${request.body.amount}"}}
  - {http: POST /pin, auth: none, id: "${request.body.id}", with: {amount: 1, pin: "${request.body.pin}"}}
inputs: {amount: {type: integer}, %s}
steps:
  - {call: bank.pay, with: {amount: "${ctx.amount}"}}
output: "${run.id}"
`
	rows := []struct {
		name, body string
		status     int
	}{
		{"the first", `{"id": "e-1", "amount": 3, "pending": 2}`, 200},
		{"again", `{"id": "e-1", "amount": 3, "pending": 2}`, 200},
		{"with another count of what is pending", `{"id": "e-1", "amount": 3, "pending": 1}`, 200},
		{"in another order", `{"amount": 3, "id": "e-1"}`, 200},
		{"another amount", `{"id": "e-1", "amount": 4, "pending": 2}`, 422},
	}
	for name, path := range map[string]string{"journal": newPath(t), "volatile": ""} {
		t.Run(name, func(t *testing.T) {
			b := &bank{}
			config := serve.Config{Flows: []serve.Served{{Flow: b.flow(t, fmt.Sprintf(flow, "pin: {type: string}"))}}, Registry: b.registry(t)}
			for range 2 {
				if path != "" {
					config.Journal = newJournal(t, path)
				}
				a, first := started(t, config), ""
				for _, row := range rows {
					got := a.send("POST", "/hook", row.body)
					if first == "" {
						first = got.body
					}
					if got.status != row.status || row.status == 200 && got.body != first || row.status == 422 && got.member("code") != "KeyReused" {
						t.Errorf("%s: %d %s", row.name, got.status, got.body)
					}
				}
				a.stop()
				if path == "" {
					break
				}
				_ = config.Journal.Close()
			}
			if b.payments() != 1 {
				t.Errorf("%d payments, want 1", b.payments())
			}
		})
	}
	// A hash of a secret alone would tell it to who can read the journal.
	b := &bank{}
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, fmt.Sprintf(flow, "pin: {type: secret}"))}}, Registry: b.registry(t)})
	for body, want := range map[string]int{`{"id": "p", "pin": "1234"}`: 200, `{"id": "p", "pin": "1234", "n": 2}`: 422} {
		if want == 422 {
			a.send("POST", "/pin", `{"id": "p", "pin": "1234"}`)
		}
		if got := a.send("POST", "/pin", body); got.status != want {
			t.Errorf("%s: %d %s, want %d", body, got.status, got.body, want)
		}
	}
}

// A failure is given again, and a refusal before the start is not kept.
func TestFailuresAreKept(t *testing.T) {
	b := &bank{class: connector.ClassUnavailable}
	a := paying(t, b, newJournal(t, newPath(t)))
	const key = "Idempotency-Key: k"
	if got := a.send("POST", "/pay/c-1", `{"id": 1}`, bearer, key); got.status != 422 {
		t.Errorf("refused: %d", got.status)
	}
	first := a.send("POST", "/pay/c-1", `{"id": "a", "amount": 1}`, bearer, key)
	if first.status != http.StatusBadGateway || first.member("code") != "Refused" || first.member("run") == nil || strings.Contains(first.body, "upstream") {
		t.Errorf("failed: %d %s", first.status, first.body)
	}
	b.mu.Lock()
	b.class = ""
	b.mu.Unlock()
	if again := a.send("POST", "/pay/c-1", `{"id": "a", "amount": 1}`, bearer, key); again.body != first.body || again.status != first.status {
		t.Errorf("again: %d %s, want %s", again.status, again.body, first.body)
	}
}

// A caller that waits when the server ends is told where its run is; the run goes
// on at the next start, and its answer is that of the key.
func TestDrainAndGoOn(t *testing.T) {
	path := newPath(t)
	j := newJournal(t, path)
	b := &bank{gate: make(chan struct{})}
	config := serve.Config{
		Flows: []serve.Served{{Flow: b.flow(t, payFlow)}}, Registry: b.registry(t), Journal: j, DrainTime: time.Millisecond,
		Options: []flows.RunOption{flows.WithEnv(func(string) (string, bool) { return "s3cret-token", true })},
	}
	a := started(t, config)
	const body = `{"id": "o-1", "amount": 3}`
	answers := make(chan *answer, 1)
	go func() { answers <- a.send("POST", "/pay/c-1", body, bearer, "Idempotency-Key: k1") }()
	eventually(t, "a payment", func() bool { return b.payments() > 0 })
	a.stop()
	put := <-answers
	if put.status != 202 || put.header.Get("Location") == "" {
		t.Fatalf("put down: %d %s", put.status, put.body)
	}
	_ = j.Close()
	close(b.gate)
	config.Journal = newJournal(t, path)
	a = started(t, config)
	got := a.send("POST", "/pay/c-1", body, bearer, "Idempotency-Key: k1")
	if got.status != 201 || got.header.Get("Location") != "/orders/o-1" {
		t.Errorf("after the start: %d %s", got.status, got.body)
	}
	where := put.header.Get("Location")
	state := a.send("GET", where, "", bearer)
	if state.member("state") != "done" || state.member("answer") != where+"/answer" {
		t.Errorf("state: %d %s", state.status, state.body)
	}
	if same := a.send("GET", where+"/answer", "", bearer); same.body != got.body || same.status != 201 {
		t.Errorf("answer: %d %s", same.status, same.body)
	}
	if other := a.send("GET", where, ""); other.status != 401 {
		t.Errorf("without the token: %d", other.status)
	}
}

// Runs that go on wait for room, and leave the queue to the requests.
func TestGoOnWhenThereIsRoom(t *testing.T) {
	path := newPath(t)
	j := newJournal(t, path)
	b := &bank{gate: make(chan struct{})}
	config := serve.Config{
		Flows: []serve.Served{{Flow: b.flow(t, payFlow)}}, Registry: b.registry(t), Journal: j, DrainTime: time.Millisecond,
		Options: []flows.RunOption{flows.WithEnv(func(string) (string, bool) { return "s3cret-token", true })},
	}
	a := started(t, config)
	answers := make(chan *answer, 2)
	send := func(key string) {
		answers <- a.send("POST", "/pay/c-1", `{"id": "o-1", "amount": 3}`, bearer, "Idempotency-Key: "+key)
	}
	for _, key := range []string{"k1", "k2"} {
		go send(key)
	}
	eventually(t, "two payments", func() bool { return b.payments() == 2 })
	a.stop()
	for range 2 {
		if put := <-answers; put.status != 202 {
			t.Fatalf("put down: %d %s", put.status, put.body)
		}
	}
	_ = j.Close()
	config.Journal, config.MaxRuns, config.MaxQueue, config.QueueTime = newJournal(t, path), 1, 1, time.Hour
	a = started(t, config)
	eventually(t, "one that goes on", func() bool { return b.payments() == 3 })
	go send("k3")
	time.Sleep(10 * time.Millisecond) // most often it waits by then
	close(b.gate)
	if got := <-answers; got.status != 201 {
		t.Errorf("a request beside two runs that go on: %d %s", got.status, got.body)
	}
	for _, key := range []string{"k1", "k2"} {
		send(key)
		if got := <-answers; got.status != 201 {
			t.Errorf("%s: %d %s", key, got.status, got.body)
		}
	}
}

// More runs than the server takes are refused at once.
func TestOverCapacity(t *testing.T) {
	b := &bank{gate: make(chan struct{})}
	a := started(t, serve.Config{
		Flows: []serve.Served{{Flow: b.flow(t, payFlow)}}, Registry: b.registry(t), Journal: newJournal(t, newPath(t)),
		MaxRuns: 1, MaxQueue: 1, QueueTime: time.Hour,
		Options: []flows.RunOption{flows.WithEnv(func(string) (string, bool) { return "s3cret-token", true })},
	})
	answers := make(chan *answer, 8)
	for range 8 {
		go func() { answers <- a.send("POST", "/pay/c-1", `{"id": "o-1", "amount": 3}`, bearer) }()
	}
	for range 6 { // one runs, one waits
		if got := <-answers; got.status != 503 || got.header.Get("Retry-After") == "" || got.member("code") != "OverCapacity" {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	close(b.gate)
	for range 2 {
		if got := <-answers; got.status != 201 {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if b.payments() != 2 {
		t.Errorf("%d payments, want 2", b.payments())
	}
}

// Callers are known by what the trigger says, and a signed event begins one run.
func TestAuth(t *testing.T) {
	b := &bank{}
	flow := b.flow(t, `flow: hooks
secrets: {token: {env: TOKEN}}
triggers:
  - {http: POST /key, auth: {apiKey: {header: X-Token, keys: ["${secrets.token}", other]}}, with: {seen: "${'x-token' in keys(request.headers) ? 'seen' : 'hidden'}"}}
  - {http: POST /hook, auth: {hmac: {scheme: github, secret: "${secrets.token}"}}, id: "${request.headers['x-github-delivery']}", with: {seen: "${request.body.zen}"}}
  - {http: POST /again, auth: {hmac: {scheme: github, secret: "${secrets.token}"}}, with: {seen: "${request.body.zen}"}}
inputs: {seen: {type: string}}
steps:
  - {call: bank.pay, with: {amount: 1}}
output: "${ctx.seen}"
`)
	a := started(t, serve.Config{
		Flows: []serve.Served{{Flow: flow}}, Registry: b.registry(t), Public: true,
		Options: []flows.RunOption{flows.WithEnv(func(string) (string, bool) { return "It's a Secret to Everybody", true })},
	})
	const body = `{"zen": "Hello, World!"}`
	mac := hmac.New(sha256.New, []byte("It's a Secret to Everybody"))
	mac.Write([]byte(body))
	signed := "X-Hub-Signature-256: sha256=" + hex.EncodeToString(mac.Sum(nil))
	cases := []struct {
		path   string
		header []string
		status int
		body   string
	}{
		{"/key", nil, 401, "Unauthorized"},
		{"/key", []string{"X-Token: nobody"}, 401, "Unauthorized"},
		{"/key", []string{"X-Token: other"}, 200, `"hidden"`},
		{"/hook", []string{"X-GitHub-Delivery: d-1"}, 401, "Unauthorized"},
		{"/again", []string{signed}, 200, "Hello, World!"},
		{"/again", []string{signed}, 200, "Hello, World!"}, // the same begins no second run
		{"/hook", []string{"X-GitHub-Delivery: d-1", signed}, 200, "Hello, World!"},
		{"/hook", []string{"X-GitHub-Delivery: d-1", signed}, 200, "Hello, World!"},
		{"/hook", []string{"X-GitHub-Delivery: d-1", "X-Hub-Signature-256: sha256=00"}, 401, ""},
	}
	for _, c := range cases {
		got := a.send("POST", c.path, body, c.header...)
		if got.status != c.status || !strings.Contains(got.body, c.body) {
			t.Errorf("%s %v: %d %s, want %d %s", c.path, c.header, got.status, got.body, c.status, c.body)
		}
		if got.status == 401 && got.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s %v: no WWW-Authenticate", c.path, c.header)
		}
	}
	if b.payments() != 3 {
		t.Errorf("%d payments, want 3", b.payments())
	}
	a.mu.Lock()
	run := a.access[len(a.access)-2].Run
	a.mu.Unlock()
	for body, want := range map[string]int{"{}": 401, strings.Repeat("x", 2<<20): 413} {
		if got := a.send("POST", "/-/signals/"+run+"/x", body, signed); got.status != want {
			t.Errorf("a signal of %d bytes: %d %s, want %d", len(body), got.status, got.body, want)
		}
	}
	if _, err := serve.New(t.Context(), serve.Config{Flows: []serve.Served{{Flow: b.flow(t, "flow: t\ntriggers: [{http: POST /x}]\noutput: 1\n")}}, Public: true}); err == nil || !strings.Contains(err.Error(), "auth: none") {
		t.Errorf("a route without auth is served to everybody: %v", err)
	}
}

// A route reads the secrets that it knows its callers by, and no others.
func TestAuthReadsItsSecrets(t *testing.T) {
	b := &bank{}
	asked := map[string]int{}
	_, err := serve.New(t.Context(), serve.Config{
		Flows: []serve.Served{{Flow: b.flow(t, `flow: some
secrets: {a: {env: A}, b: {env: B}, c: {env: C}, unused: {env: UNUSED}}
triggers:
  - {http: POST /a, auth: {bearer: "${secrets.a}"}}
  - {http: POST /b, auth: {apiKey: {keys: ["${secrets.b}", "x${secrets.c}"]}}}
  - {http: POST /none, auth: none}
output: "${secrets.unused}"
`)}},
		Options: []flows.RunOption{flows.WithEnv(func(name string) (string, bool) {
			asked[name]++
			return "s3cret", name != "UNUSED"
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{"A": 1, "B": 1, "C": 1}; !maps.Equal(asked, want) {
		t.Errorf("secrets were asked for so often: %v, want %v", asked, want)
	}
}

// A server whose journal was taken away takes no work.
func TestJournalIsTakenAway(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open cannot be moved there")
	}
	path := newPath(t)
	a := paying(t, &bank{}, newJournal(t, path))
	if got := a.send("GET", "/-/readyz", ""); got.status != 200 {
		t.Fatalf("before: %d %s", got.status, got.body)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if got := a.send("GET", "/-/readyz", ""); got.status != 503 || got.member("code") != "JournalFailed" || got.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if got := a.send("GET", "/-/readyz", ""); got.status != 200 {
		t.Errorf("put back: %d %s", got.status, got.body)
	}
}

// A journal that cannot be read is no run that there is not.
func TestUnreadJournal(t *testing.T) {
	j := newJournal(t, newPath(t))
	a := paying(t, &bank{}, j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/-/readyz", "/-/runs/x", "/-/runs/x/answer"} {
		if got := a.send("GET", path, "", bearer); got.status != 503 || got.member("code") != "JournalFailed" || got.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

// An answer whose status has no body has none, to a failure either.
func TestNoBody(t *testing.T) {
	b := &bank{}
	a := started(t, serve.Config{Registry: b.registry(t), Flows: []serve.Served{{Flow: b.flow(t, `flow: quiet
inputs: {fails: {type: boolean, required: true}}
triggers:
  - {http: POST /quiet, respond: [{status: 204}, {on: Gone, status: 204}]}
steps:
  - {if: "${ctx.fails}", fail: {code: Gone, message: "it is gone"}}
output: 1
`)}}})
	for _, body := range []string{`{"fails": false}`, `{"fails": true}`} {
		got := a.send("POST", "/quiet", body)
		if got.status != 204 || got.body != "" || got.header.Get("Content-Length") != "" || got.header.Get("Content-Type") != "" {
			t.Errorf("%s: %d %q %v", body, got.status, got.body, got.header)
		}
	}
}

// Operators may signal and cancel a run at any time, also while it ends; one that has
// ended is told as such.
func TestOperators(t *testing.T) {
	for name, j := range map[string]*journal.Journal{"journal": newJournal(t, newPath(t)), "volatile": nil} {
		t.Run(name, func(t *testing.T) {
			b := &bank{gate: make(chan struct{})}
			a := paying(t, b, j)
			web := httptest.NewServer(a.Admin())
			t.Cleanup(web.Close)
			operator := &api{t: t, url: web.URL}
			run, _ := a.send("POST", "/named/c-1", "", "X-Delivery: d-1").member("run").(string)
			eventually(t, "a payment", func() bool { return b.payments() > 0 })
			if got := operator.send("POST", "/-/signals/"+run+"/x", ""); got.status != 404 || got.member("code") != "SignalUnknown" {
				t.Errorf("a signal while it runs: %d %s", got.status, got.body)
			}
			close(b.gate)
			eventually(t, "the end", func() bool {
				if got := operator.send("POST", "/-/signals/"+run+"/x", ""); got.status != 404 && got.status != 409 {
					t.Fatalf("a signal: %d %s", got.status, got.body)
				}
				return operator.send("GET", "/-/runs/"+run, "").member("state") == "done"
			})
			if got := operator.send("POST", "/-/runs/"+run+"/cancel", ""); got.status != 409 || got.member("code") != "Ended" {
				t.Errorf("canceling after the end: %d %s", got.status, got.body)
			}
		})
	}
}

// Operators name an address of this machine as it is: a page of another site can have its
// own name mean it.
func TestNamesOfOperators(t *testing.T) {
	a := paying(t, &bank{}, nil)
	for host, want := range map[string]int{
		"127.0.0.1:8081": 200, "127.0.0.1": 200, "[::1]:8081": 200, "localhost:8081": 200, "LOCALHOST": 200, "ops.example": 200,
		"evil.example:8081": 421, "evil.example": 421, "localhost.evil.example": 421, "": 421, "127.0.0.1.evil.example:8081": 421,
	} {
		req := httptest.NewRequest(http.MethodGet, "/-/healthz", nil)
		req.Host = host
		w := httptest.NewRecorder()
		a.Admin("localhost", "ops.example").ServeHTTP(w, req)
		if w.Code != want {
			t.Errorf("%q: %d %s", host, w.Code, w.Body)
		}
		w = httptest.NewRecorder()
		if a.Admin().ServeHTTP(w, req); w.Code != 200 {
			t.Errorf("%q, any name: %d", host, w.Code)
		}
	}
}

// What cannot be served is said at the start, all of it.
func TestNotServed(t *testing.T) {
	b := &bank{}
	one := func(text string) serve.Served { return serve.Served{Flow: b.flow(t, text), File: "x.yaml"} }
	_, err := serve.New(t.Context(), serve.Config{
		Journal: newJournal(t, newPath(t)), Options: []flows.RunOption{flows.WithEnv(func(string) (string, bool) { return "", false })},
		Flows: []serve.Served{
			one("flow: a\ntriggers: [{http: POST /x}]\ninputs: {pin: {type: secret}}\noutput: 1\n"),
			one("flow: b\ntriggers: [{http: \"POST /{y}\", with: {}}]\noutput: 1\n"),
			one("flow: b\noutput: 1\n"),
			one("flow: c\ntriggers: [{http: POST /x}]\noutput: 1\n"),
			one("flow: d\nsecrets: {k: {env: K}}\ntriggers: [{http: POST /d, auth: {bearer: \"${secrets.k}\"}, respond: {body: \"${output}\"}}]\noutput: 1\n"),
		},
	})
	for _, want := range []string{"takes secret values", "is named \"b\", too", "in conflict with POST /x", "secret k"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

// A header that cannot be sent is left out: the run is done, and its caller is told.
func TestHeaderThatCannotBe(t *testing.T) {
	b := &bank{}
	text := "flow: u\ninputs: {u: {type: string, required: true}}\ntriggers:\n  - {http: POST /u, auth: none, respond: {status: 201, headers: {X-U: \"${ctx.u}\", X-V: v}, body: 1}}\nsteps:\n  - {call: bank.pay, with: {amount: 1}}\noutput: 1\n"
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, text)}}, Registry: b.registry(t)})
	for body, want := range map[string]string{`{"u": "a\nb"}`: "", `{"u": "a\u0007"}`: "", `{"u": "a b"}`: "a b"} {
		got := a.send("POST", "/u", body)
		if got.status != 201 || got.header.Get("X-U") != want || got.header.Get("X-V") != "v" || got.body != "1\n" {
			t.Errorf("%s: %d %v %s", body, got.status, got.header, got.body)
		}
	}
	a.stop()
	if len(a.notices) != 2 || !strings.Contains(a.notices[0].Err.Error(), "respond.headers.X-U is no text of one line, and is left out") {
		t.Errorf("operators are told %+v", a.notices)
	}
}

// TestRunsOnce: of two who run a server at once one is refused, and so is who runs it
// after that.
func TestRunsOnce(t *testing.T) {
	b := &bank{}
	server, err := serve.New(t.Context(), serve.Config{Registry: b.registry(t), Flows: []serve.Served{{Flow: b.flow(t, "flow: t\ntriggers: [{http: POST /x, auth: none}]\noutput: 1\n")}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	came := make(chan error, 2)
	for range 2 {
		go func() { came <- server.Run(ctx) }()
	}
	if err := <-came; !errors.Is(err, serve.ErrRuns) {
		t.Errorf("the second is given %v", err)
	}
	end()
	if err := <-came; err != nil {
		t.Errorf("the first is given %v", err)
	}
	if err := server.Run(ctx); !errors.Is(err, serve.ErrRuns) {
		t.Errorf("the third is given %v", err)
	}
}
