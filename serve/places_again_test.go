package serve_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/serve"
)

// Runs that are under way count when new files begin to bound their trigger, do so again, or
// have it again; and nobody waits for a bound that is gone.
func TestNewFilesBoundWhatIsUnderWay(t *testing.T) {
	b := &bank{gate: make(chan struct{})}
	a := b.bound(t, serve.Config{Journal: newJournal(t, newPath(t)), QueueTime: time.Hour, MaxQueue: 1, Metrics: true})
	reload := func(text string) {
		t.Helper()
		if err := a.Reload(t.Context(), []serve.Served{{Flow: b.flow(t, text)}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(what, path string) {
		t.Helper()
		waits := a.posts(1, path)
		eventually(t, what+" one waits", func() bool {
			return strings.Contains(a.admin().send("GET", "/metrics", "").body, "medlar_queue_depth 1\n")
		})
		if got := a.send("POST", path, ""); got.status != 503 {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
		reload(strings.Replace(boundFlow, ", concurrency: 2", "", 1)) // lets it in
		eventually(t, what+" nobody waits", func() bool {
			return strings.Contains(a.admin().send("GET", "/metrics", "").body, "medlar_queue_depth 0\n")
		})
		t.Cleanup(func() { <-waits })
	}
	many := a.posts(1, "/many")
	few := a.posts(2, "/few")
	eventually(t, "all", func() bool { return b.payments() == 3 })
	reload(strings.Replace(boundFlow, "POST /many, auth: none", "POST /many, auth: none, concurrency: 1", 1))
	got := a.posts(2, "/many") // one waits, and one is refused
	if got := <-got; got.status != 503 {
		t.Errorf("beside a run from before the bound: %d %s", got.status, got.body)
	}
	reload(boundFlow)
	eventually(t, "who waited is let in without the bound", func() bool { return b.payments() == 4 })
	refused("a bound that was always there", "/few")
	eventually(t, "a third one", func() bool { return b.payments() == 5 })
	reload(boundFlow)
	refused("a bound that is there again", "/few")
	eventually(t, "a fourth one", func() bool { return b.payments() == 6 })
	reload(strings.Replace(boundFlow, "  - {http: POST /few, auth: none, concurrency: 2}\n", "", 1))
	if got := a.send("POST", "/few", ""); got.status != 404 {
		t.Errorf("%d %s", got.status, got.body)
	}
	reload(boundFlow)
	refused("a route that is there again", "/few")
	close(b.gate)
	<-many
	<-few
	<-few
	eventually(t, "places given back", func() bool {
		reload(boundFlow)
		return strings.Contains(a.admin().send("GET", "/metrics", "").body, `medlar_trigger_runs_busy{flow="bound",trigger="http POST /few"} 0`)
	})
}

// Who has a key that has its answer gets it, also where the server takes no run; a run of a
// key that another process left goes on beside as many as may be.
func TestKeysNeedNoPlace(t *testing.T) {
	b, path := &bank{}, newPath(t)
	a := b.bound(t, serve.Config{Journal: newJournal(t, path), QueueTime: time.Millisecond, MaxRuns: 1})
	if got := a.send("POST", "/few", "", "Idempotency-Key: k"); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	b.mu.Lock()
	b.gate = make(chan struct{})
	b.mu.Unlock()
	done := a.posts(1, "/many")
	eventually(t, "the only run", func() bool { return b.payments() == 2 })
	if got := a.send("POST", "/few", "", "Idempotency-Key: k"); got.status != 200 {
		t.Errorf("while the server takes no run: %d %s", got.status, got.body)
	}
	close(b.gate)
	<-done
}

// A run that another process left goes on for who comes with its key, whatever goes here.
func TestKeysGoOnBesideOthers(t *testing.T) {
	b, path := &bank{gate: make(chan struct{})}, newPath(t)
	a := b.bound(t, serve.Config{Journal: newJournal(t, path), QueueTime: time.Millisecond})
	if got := a.send("POST", "/at-once", ""); got.status != 202 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	eventually(t, "the only run", func() bool { return b.payments() == 1 })
	j := newJournal(t, path)
	other := b.bound(t, serve.Config{Journal: j, DrainTime: time.Millisecond})
	if got := other.send("POST", "/at-once", "", "Idempotency-Key: k"); got.status != 202 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	eventually(t, "the other's", func() bool { return b.payments() == 2 })
	other.stop()
	_ = j.Close()
	if got := a.send("POST", "/at-once", "", "Idempotency-Key: k"); got.status != 202 {
		t.Errorf("the other's run: %d %s", got.status, got.body)
	}
	eventually(t, "it goes on", func() bool { return b.payments() == 3 })
	close(b.gate)
}

// Who goes away while he waits is not refused, and leaves what he was to begin to who came
// with the same key.
func TestWhoGoesAwayLeavesTheKey(t *testing.T) {
	b := &bank{gate: make(chan struct{})}
	a := b.bound(t, serve.Config{Journal: newJournal(t, newPath(t)), QueueTime: time.Hour, Metrics: true})
	if got := a.send("POST", "/at-once", ""); got.status != 202 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	gone, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(gone, http.MethodPost, a.url+"/at-once", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Idempotency-Key", "k")
	went := make(chan struct{})
	go func() {
		defer close(went)
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
		}
	}()
	metrics := func() string { return a.admin().send("GET", "/metrics", "").body }
	eventually(t, "one waits", func() bool { return strings.Contains(metrics(), "medlar_queue_depth 1\n") })
	again := a.posts(1, "/at-once", "Idempotency-Key: k")
	time.Sleep(20 * time.Millisecond) // most often it waits with the first by then
	leave()
	<-went
	eventually(t, "the first has gone", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, one := range a.access {
			if one.Code == "CallerGone" {
				return true
			}
		}
		return false
	})
	close(b.gate)
	if got := <-again; got.status != 202 {
		t.Errorf("the same key: %d %s", got.status, got.body)
	}
	if text := metrics(); strings.Contains(text, "medlar_runs_refused_total{") {
		t.Errorf("somebody was refused: %s", text[strings.Index(text, "medlar_runs_refused_total{"):])
	}
}
