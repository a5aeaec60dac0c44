package journal_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/temporal"
)

// Items and rounds that generations made together have the keys that each of them gave
// its own, when all of them run again.
func TestRestartAtFoldsOfGenerations(t *testing.T) {
	loop := func(n int, more string) string {
		return fmt.Sprintf(`{id: l, forEach: "${1..%d}", as: i%s, do: [{id: a, call: test.change, with: {name: "a${i}"}}, {id: b, call: test.change, with: {name: "b${i}"}}]}`, n, more)
	}
	rounds := `{id: l, repeat: [{set: {k: "${ctx.k + 1}"}}, {id: a, call: test.change, with: {name: "a${ctx.k}"}}, {id: b, call: test.change, with: {name: "b${ctx.k}"}}], until: "${ctx.k == 300}"}`
	made := func(t *testing.T, restart func(c *calls, how journal.Restart) error) {
		t.Helper()
		keys := map[string]string{}
		for i, how := range []journal.Restart{{}, {}, {From: "/l"}} {
			c := &calls{fail: failing([]string{"b3", "z", ""}[i])}
			var refused *journal.RestartError
			if err := restart(c, how); (err == nil) != (i == 2) || errors.As(err, &refused) {
				t.Fatalf("restart %d: %v", i, err)
			}
			for n, name := range c.list {
				again := keys[name] != "" && name != "b3" && name != "z" // these failed
				if again && (i < 2 || keys[name] != c.keys[n]) {
					t.Fatalf("restart %d makes %s with %s, it was made with %s", i, name, c.keys[n], keys[name])
				}
				keys[name] = c.keys[n]
			}
			if i == 2 && len(c.list) < 11 {
				t.Errorf("calls %v", c.list)
			}
		}
	}
	for name, steps := range map[string][]string{
		"one by one": {loop(300, ""), call("z")}, "side by side": {loop(300, ", concurrency: 2"), call("z")},
		"rounds": {"{set: {k: 0}}", rounds, call("z")},
	} {
		t.Run(name, func(t *testing.T) {
			j, id := open(t, newPath(t)), ""
			made(t, func(c *calls, how journal.Restart) (err error) {
				if id == "" {
					id = "r"
					_, err = j.Run(t.Context(), load(t, c, flowOf(steps...)), nil, flows.WithRunID(id))
					return err
				}
				_, err = j.Restart(t.Context(), id, c.registry(t), how)
				id = "r.2"
				return err
			})
		})
	}
	t.Run("on Temporal", func(t *testing.T) {
		parts := temporal.WithLimits(temporal.Limits{Items: 2})
		var ended *temporal.Ended
		made(t, func(c *calls, how journal.Restart) (err error) {
			if ended == nil {
				ended = onTemporal(t, load(t, c, flowOf(loop(5, ""), call("z"))), c, "r", "", parts)
				return errors.New("it failed")
			}
			_, ended, err = again(t, ended, c, how, parts)
			return err
		})
	})
}
