// Package generation is what a run that was restarted has from those before it:
// keys that steps have again, and what is still to be undone. Each runtime on
// which runs are restarted keeps it with the run.
package generation

import (
	"bytes"
	"crypto/sha256"
	"sort"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// Generation is what a run has from those that it is a restart of. The first one
// has none: nil.
type Generation struct {
	Number int64 // 1 for the first restart
	// Until holds the number of the last record that came from generation 0, 1
	// and so on, where records are numbered.
	Until []int64
	Keys  map[string]*Key // by the path of the step
	Owed  []string        // taken over from the run before, for steps that are not kept
	// Blocks are those of Owed that are no calls.
	Blocks []string

	mu   sync.Mutex
	done map[string]bool // the paths of Owed that were come to again
}

// Key is the idempotency key of a step that happened, or may have, in an earlier
// generation, and is made again.
type Key struct {
	Key    string
	Print  []byte // of its operation and parameters
	Undone int    // how often the step was taken back before
	Since  int64  // the first generation in which it counts
}

// Of returns the generation of which a record is, by its number.
func (g *Generation) Of(seq int64) int64 {
	return int64(sort.Search(len(g.Until), func(i int) bool { return seq <= g.Until[i] }))
}

// Key returns the key that a step is to have in a generation; empty for a new one.
func (g *Generation) Key(path string, undone int, number int64) string {
	if k := g.Keys[path]; k != nil && k.Since <= number && k.Undone == undone {
		return k.Key
	}
	return ""
}

// Print is equal for attempts of one operation with the same parameters, but for
// the secrets in them; nil where that is not known.
func Print(e runtime.Execution, a *runtime.Attempt) []byte {
	var place any
	if a.Connection != nil {
		place = e.Shown(wire.Stored(a.Connection.Params))
	}
	text, err := value.EncodeJSON([]any{a.Operation.Name, ShownParams(e, a), place})
	if err != nil {
		return nil // and so like that of no other attempt
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

// ShownParams returns the parameters of an attempt for people.
func ShownParams(e runtime.Execution, a *runtime.Attempt) any {
	params := a.Params
	if a.Shown != nil {
		params = a.Shown()
	}
	return e.Shown(wire.Stored(params))
}

// Refuses returns the failure of an attempt that has the key of one that was made
// with other parameters; nil where it may be made.
func (g *Generation) Refuses(e runtime.Execution, a *runtime.Attempt) *connector.Error {
	if g == nil || a.Effect() == connector.EffectReadOnly {
		return nil
	}
	path := runtime.StepOf(a.Path)
	k := g.Keys[path]
	if k == nil || k.Key != a.IdempotencyKey || k.Print != nil && bytes.Equal(k.Print, Print(e, a)) {
		return nil
	}
	return &connector.Error{
		Code: "RestartDiverged", Class: connector.ClassInvalid, Outcome: connector.OutcomeFailed,
		Message: "before the restart this step was made, or may have been, with other parameters, and nothing has taken it back: " +
			"it is not made a second time; look what it did, and restart behind it, or give what it gave with --result " + path + "=@FILE",
	}
}

// Again notes that a step is made again whose undo an earlier generation owes.
func (g *Generation) Again(path string) {
	if g == nil || len(g.Owed) == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.done == nil {
		g.done = map[string]bool{}
	}
	g.done[runtime.StepOf(path)] = true
}

// Forget forgets what was come to again: the run is read anew.
func (g *Generation) Forget() {
	if g != nil {
		g.done = nil
	}
}

// StillOwed adds to a failure what an earlier generation did, that was not come to
// again.
func (g *Generation) StillOwed(err error) error {
	if g == nil || len(g.Owed) == 0 || err == nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	failure := *report.AsRunError(err)
	failure.NotUndone = append([]string{}, failure.NotUndone...)
	for _, path := range g.Owed {
		if !g.done[path] {
			failure.NotUndone = append(failure.NotUndone, path)
		}
	}
	return &failure
}

// Values are the generation as it is stored, in two parts: what anybody may read,
// and what is encrypted where the run's inputs are. name and began are those of
// the first generation.
func (g *Generation) Values(name string, began int64) (open map[string]any, private []any) {
	until := make([]any, len(g.Until))
	for i, n := range g.Until {
		until[i] = n
	}
	for _, path := range value.SortedKeys(g.Keys) {
		k := g.Keys[path]
		private = append(private, []any{path, k.Key, k.Print, int64(k.Undone), k.Since})
	}
	return map[string]any{
		"name": name, "number": g.Number, "began": began, "until": until, "owed": wire.Texts(g.Owed), "blocks": wire.Texts(g.Blocks),
	}, private
}

// Read reads the first part of what Values gave.
func Read(m map[string]any) *Generation {
	g := &Generation{
		Number: wire.IntegerAt(m, "number"), Keys: map[string]*Key{}, Owed: wire.TextsAt(m, "owed"), Blocks: wire.TextsAt(m, "blocks"),
	}
	until, _ := m["until"].([]any)
	for _, v := range until {
		n, _ := v.(int64)
		g.Until = append(g.Until, n)
	}
	return g
}

// ReadKeys reads the second part.
func (g *Generation) ReadKeys(list []any) {
	for _, v := range list {
		f, _ := v.([]any)
		if g == nil || len(f) != 5 {
			continue
		}
		path, _ := f[0].(string)
		k := &Key{}
		k.Key, _ = f[1].(string)
		k.Print, _ = f[2].([]byte)
		undone, _ := f[3].(int64)
		k.Undone = int(undone)
		k.Since, _ = f[4].(int64)
		g.Keys[path] = k
	}
}
