package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/testenv"
)

const tickingFlow = `flow: beat
triggers:
  - {schedule: every 1s, missed: all, overlap: queue, with: {at: "${tick.time}"}}
inputs: {at: {type: string, required: true}}
steps:
  - call: http.request
    with: {method: POST, url: "${env.SERVER}/beats", body: "${ctx.at}"}
  - {wait: 100ms}
`

// bells notes what rings, with the keys of the requests.
type bells struct {
	mu   sync.Mutex
	keys map[string][]string // by tick
}

func (b *bells) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys[string(text)] = append(b.keys[string(text)], r.Header.Get("Idempotency-Key"))
}

// Two servers on one journal, of which one is killed again and again, and both at
// last: each tick has one run, and none is missing.
func TestTicksKilled(t *testing.T) {
	testenv.NeedThorough(t, "it waits for ticks")
	if runtime.GOOS == "windows" {
		t.Skip("needs kill -9")
	}
	b := &bells{keys: map[string][]string{}}
	web := httptest.NewServer(b)
	defer web.Close()
	dir := t.TempDir()
	flow := filepath.Join(dir, "beat.yaml")
	if err := os.WriteFile(flow, []byte(tickingFlow), 0o600); err != nil {
		t.Fatal(err)
	}
	begin := func() *serving {
		return startServing(t, []string{"SERVER=" + web.URL}, flow, "--journal", filepath.Join(dir, "runs.db"), "--listen", "127.0.0.1:0", "--log-level", "off")
	}
	kill := func(s *serving) {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
	first, second := begin(), begin()
	for range 2 {
		time.Sleep(1100 * time.Millisecond)
		kill(first)
		first, second = second, begin()
	}
	kill(first)
	kill(second)
	time.Sleep(1500 * time.Millisecond)
	begin()
	rung := func() (ticks []time.Time) {
		b.mu.Lock()
		defer b.mu.Unlock()
		for text, keys := range b.keys {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				t.Fatal(err)
			}
			if ticks = append(ticks, at); len(slices.Compact(slices.Clone(keys))) > 1 {
				t.Errorf("the tick of %s has the keys %v", text, keys)
			}
		}
		slices.SortFunc(ticks, time.Time.Compare)
		return ticks
	}
	// The runs of those that were killed go on after ten seconds at the latest.
	until := time.Now()
	for deadline := until.Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		ticks := rung()
		if n := len(ticks); n > 3 && !ticks[n-1].Before(until) {
			for i := range ticks[1:] {
				if gap := ticks[i+1].Sub(ticks[i]); gap != time.Second {
					t.Errorf("%s is missing between %s and %s", gap, ticks[i], ticks[i+1])
				}
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to ticks on time: %v", ticks)
		}
	}
}
