package explore_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows/explore"
)

// How many schedules of one fault a second are tried around the tests of
// place-order.
func BenchmarkPlaceOrder(b *testing.B) {
	suite := load(b, os.DirFS(examples), "place-order.test.yaml", registry(b))
	ran := 0
	for b.Loop() {
		for _, t := range explore.Suite(b.Context(), suite, explore.Options{}).Tests {
			ran += t.Ran
		}
	}
	b.ReportMetric(float64(ran)/b.Elapsed().Seconds(), "schedules/s")
}

// A flow of 50 calls, each of which changes something and has a retry and an
// undo.
func BenchmarkFiftyCalls(b *testing.B) {
	var flow, answers strings.Builder
	flow.WriteString("flow: f\nconnections: {http: {baseUrl: https://a.example}}\nsteps:\n")
	for i := range 50 {
		fmt.Fprintf(&flow, "  - id: s%d\n    call: http.request\n    with: {method: PUT, url: /%d}\n    retry: 3\n    undo: {call: http.request, with: {method: DELETE, url: /%d}}\n", i, i, i)
		fmt.Fprintf(&answers, "      - {step: s%d, result: {status: 200}}\n      - {step: s%d/undo, result: {status: 204}}\n", i, i)
	}
	fsys := fstest.MapFS{
		"f.yaml": {Data: []byte(flow.String())}, "f.test.yaml": {Data: []byte("tests:\n  - name: all\n    answers:\n" + answers.String())},
	}
	suite := load(b, fsys, "f.test.yaml", registry(b))
	ran := 0
	for b.Loop() {
		for _, t := range explore.Suite(b.Context(), suite, explore.Options{}).Tests {
			ran += t.Ran
			if len(t.Findings) > 0 {
				b.Fatal(t.Findings[0])
			}
		}
	}
	b.ReportMetric(float64(ran)/float64(b.N), "schedules/op")
}
