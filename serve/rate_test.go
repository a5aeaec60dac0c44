package serve_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/serve"
)

// clock is one that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

const limitedFlow = `flow: limited
secrets: {tokens: {env: TOKENS}}
inputs: {n: {type: integer}}
triggers:
  - {http: POST /few, auth: {bearer: ["${secrets.tokens}", second]}, limit: {rate: 2/m}, name: few}
  - {http: POST /open, auth: none, limit: {rate: 1/h}}
steps:
  - {call: bank.pay, with: {amount: 1}}
output: 1
`

// A caller that sends more than a route takes of one is told when to come again, and
// nothing of what it sends is read; others are not concerned, nor do new files forget.
func TestLimit(t *testing.T) {
	b, c := &bank{}, &clock{now: time.Unix(1_800_000_000, 0)}
	flow := func(name string) []serve.Served {
		return []serve.Served{{Flow: b.flow(t, strings.Replace(limitedFlow, "name: few", "name: "+name, 1))}}
	}
	a := started(t, serve.Config{
		Flows: flow("few"), Registry: b.registry(t), Now: c.Now,
		Options: []flows.RunOption{flows.WithEnv(func(string) (string, bool) { return "first", true })},
	})
	post := func(token string, status, wait int) {
		t.Helper()
		got := a.send("POST", "/few", "{not read", "Authorization: Bearer "+token)
		if got.status != status {
			t.Errorf("%s: %d %s, want %d", token, got.status, got.body, status)
		}
		if after := got.header.Get("Retry-After"); status == 429 && (after != strconv.Itoa(wait) || got.member("code") != "TooManyRequests" || strings.Contains(got.body, token)) {
			t.Errorf("%s: Retry-After %q, want %d: %s", token, after, wait, got.body)
		}
	}
	post("first", 400, 0)
	post("first", 400, 0)
	post("first", 429, 30)
	post("wrong", 401, 0)
	post("second", 400, 0)
	c.add(29500 * time.Millisecond)
	post("first", 429, 1)
	c.add(500 * time.Millisecond)
	post("first", 400, 0)
	post("first", 429, 30)
	if err := a.Reload(t.Context(), flow("few"), nil); err != nil {
		t.Fatal(err)
	}
	post("first", 429, 30)
	if err := a.Reload(t.Context(), flow("other"), nil); err != nil {
		t.Fatal(err)
	}
	post("first", 400, 0)
	if got := a.send("POST", "/open", "{}"); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := a.send("POST", "/open", "{}"); got.status != 429 || got.header.Get("Retry-After") != "3600" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if b.payments() != 1 {
		t.Errorf("%d payments, want 1", b.payments())
	}
	d := readDocument(t, a.send("GET", "/-/openapi.json", "").body)
	if d.at("paths", "/few", "post", "responses", "429") == nil {
		t.Error("the document has no 429")
	}
}

// The run of a key is there as long as the server says, whatever prunes the journal.
func TestKeysAreKept(t *testing.T) {
	j := newJournal(t, newPath(t))
	b := &bank{}
	config := serve.Config{Flows: versioned(b, t, "/pay", "p", 1), Registry: b.registry(t), Journal: j, KeepKeys: time.Hour}
	a := started(t, config)
	first := a.send("POST", "/pay", "", "Idempotency-Key: k")
	for i, keep := range []time.Duration{0, time.Millisecond} {
		if err := j.Keep(t.Context(), journal.Keeping{For: keep}); err != nil {
			t.Fatal(err)
		}
		if n, err := j.Prune(t.Context(), time.Now().Add(time.Minute)); err != nil || n != 0 {
			t.Errorf("%d: pruned %d, %v", i, n, err)
		}
	}
	if again := a.send("POST", "/pay", "", "Idempotency-Key: k"); again.body != first.body || b.payments() != 1 {
		t.Errorf("again: %d %s, %d payments", again.status, again.body, b.payments())
	}
	a.stop()
	config.KeepKeys = time.Nanosecond
	a = started(t, config)
	if n, err := j.Prune(t.Context(), time.Now().Add(time.Minute)); err != nil || n != 1 {
		t.Errorf("a server that keeps keys for shorter: pruned %d, %v", n, err)
	}
	if again := a.send("POST", "/pay", "", "Idempotency-Key: k"); again.status != 200 || b.payments() != 2 {
		t.Errorf("a key that is free again: %d %s, %d payments", again.status, fmt.Sprint(again.body), b.payments())
	}
}
