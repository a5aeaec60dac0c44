package console_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve/console"
)

// BenchmarkFrame makes what those see who watch a run of 200 steps.
func BenchmarkFrame(b *testing.B) {
	w := newWorld(b, map[string]string{"t.yaml": "flow: t\nsteps:\n  - {forEach: \"${1..200}\", as: i, concurrency: 1, do: [{call: test.do, with: {name: x}}]}\n  - {id: ok, wait: {signal: go, timeout: 1h}}\n"})
	w.quiet = true
	w.login()
	h, err := w.journal.Start(b.Context(), w.load("t.yaml"), nil, flows.WithRunID("r"))
	if err != nil {
		b.Fatal(err)
	}
	defer h.Interrupt()
	w.until("/runs/r", "Answer go")
	for b.Loop() {
		if err := console.Frame(w.console, b.Context(), "r"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFrameAgain makes what those are sent who watch runs of many steps, when one
// has changed in a way that is not shown.
func BenchmarkFrameAgain(b *testing.B) {
	for _, n := range []int{200, 2000, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			w := newWorld(b, map[string]string{"t.yaml": "flow: t\nsteps:\n" + strings.Repeat("  - {call: test.do, with: {name: x}}\n", n) + "  - {id: ok, wait: {signal: go, timeout: 1h}}\n"})
			w.quiet = true
			w.login()
			h, err := w.journal.Start(b.Context(), w.load("t.yaml"), nil, flows.WithRunID("r"))
			if err != nil {
				b.Fatal(err)
			}
			defer h.Interrupt()
			w.until("/runs/r?whole=1", "Answer go")
			if _, err := console.Watch(w.console, b.Context(), "r")(); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := console.WatchMade(w.console, b.Context(), "r"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
