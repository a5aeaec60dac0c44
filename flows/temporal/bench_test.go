package temporal_test

import (
	"sync"
	"testing"

	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/internal/devserver"
)

const threeSteps = `flow: three
steps:
  - {id: a, call: test.step, with: {name: a, value: 1}}
  - {id: b, call: test.step, with: {name: b, value: "${steps.a + 1}"}}
  - {id: c, call: test.step, with: {name: c, value: "${steps.b + 1}"}}
output: "${steps.c}"
`

const thousandItems = `flow: items
steps:
  - id: all
    forEach: "${1..1000}"
    concurrency: 50
    do: [{call: test.step, with: {name: x}}]
output: "${steps.all}"
`

// runs runs a flow n times, at most so many at once.
func runs(b *testing.B, c *temporal.Client, text string, n, atOnce int) {
	b.Helper()
	flow := loadFlow(b, text, testRegistry(b))
	var workers sync.WaitGroup
	next := make(chan struct{})
	for range atOnce {
		workers.Go(func() {
			for range next {
				if _, err := c.Run(b.Context(), flow, nil, temporal.StartOptions{}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range n {
		next <- struct{}{}
	}
	close(next)
	workers.Wait()
}

// unthrottled are settings of a server that is not held to 20 looks a second
// for new tasks, which is what the development server allows itself.
var unthrottled = []string{
	"--dynamic-config-value", "history.transferProcessorMaxPollRPS=1000", "--dynamic-config-value", "system.enableActivityEagerExecution=true",
}

// BenchmarkOnServer measures runs on the development server, with client and
// worker in this process.
func BenchmarkOnServer(b *testing.B) {
	for name, args := range map[string][]string{"as it comes": nil, "unthrottled": unthrottled} {
		b.Run(name, func(b *testing.B) { benchmarkServer(b, args) })
	}
}

func benchmarkServer(b *testing.B, args []string) {
	server := devserver.Start(b, args...)
	c := startWorker(b, server, "bench", testRegistry(b))
	runs(b, c, threeSteps, 3, 1) // the server warms up
	for _, bench := range []struct {
		name, text string
		n, atOnce  int
		unit       string
		units      int
	}{
		{"one at a time", threeSteps, 10, 1, "flows/s", 10},
		{"40 at once", threeSteps, 80, 40, "flows/s", 80},
		{"a thousand items", thousandItems, 1, 1, "items/s", 1000},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				runs(b, c, bench.text, bench.n, bench.atOnce)
			}
			b.ReportMetric(float64(bench.units)*float64(b.N)/b.Elapsed().Seconds(), bench.unit)
		})
	}
}
