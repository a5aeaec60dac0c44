package serve_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/serve"
)

// versioned is a flow that says which it is, at a path.
func versioned(b *bank, t testing.TB, path, name string, n int) []serve.Served {
	return []serve.Served{{File: "flow.yaml", Flow: b.flow(t, fmt.Sprintf(`flow: pay
triggers: [{http: POST %s, name: %s, with: {}}]
steps:
  - {id: paid, call: bank.pay, with: {amount: %d}}
output: {n: %d, paid: "${steps.paid.id}"}
`, path, name, n, n))}}
}

// Requests that come all through reloads are answered, each by one version or the next
// and never by one before.
func TestReloadDropsNothing(t *testing.T) {
	for name, j := range map[string]*journal.Journal{"journal": newJournal(t, newPath(t)), "volatile": nil} {
		t.Run(name, func(t *testing.T) {
			b := &bank{}
			var closed atomic.Int64
			done := func() { closed.Add(1) }
			a := started(t, serve.Config{Flows: versioned(b, t, "/pay", "p", 0), Done: done, Registry: b.registry(t), Journal: j})
			stop := make(chan struct{})
			var senders sync.WaitGroup
			var sent atomic.Int64
			for range 4 {
				senders.Go(func() {
					last := 0.0
					for {
						select {
						case <-stop:
							return
						default:
						}
						got := a.send("POST", "/pay", "")
						n, ok := got.member("n").(float64)
						if got.status != 200 || !ok || n < last {
							t.Errorf("%d %s after version %v", got.status, got.body, last)
							return
						}
						last = n
						sent.Add(1)
					}
				})
			}
			const reloads = 20
			for n := range reloads {
				before := sent.Load()
				eventually(t, "requests between", func() bool { return sent.Load() > before+5 || t.Failed() })
				if err := a.Reload(t.Context(), versioned(b, t, "/pay", "p", n+1), done); err != nil {
					t.Fatal(err)
				}
				if got := a.send("POST", "/pay", ""); got.member("n") != float64(n+1) || got.header.Get("Flow-Version") != a.Version() {
					t.Fatalf("after reload %d: %s %v", n+1, got.body, got.header)
				}
			}
			close(stop)
			senders.Wait()
			eventually(t, "the files of all but the last are closed", func() bool { return closed.Load() == reloads })
			a.stop()
			if closed.Load() != reloads+1 {
				t.Errorf("%d of %d sets of files are closed at the end", closed.Load(), reloads+1)
			}
			if err := a.Reload(t.Context(), versioned(b, t, "/pay", "p", 99), done); err == nil {
				t.Error("a server that has ended takes files")
			}
		})
	}
}

// A run keeps the files that it began with, a trigger that moved its name, and so the
// runs of its keys; what callers may know of a run does not end with its route.
func TestReloadKeepsRuns(t *testing.T) {
	for name, j := range map[string]*journal.Journal{"journal": newJournal(t, newPath(t)), "volatile": nil} {
		t.Run(name, func(t *testing.T) {
			b := &bank{gate: make(chan struct{})}
			var closed atomic.Int64
			a := started(t, serve.Config{Flows: versioned(b, t, "/pay", "p", 1), Done: func() { closed.Add(1) }, Registry: b.registry(t), Journal: j})
			first := a.Version()
			waiting := make(chan *answer, 1)
			go func() { waiting <- a.send("POST", "/pay", "", "Idempotency-Key: k") }()
			eventually(t, "a payment", func() bool { return b.payments() == 1 })
			if err := a.Reload(t.Context(), versioned(b, t, "/moved", "p", 2), nil); err != nil {
				t.Fatal(err)
			}
			if got := a.send("POST", "/pay", ""); got.status != 404 {
				t.Errorf("the route that is gone: %d %s", got.status, got.body)
			}
			if closed.Load() != 0 {
				t.Error("the files of a run under way are closed")
			}
			again := a.send("POST", "/moved", "", "Idempotency-Key: k", "Prefer: respond-async")
			if again.status != 202 || b.payments() != 1 || again.header.Get("Flow-Version") != first {
				t.Errorf("the key at its new path: %d %s %v, %d payments", again.status, again.body, again.header, b.payments())
			}
			if err := a.Reload(t.Context(), versioned(b, t, "/other", "q", 3), nil); err != nil {
				t.Fatal(err)
			}
			run := again.header.Get("Location")
			if got := a.send("GET", run, ""); got.status != 200 || got.member("state") != "running" {
				t.Errorf("a run whose route is gone: %d %s", got.status, got.body)
			}
			close(b.gate)
			if got := <-waiting; got.status != 200 || got.member("n") != 1.0 || got.header.Get("Flow-Version") != first {
				t.Errorf("the run that was under way: %d %s %v", got.status, got.body, got.header)
			}
			eventually(t, "its files are closed", func() bool { return closed.Load() == 1 })
			for _, path := range []string{run, run + "/answer"} {
				if got := a.send("GET", path, ""); got.status != 200 {
					t.Errorf("%s of a run that ended behind its route: %d %s", path, got.status, got.body)
				}
			}
		})
	}
}

// Files that cannot be served change nothing, and operators are told.
func TestReloadThatFails(t *testing.T) {
	b := &bank{}
	a := started(t, serve.Config{Flows: versioned(b, t, "/pay", "p", 1), Registry: b.registry(t)})
	first := a.Version()
	bad := append(versioned(b, t, "/pay", "p", 2), serve.Served{File: "other.yaml", Flow: b.flow(t, "flow: other\ntriggers: [{http: \"POST /{x}\", with: {}}, {http: POST /pay, with: {}}]\noutput: 1\n")})
	err := a.Reload(t.Context(), bad, func() { t.Error("its files are closed by the server") })
	if err == nil || !strings.Contains(err.Error(), "in conflict with POST /pay") {
		t.Fatalf("it is served: %v", err)
	}
	if got := a.send("POST", "/pay", ""); got.status != 200 || got.member("n") != 1.0 || a.Version() != first {
		t.Errorf("%d %s", got.status, got.body)
	}
	a.ReloadFailed(fmt.Errorf("flow.yaml:1:1: error: no flow"))
	ready := a.send("GET", "/-/readyz", "")
	if ready.status != 200 || ready.member("version") != first || ready.member("refused") != nil {
		t.Errorf("callers: %d %s", ready.status, ready.body)
	}
	operator := a.admin()
	ready = operator.send("GET", "/-/readyz", "")
	reloads, _ := ready.member("reloads").(map[string]any)
	if ready.member("refused") != "flow.yaml:1:1: error: no flow" || reloads["failed"] != 2.0 || reloads["taken"] != 0.0 {
		t.Errorf("operators: %s", ready.body)
	}
	if err := a.Reload(t.Context(), versioned(b, t, "/pay", "p", 3), nil); err != nil {
		t.Fatal(err)
	}
	if ready = operator.send("GET", "/-/readyz", ""); ready.member("refused") != nil || ready.member("version") == first {
		t.Errorf("operators, after one that is served: %s", ready.body)
	}
}
