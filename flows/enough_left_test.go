package flows_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// What a loser of a race in a called flow left is listed when the flow around it fails.
func TestLosersOfACalledFlowAreListed(t *testing.T) {
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(fstest.MapFS{
		"flow.yaml": {Data: []byte("flow: t\nsteps: [{flow: inner.yaml}, {fail: {code: Z, message: z}}]\n")},
		"inner.yaml": {Data: []byte(`flow: inner
steps:
  - parallel:
      bad: [{try: [{set: {w: 1}}], undo: [{fail: {code: No, message: no}}]}, {fail: {code: Bad, message: bad}}]
      good: [{wait: 10ms}]
    enough: 1
`)},
	}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = flow.Run(t.Context(), nil)
	failure := report.AsRunError(err)
	if failure == nil || failure.Code != "Z" || !slices.Equal(failure.NotUndone, []string{"/1/1/bad/1"}) || len(failure.UndoErrors) != 1 {
		t.Errorf("%+v", failure)
	}
}
