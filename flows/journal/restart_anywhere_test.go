package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/internal/value"
)

// endsBadly gives a flow a last step that fails, where none of its own does.
func endsBadly(text string) string {
	const boom = "  - {id: boom, call: test.change, with: {name: boom}}\n"
	steps, output, some := strings.Cut(text, "output:")
	if some {
		return steps + boom + "output:" + output
	}
	return steps + boom
}

// mended fails what fails in a run that ends well all the same.
func mended(handled bool, flaky func(string) error) func(string) error {
	return func(name string) error {
		if name == "boom" || name == "broken" && !handled {
			return nil
		}
		return flaky(name)
	}
}

// places returns the paths of the steps that a run came to, and of what they stand
// in.
func places(d *journal.Details) []string {
	seen := map[string]bool{}
	for _, s := range d.Steps {
		path, _, _ := strings.Cut(s.Path, "#")
		for ; path != ""; path = path[:strings.LastIndexAny(path, "/[")] {
			seen[path] = true
		}
	}
	return value.SortedKeys(seen)
}

// From whatever step a run is restarted: it ends as a run in which nothing went
// wrong, and makes nothing twice with another key; or it is told from which step it
// can begin, and it can.
func TestRestartAnywhere(t *testing.T) {
	for name, text := range cutFlows {
		handled := strings.Contains(text, "catch:") || strings.Contains(text, "onError: collect")
		if !testenv.Thorough() && !handled {
			continue
		}
		t.Run(name, func(t *testing.T) {
			whole, first := &calls{fail: mended(handled, brokenOrFlaky())}, &calls{}
			flow := load(t, whole, endsBadly(text))
			result, err := open(t, newPath(t)).Run(t.Context(), flow, nil, flows.WithRunID("r"))
			want := outcome(t, result, err)
			path := newPath(t)
			j, err := journal.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			fail := brokenOrFlaky()
			first.fail = func(name string) error {
				if name == "boom" {
					return &connector.Error{Code: "Broken", Class: connector.ClassFailed, Message: "it broke"}
				}
				return fail(name)
			}
			_, _ = j.Run(t.Context(), load(t, first, endsBadly(text)), nil, flows.WithRunID("r"))
			d, err := j.Show(t.Context(), "r")
			closed(t, j)
			if err != nil || d.State != journal.Failed {
				t.Fatalf("%v %v", d.State, err)
			}
			begun := 0
			for _, from := range places(d) {
				if restartFrom(t, path, from, want, first, mended(handled, fail)) {
					begun++
				}
			}
			if begun == 0 {
				t.Error("from nowhere")
			}
		})
	}
}

// restartFrom restarts a copy of a journal's run.
func restartFrom(t *testing.T, path, from, want string, first *calls, fail func(string) error) (begun bool) {
	t.Helper()
	again := filepath.Join(t.TempDir(), "runs.db")
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(again, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(again)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, j)
	second := &calls{fail: fail}
	plan, err := j.PlanRestart(t.Context(), "r", second.registry(t), journal.Restart{From: from})
	var refused *journal.RestartError
	if errors.As(err, &refused) {
		if refused.Latest == "" {
			return false
		}
		if _, err := j.PlanRestart(t.Context(), "r", second.registry(t), journal.Restart{From: refused.Latest}); err != nil {
			t.Errorf("from %s: %v\nfrom %s: %v", from, refused, refused.Latest, err)
		}
		return false
	}
	if err != nil {
		t.Fatalf("from %s: %v", from, err)
	}
	h, err := plan.Start(t.Context())
	if err != nil {
		t.Fatalf("from %s: %v", from, err)
	}
	result, err := h.Wait(t.Context())
	if got := outcome(t, result, err); got != want {
		t.Errorf("from %s: %s, want %s", from, got, want)
	}
	for _, call := range keyed(first, second) {
		name, other := strings.CutSuffix(call, "+")
		if !other || !slices.Contains(first.list, name) {
			continue
		}
		undone := strings.HasPrefix(name, "undo-") || strings.HasPrefix(name, "more-") || strings.Contains(strings.Join(first.list, " "), "undo-"+name)
		failed := strings.HasPrefix(name, "flaky") || slices.Contains([]string{"boom", "broken"}, name)
		reads := slices.Contains([]string{"finally", "b", "left2"}, name)
		if !failed && !undone && !reads && name != "handler" {
			t.Errorf("from %s: %s is made with another key", from, name)
		}
	}
	return true
}
