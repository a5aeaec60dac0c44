//go:build unix

package console_test

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve/console"
)

// readers begins processes that watch a run; wait returns what they read.
func (w *world) readers(id string, n int) (wait func() string) {
	w.t.Helper()
	home, err := url.Parse(w.server.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	cookie := w.client.Jar.Cookies(home)[0]
	var all []*exec.Cmd
	outs := make([]strings.Builder, n)
	for i := range n {
		c := exec.Command(os.Args[0]) //nolint:gosec,noctx // it is this program
		c.Env = append(os.Environ(), readerOf+"="+w.server.URL+"/live/run/"+id+" "+cookie.Name+"="+cookie.Value)
		c.Stdout, c.Stderr = &outs[i], os.Stderr
		if err := c.Start(); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, c)
	}
	return func() string {
		var text []string
		for i, c := range all {
			if err := c.Wait(); err != nil {
				w.t.Error(err)
			}
			text = append(text, strings.TrimSpace(outs[i].String()))
		}
		return strings.Join(text, ", ")
	}
}

// watchedFlows are runs of kinds that cost differently much by themselves.
var watchedFlows = []struct{ name, flow string }{
	{"a busy loop of 20,000 items", "flow: t\nsteps:\n  - {forEach: \"${1..20000}\", as: i, concurrency: 16, do: [{call: test.do, with: {name: x}}]}\n"},
	{"2,000 steps one after the other", "flow: t\nsteps:\n" + strings.Repeat("  - {call: test.do, with: {name: x}}\n", 2000)},
	{"200 calls of 25 ms", "flow: t\nsteps:\n  - {forEach: \"${1..200}\", as: i, concurrency: 1, do: [{call: test.slow, with: {name: x}}]}\n"},
}

// TestWatchCost prints what a run costs its server while two read its stream, over what
// it costs alone: the median of the ratios of neighbours, with that of two alone beside
// it. Run it by hand, MEDLAR_LONG=1; MEDLAR_ROUNDS says how many.
func TestWatchCost(t *testing.T) {
	if os.Getenv("MEDLAR_LONG") == "" {
		t.Skip("set MEDLAR_LONG=1 to measure")
	}
	rounds := 15
	if text := os.Getenv("MEDLAR_ROUNDS"); text != "" {
		if _, err := fmt.Sscan(text, &rounds); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range watchedFlows {
		w := newWorld(t, map[string]string{"t.yaml": tt.flow})
		w.quiet = true
		console.SetLook(w.console, time.Second)
		w.login()
		flow := w.load("t.yaml")
		count, read := 0, ""
		spent := func(readers int) float64 {
			count++
			id := fmt.Sprintf("r%d", count)
			before := used(t)
			h, err := w.journal.Start(t.Context(), flow, nil, flows.WithRunID(id))
			if err != nil {
				t.Fatal(err)
			}
			wait := w.readers(id, readers)
			_, _ = h.Wait(t.Context())
			if text := wait(); text != "" {
				read = text
			}
			return float64(used(t) - before)
		}
		var same, watched, alone []float64
		spent(2)
		for i := range rounds {
			a, b, c := 0.0, 0.0, 0.0
			if i%2 == 0 {
				a, b, c = spent(0), spent(2), spent(0)
			} else {
				c, b, a = spent(0), spent(2), spent(0)
			}
			alone, same, watched = append(alone, a), append(same, c/a), append(watched, 2*b/(a+c))
		}
		t.Logf("%s: %v of CPU alone; two alone %.3f times, watched by two %.3f times (%d rounds; frames and bytes read: %s)",
			tt.name, time.Duration(middle(alone)).Round(100*time.Microsecond), middle(same), middle(watched), rounds, read)
	}
}

func middle(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// used returns the CPU time of this process.
func used(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
