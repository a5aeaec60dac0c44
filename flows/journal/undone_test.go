package journal_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

const owingFlow = `flow: owing
steps:
  - {id: a, call: test.change, with: {name: a}, undo: [{call: test.change, with: {name: back}}]}
  - {id: b, call: test.change, with: {name: b}}
`

// NotUndone finds runs that owe something, page by page, also in a store of one's own.
func TestNotUndone(t *testing.T) {
	inMemory := journal.OpenStore(newMemory())
	defer inMemory.Close() //nolint:errcheck // nothing is on disk
	for name, j := range map[string]*journal.Journal{"file": open(t, newPath(t)), "store": inMemory} {
		t.Run(name, func(t *testing.T) {
			var c calls
			flow := load(t, &c, owingFlow)
			for i, broken := range []string{"b back", "b", "", "b back", "b back"} {
				c.fail = failing(broken)
				_, _ = j.Run(t.Context(), flow, nil, flows.WithRunID(fmt.Sprint("r", i)))
			}
			var got []string
			which, pages := journal.Filter{Limit: 2}, 0
			for {
				found, next, err := j.NotUndone(t.Context(), which)
				if err != nil {
					t.Fatal(err)
				}
				for _, one := range found {
					got = append(got, fmt.Sprint(one.ID, one.Steps, len(one.Err.UndoErrors)))
				}
				if pages++; next == "" || pages > 9 {
					break
				}
				which.After = next
			}
			if want := []string{"r4[/a] 1", "r3[/a] 1", "r0[/a] 1"}; !slices.Equal(got, want) {
				t.Errorf("found %v, not %v", got, want)
			}
			if name == "store" {
				return // it keeps no restarts
			}
			c.fail = nil
			if _, err := j.Restart(t.Context(), "r3", c.registry(t), journal.Restart{}); err != nil {
				t.Fatal(err)
			}
			found, next, err := j.NotUndone(t.Context(), journal.Filter{State: journal.Failed})
			if err != nil || next != "" || len(found) != 2 {
				t.Errorf("after a restart: %d runs, %q, %v", len(found), next, err)
			}
			if found, _, err := j.NotUndone(t.Context(), journal.Filter{State: journal.Canceled}); err != nil || len(found) > 0 {
				t.Errorf("canceled: %d, %v", len(found), err)
			}
		})
	}
}
