package journal

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
)

// TestFullDisk: a run that cannot be written down stops, undoes nothing, says
// why, and goes on when there is space again.
func TestFullDisk(t *testing.T) {
	j, err := Open(filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var called []string
	step := func(_ context.Context, in struct {
		Name  string `param:"name"`
		Value string `param:"value"`
	},
	) (string, error) {
		called = append(called, in.Name)
		return in.Value, nil
	}
	reg, err := connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{connector.Op("test.step", "Note it.", step)}})
	if err != nil {
		t.Fatal(err)
	}
	text := `flow: t
steps:
  - {call: test.step, with: {name: a, value: x}, undo: {call: test.step, with: {name: undo-a}}}
  - {call: test.step, with: {name: b, value: ` + strings.Repeat("large ", 100_000) + `}}
  - {call: test.step, with: {name: c, value: z}}
`
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	limit := func(pages string) {
		f := j.store.(*file)
		f.mu.Lock()
		defer f.mu.Unlock()
		if err := f.st.exec(t.Context(), "PRAGMA max_page_count="+pages); err != nil {
			t.Fatal(err)
		}
	}
	limit("250") // 1 MB: enough for the flow, not for its result
	_, err = j.Run(t.Context(), flow, nil, flows.WithRunID("r"))
	var interrupted *InterruptedError
	if !errors.As(err, &interrupted) || !strings.Contains(err.Error(), "the disk is full") {
		t.Fatalf("the run gives %v", err)
	}
	if got := strings.Join(called, " "); got != "a b" {
		t.Errorf("calls: %s", got)
	}
	limit("1000000")
	called = nil
	if _, err := j.Resume(t.Context(), "r", reg); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(called, " "); got != "b c" {
		t.Errorf("calls of the resumed run: %s", got)
	}
}
