// Package generation is what a run that was restarted has from those before it:
// keys that steps have again, and what is still to be undone. Each runtime on
// which runs are restarted keeps it with the run.
package generation

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/past"
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
	// Others are the generations of records that do not stand in that order, since
	// what they are of stands in another one in a changed program.
	Others map[int64]int64
	Keys   map[string]*Key // by the path of the step
	Owed   []string        // taken over from the run before, for steps that are not kept
	// Blocks are those of Owed that are no calls.
	Blocks []string
	// Folds are iterations and rounds that were one record, and are not kept.
	Folds []Fold
	// Allowed are steps that somebody allowed to be made again.
	Allowed []string
	// Moved are the steps that stand elsewhere than in the program of the generation
	// before, for each generation whose program is another one, the latest first.
	Moved []*past.Moves

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

// Fold is a number of iterations of a loop, or rounds of a repeat, of which nobody
// knows with what they called: their steps have the keys that they had.
type Fold struct {
	Path     string // of the loop
	From, To int64  // the first one, and the one behind the last
	Number   int64  // the generation that made them
	// Loose is true where the program or the inputs are others now.
	Loose bool
}

// folded returns the fold in which a step stands; nil for none.
func (g *Generation) folded(path string) *Fold {
	for i := range g.Folds {
		f := &g.Folds[i]
		rest, inside := strings.CutPrefix(path, f.Path+"[")
		number, _, _ := strings.Cut(rest, "]")
		n, err := strconv.ParseInt(number, 10, 64)
		if inside && err == nil && f.From <= n && n < f.To {
			return f
		}
	}
	return nil
}

// For returns the key of a step that runs now, or the generation for which it gets
// one.
func (g *Generation) For(path string, undone int) (key string, number int64) {
	if key = g.Key(path, undone, g.Number); key != "" {
		return key, g.Number
	}
	if f := g.folded(path); f != nil {
		return "", f.Number
	}
	return "", g.Number
}

// Of returns the generation of which a record is, by its number.
func (g *Generation) Of(seq int64) int64 {
	if n, ok := g.Others[seq]; ok {
		return n
	}
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
	if f := g.folded(path); k == nil && f != nil && (f.Loose || a.AtMostOnce) && !slices.Contains(g.Allowed, path) {
		return &connector.Error{
			Code: "RestartDiverged", Class: connector.ClassInvalid, Outcome: connector.OutcomeFailed,
			Message: "before the restart this step was made, or may have been, and nobody knows with what: it stood in items that are one record; " +
				"it is not made a second time; look what it did, and restart behind it, or allow it with --again " + path + " (Restart.Again in Go)",
		}
	}
	if k == nil || k.Key != a.IdempotencyKey || k.Print != nil && bytes.Equal(k.Print, Print(e, a)) {
		return nil
	}
	return &connector.Error{
		Code: "RestartDiverged", Class: connector.ClassInvalid, Outcome: connector.OutcomeFailed,
		Message: "before the restart this step was made, or may have been, with other parameters, and nothing has taken it back: " +
			"it is not made a second time; look what it did, and restart behind it, or give what it gave with --result " + path + "=@FILE (Restart.Results in Go)",
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
	open = map[string]any{
		"name": name, "number": g.Number, "began": began, "until": until, "owed": wire.Texts(g.Owed), "blocks": wire.Texts(g.Blocks),
		"folds": g.foldValues(), "allowed": wire.Texts(g.Allowed),
	}
	g.placeValues(open)
	return open, private
}

func (g *Generation) foldValues() []any {
	list := make([]any, len(g.Folds))
	for i, f := range g.Folds {
		list[i] = []any{f.Path, f.From, f.To, f.Number, f.Loose}
	}
	return list
}

func readFolds(list []any) (folds []Fold) {
	for _, v := range list {
		l, _ := v.([]any)
		if len(l) != 5 {
			continue
		}
		var f Fold
		f.Path, _ = l[0].(string)
		f.From, _ = l[1].(int64)
		f.To, _ = l[2].(int64)
		f.Number, _ = l[3].(int64)
		f.Loose, _ = l[4].(bool)
		folds = append(folds, f)
	}
	return folds
}

// Read reads the first part of what Values gave.
func Read(m map[string]any) *Generation {
	g := &Generation{
		Number: wire.IntegerAt(m, "number"), Keys: map[string]*Key{}, Owed: wire.TextsAt(m, "owed"), Blocks: wire.TextsAt(m, "blocks"),
	}
	g.Allowed = wire.TextsAt(m, "allowed")
	g.readPlaces(m)
	folds, _ := m["folds"].([]any)
	g.Folds = readFolds(folds)
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
