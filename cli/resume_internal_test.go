package cli

import (
	"bytes"
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/operations/core"
)

// Runs that wait, more than go on at once, leave their places to those behind them.
func TestResumeAllGoesPastRunsThatWait(t *testing.T) {
	registry, err := connector.NewRegistry(core.Log())
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	begin := func(text string) string {
		flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", registry)
		if err != nil {
			t.Fatal(err)
		}
		for {
			h, err := j.Start(t.Context(), flow, nil)
			if err != nil {
				t.Fatal(err)
			}
			h.Interrupt()
			if _, err = h.Wait(t.Context()); err != nil { // it was interrupted before its end
				return h.ID()
			}
		}
	}
	var list []journal.Run
	for range atOnce + 5 {
		id := begin("flow: waits\nsteps: [{call: log.info, with: {message: begun}}, {wait: 24h}]")
		list = append(list, journal.Run{ID: id})
	}
	last := begin("flow: goes\nsteps: [{wait: 100ms}, {call: log.info, with: {message: gone}}]")
	list = append(list, journal.Run{ID: last})

	var stderr bytes.Buffer
	var gone atomic.Bool
	all := &resumption{app: &app{Command: Command{Name: "runner", Stderr: &stderr}}, j: j, reg: registry, flags: newRunFlags()}
	all.listen = func(e flows.Event) {
		if e.RunID == last && e.Message == "gone" {
			gone.Store(true)
			all.runs.signal(Handle.Interrupt) // the others wait for a day
		}
	}
	all.run(context.Background(), list)
	if !gone.Load() {
		t.Errorf("the run behind those that wait has not gone on:\n%s", stderr.String())
	}
	// The last one may have ended by then or not.
	if n := all.interrupted; n < atOnce+5 || n > atOnce+6 || stderr.Len() > 0 {
		t.Errorf("%d runs were interrupted, want the %d that wait:\n%s", n, atOnce+5, stderr.String())
	}
	if places := len(all.runs.owed()); places != 0 {
		t.Errorf("%d steps are owed", places)
	}
}
