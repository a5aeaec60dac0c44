package console_test

import (
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
		if _, err := console.Frame(w.console, b.Context(), "r"); err != nil {
			b.Fatal(err)
		}
	}
}
