package serve_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
)

// boundFlow has two routes that bound their runs, and one that does not.
const boundFlow = `flow: bound
triggers:
  - {http: POST /few, auth: none, concurrency: 2}
  - {http: POST /at-once, auth: none, concurrency: 1, answerWithin: 0s}
  - {http: POST /many, auth: none}
steps:
  - {call: bank.pay, idempotent: true, with: {amount: 1}}
output: paid
`

func (b *bank) bound(t *testing.T, c serve.Config) *api {
	t.Helper()
	c.Flows, c.Registry = []serve.Served{{Flow: b.flow(t, boundFlow)}}, b.registry(t)
	return started(t, c)
}

// posts sends requests, each at the same time as the others.
func (a *api) posts(n int, path string, headers ...string) <-chan *answer {
	answers := make(chan *answer, n)
	for range n {
		go func() { answers <- a.send("POST", path, "", headers...) }()
	}
	return answers
}

// A route takes as many runs as it says, and leaves room to others: who comes beyond waits,
// or is refused.
func TestRoutesBoundTheirRuns(t *testing.T) {
	b := &bank{gate: make(chan struct{})}
	a := b.bound(t, serve.Config{Journal: newJournal(t, newPath(t)), MaxQueue: 1, QueueTime: time.Hour, Metrics: true})
	answers := a.posts(5, "/few")
	for range 2 { // two run, one waits
		got := <-answers
		if got.status != 503 || got.header.Get("Retry-After") != "1" || got.member("code") != "OverCapacity" ||
			got.member("detail") != "as many runs of the route are under way as it takes at the same time, 2" {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	eventually(t, "two runs", func() bool { return b.payments() == 2 })
	other := a.posts(1, "/many")
	eventually(t, "a run of another route", func() bool { return b.payments() == 3 })
	metrics := a.admin().send("GET", "/metrics", "").body
	for _, want := range []string{
		`medlar_trigger_runs_busy{flow="bound",trigger="http POST /few"} 2`,
		`medlar_trigger_runs_max{flow="bound",trigger="http POST /few"} 2`,
		`medlar_trigger_queue_depth{flow="bound",trigger="http POST /few"} 1`,
		`medlar_trigger_runs_busy{flow="bound",trigger="http POST /at-once"} 0`,
		`medlar_runs_refused_total{flow="bound",trigger="http POST /few",bound="trigger"} 2`,
		"medlar_queue_depth 1\n",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	close(b.gate)
	for range 3 {
		if got := <-answers; got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if got := <-other; got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if b.payments() != 4 {
		t.Errorf("%d payments", b.payments())
	}
}

// The end of the server does not wait for those who wait for a place of a route.
func TestWaitingForAPlaceEndsWithTheServer(t *testing.T) {
	b := &bank{gate: make(chan struct{})}
	a := b.bound(t, serve.Config{Journal: newJournal(t, newPath(t)), QueueTime: time.Hour, DrainTime: time.Millisecond, Metrics: true})
	answers := a.posts(5, "/few")
	eventually(t, "three wait", func() bool {
		return strings.Contains(a.admin().send("GET", "/metrics", "").body, "medlar_queue_depth 3\n")
	})
	a.stop()
	var got []int
	for range 5 {
		got = append(got, (<-answers).status)
	}
	slices.Sort(got)
	if !slices.Equal(got, []int{202, 202, 503, 503, 503}) {
		t.Errorf("answered %v", got)
	}
}

// A caller that does not wait for the end waits for the place, and the run of a key that is
// under way, or has ended, takes no other one.
func TestKeysTakeOnePlace(t *testing.T) {
	b := &bank{gate: make(chan struct{})}
	a := b.bound(t, serve.Config{Journal: newJournal(t, newPath(t)), QueueTime: time.Millisecond})
	if got := a.send("POST", "/at-once", "", "Idempotency-Key: k1"); got.status != 202 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := a.send("POST", "/at-once", "", "Idempotency-Key: k1"); got.status != 202 {
		t.Errorf("the key again, under way: %d %s", got.status, got.body)
	}
	if got := a.send("POST", "/at-once", "", "Idempotency-Key: k2"); got.status != 503 {
		t.Errorf("another key: %d %s", got.status, got.body)
	}
	if got := a.send("POST", "/at-once", ""); got.status != 503 {
		t.Errorf("no key: %d %s", got.status, got.body)
	}
	close(b.gate)
	eventually(t, "its end", func() bool { return a.send("POST", "/at-once", "", "Idempotency-Key: k1").status == 200 })
	b.mu.Lock()
	b.gate = make(chan struct{})
	b.mu.Unlock()
	eventually(t, "the place is free", func() bool { return a.send("POST", "/at-once", "", "Idempotency-Key: k2").status == 202 })
	if got := a.send("POST", "/at-once", "", "Idempotency-Key: k1"); got.status != 200 {
		t.Errorf("a key that has its answer, while no place is free: %d %s", got.status, got.body)
	}
	close(b.gate)
	eventually(t, "two payments", func() bool { return b.payments() >= 2 })
	if b.payments() != 2 {
		t.Errorf("%d payments", b.payments())
	}
}

// Runs that go on after a restart, and those of files before, count.
func TestRunsThatGoOnHavePlaces(t *testing.T) {
	b, path := &bank{gate: make(chan struct{})}, newPath(t)
	j := newJournal(t, path)
	a := b.bound(t, serve.Config{Journal: j, DrainTime: time.Millisecond})
	answers := a.posts(2, "/few")
	eventually(t, "two runs", func() bool { return b.payments() == 2 })
	a.stop()
	for range 2 {
		if got := <-answers; got.status != 202 {
			t.Fatalf("put down: %d %s", got.status, got.body)
		}
	}
	_ = j.Close()
	a = b.bound(t, serve.Config{Journal: newJournal(t, path), QueueTime: time.Millisecond})
	eventually(t, "two that go on", func() bool { return b.payments() == 4 })
	if got := a.send("POST", "/few", ""); got.status != 503 {
		t.Errorf("beside two that go on: %d %s", got.status, got.body)
	}
	reload := func(text string) {
		t.Helper()
		if err := a.Reload(t.Context(), []serve.Served{{Flow: b.flow(t, text)}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	reload(boundFlow + "# changed\n")
	if got := a.send("POST", "/few", ""); got.status != 503 {
		t.Errorf("by new files: %d %s", got.status, got.body)
	}
	reload(strings.Replace(boundFlow, "concurrency: 2", "concurrency: 3", 1))
	third := a.posts(1, "/few")
	eventually(t, "a third one", func() bool { return b.payments() == 5 })
	close(b.gate)
	if got := <-third; got.status != 200 {
		t.Errorf("by a higher bound: %d %s", got.status, got.body)
	}
}

// A run of an event that goes on counts among those of its trigger.
func TestEventsThatGoOnHavePlaces(t *testing.T) {
	b, p, path := &bank{gate: make(chan struct{})}, newMailbox(), newPath(t)
	flow := b.letters(t, p, fmt.Sprintf(strings.Replace(letterFlow, "- {call: bank.pay", "- {idempotent: true, call: bank.pay", 1), "ack: recorded"))
	config := serve.Config{Flows: []serve.Served{{Flow: flow}}, Registry: b.posted(t, p), DrainTime: time.Millisecond}
	j := newJournal(t, path)
	config.Journal = j
	first := started(t, config)
	p.letters <- letter{id: "a", body: map[string]any{"amount": int64(3)}}
	eventually(t, "under way", func() bool { return b.payments() == 1 })
	first.stop()
	_ = j.Close()
	config.Journal = newJournal(t, path)
	started(t, config)
	eventually(t, "it goes on", func() bool { return b.payments() == 2 })
	p.letters <- letter{id: "b", body: map[string]any{"amount": int64(4)}}
	p.letters <- letter{id: "c", body: map[string]any{"amount": int64(4)}}
	time.Sleep(20 * time.Millisecond) // most often they would be taken by then
	if n := b.payments(); n > 3 {     // the source may have been asked for one before the run went on
		t.Errorf("%d runs are under way where the trigger takes one", n-1)
	}
	close(b.gate)
	eventually(t, "all", func() bool { return b.payments() == 4 })
}

// Agents are told that a tool takes no more calls at the same time.
func TestToolsBoundTheirRuns(t *testing.T) {
	b := &bank{gate: make(chan struct{})}
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(`flow: t
triggers: [{tool: {name: pay, description: Pays.}, concurrency: 1}]
steps: [{call: bank.pay, with: {amount: 1}}]
`)}}, "flow.yaml", b.registry(t))
	if err != nil {
		t.Fatal(err)
	}
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: flow}}, Registry: b.registry(t), Journal: newJournal(t, newPath(t)), QueueTime: time.Millisecond})
	done := make(chan *serve.ToolResult, 1)
	go func() {
		r, _ := a.CallTool(t.Context(), serve.ToolCall{Name: "pay"})
		done <- r
	}()
	eventually(t, "a call", func() bool { return b.payments() == 1 })
	r, err := a.CallTool(t.Context(), serve.ToolCall{Name: "pay"})
	if err != nil || r.Problem == nil || r.Problem.Code != "OverCapacity" || r.Problem.Class != connector.ClassThrottled || r.Problem.Help != "call again later" {
		t.Errorf("the second call: %+v %v", r.Problem, err)
	}
	close(b.gate)
	if r := <-done; r.Problem != nil {
		t.Errorf("the first call: %+v", r.Problem)
	}
}
