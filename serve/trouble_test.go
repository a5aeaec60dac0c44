package serve_test

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/serve"
)

const quickFlow = `flow: quick
triggers:
  - {http: POST /quick, auth: none, respond: {body: ok}}
  - {tool: {name: call, description: Calls.}, auth: none}
steps: []
output: {}
`

const paidFlow = `flow: paid
triggers: [{http: POST /paid, auth: none, answerWithin: 0s}]
steps:
  - {id: go, wait: {signal: go}}
  - {call: bank.pay, with: {amount: 1}}
`

// TestJournalCannotBeWritten: who wants a run is told so and gets no answer of one that
// is not on disk, operators are told once, and what stopped goes on by itself.
func TestJournalCannotBeWritten(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open cannot be moved there")
	}
	path, b := newPath(t), &bank{}
	j := newJournal(t, path)
	a := started(t, serve.Config{Registry: b.registry(t), Journal: j, Flows: []serve.Served{{Flow: b.flow(t, quickFlow)}, {Flow: b.flow(t, paidFlow)}}})
	admin := a.admin()
	waits := a.send("POST", "/paid", "").member("run").(string)
	quick := func() *answer { return a.send("POST", "/quick", "") }
	if got := quick(); got.status != 200 {
		t.Fatalf("before: %d %s", got.status, got.body)
	}
	lock := path + ".lock"
	if err := os.Rename(lock, lock+".away"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := quick(); got.status != 503 || got.member("code") != "JournalFailed" || got.header.Get("Retry-After") == "" || got.member("run") != nil {
			t.Errorf("quick: %d %s", got.status, got.body)
		}
	}
	for _, path := range []string{"/paid", "/-/signals/" + waits + "/go"} {
		if got := a.send("POST", path, "", "Idempotency-Key: k"); got.status != 503 || got.member("code") != "JournalFailed" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if got := a.send("GET", "/-/readyz", ""); got.status != 503 || strings.Contains(got.body, path) {
		t.Errorf("readyz: %d %s", got.status, got.body)
	}
	if got := admin.send("GET", "/-/readyz", ""); got.status != 503 || !strings.Contains(got.body, "was deleted while the journal was in use") {
		t.Errorf("readyz of operators: %d %s", got.status, got.body)
	}
	result, err := a.CallTool(t.Context(), serve.ToolCall{Name: "call"})
	if err != nil || result.Problem == nil || result.Problem.Code != "JournalFailed" {
		t.Errorf("tool: %+v, %v", result, err)
	}
	if err := os.Rename(lock+".away", lock); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server is ready again", func() bool { return a.send("GET", "/-/readyz", "").status == 200 })
	if got := quick(); got.status != 200 {
		t.Errorf("after: %d %s", got.status, got.body)
	}
	if got := a.send("POST", "/-/signals/"+waits+"/go", ""); got.status != 200 {
		t.Errorf("signal after: %d %s", got.status, got.body)
	}
	eventually(t, "the run that waited is done", func() bool {
		return a.send("GET", "/-/runs/"+waits, "").member("state") == string(journal.Done)
	})
	eventually(t, "operators know", func() bool { return a.told(false, "the journal can be written again") == 1 })
	if n := a.told(true, ""); n != 1 {
		t.Errorf("operators are told %d times: %+v", n, a.notices)
	}
	if n := b.payments(); n != 1 {
		t.Errorf("paid %d times", n)
	}
}

// TestRunsStopWhileTheJournalFails: a run that goes stops, and goes on when the journal
// can be written, without a restart of the server.
func TestRunsStopWhileTheJournalFails(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open cannot be moved there")
	}
	path, b := newPath(t), &bank{gate: make(chan struct{})}
	a := paying(t, b, newJournal(t, path))
	location := a.send("POST", "/pay/c-1", `{"id": "o-1", "amount": 3}`, bearer, "Prefer: respond-async").header.Get("Location")
	eventually(t, "it pays", func() bool { return b.payments() == 1 })
	lock := path + ".lock"
	if err := os.Rename(lock, lock+".away"); err != nil {
		t.Fatal(err)
	}
	close(b.gate) // what it gave cannot be written down, nor how the run ended
	eventually(t, "operators know", func() bool { return a.told(true, "the journal cannot be written") == 1 })
	if got := a.send("GET", location, "", bearer); got.status != 200 || got.member("answer") != nil {
		t.Errorf("meanwhile: %d %s", got.status, got.body)
	}
	if err := os.Rename(lock+".away", lock); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the run is done", func() bool { return a.send("GET", location, "", bearer).member("state") == "done" })
	if got := a.send("GET", location+"/answer", "", bearer); got.status != 201 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if b.paid[0] != b.paid[len(b.paid)-1] {
		t.Errorf("paid with the keys %v", b.paid)
	}
}

// told counts what operators were told that begins so.
func (a *api) told(problem bool, text string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range a.notices {
		if one.Problem == problem && strings.HasPrefix(one.Text, text) {
			n++
		}
	}
	return n
}

// TestEventsWhileTheJournalFails: an event whose run could not be written down is given
// again by its source, and finds the run.
func TestEventsWhileTheJournalFails(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open cannot be moved there")
	}
	b, p, path := &bank{gate: make(chan struct{})}, newMailbox(), newPath(t)
	flow := b.letters(t, p, strings.Replace(letterFlow, "    %s\n", "", 1))
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: flow}}, Registry: b.posted(t, p), Journal: newJournal(t, path)})
	one := letter{id: "a", body: map[string]any{"amount": int64(3)}}
	p.letters <- one
	eventually(t, "under way", func() bool { return b.payments() == 1 })
	lock := path + ".lock"
	if err := os.Rename(lock, lock+".away"); err != nil {
		t.Fatal(err)
	}
	close(b.gate)
	if s := p.fate(t); s.Fate != connector.EventAgain || s.After == 0 {
		t.Errorf("meanwhile: settled as %+v", s)
	}
	if err := os.Rename(lock+".away", lock); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it can be written", func() bool { return a.send("GET", "/-/readyz", "").status == 200 })
	one.attempt = 2
	p.letters <- one
	if s := p.fate(t); s.Fate != connector.EventDone {
		t.Errorf("after: settled as %+v", s)
	}
}
