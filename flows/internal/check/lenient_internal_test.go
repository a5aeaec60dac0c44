package check

import (
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
)

// What can be of several types is a mistake of a new flow, and no reason to stop
// a run that began before that was known.
func TestUnlikeTypesOfRunsUnderWay(t *testing.T) {
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"f.yaml": {Data: []byte("flow: f\ninputs: {on: {type: boolean}}\noutput: \"${(ctx.on ?? true ? 1 : 'a') * 2}\"\n")}}
	if _, list, _ := File(files, "f.yaml", reg); !list.HasErrors() {
		t.Error("a new flow passes")
	}
	if _, list, _ := FileForResume(files, "f.yaml", reg); list.HasErrors() {
		t.Errorf("a run under way is refused: %v", list)
	}
}
