package journal

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"sort"
	"strconv"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// generation is what a run has from those that it is a restart of. The first one
// has none.
type generation struct {
	number int64 // 1 for the first restart
	// until holds the number of the last record that came from generation 0, 1
	// and so on.
	until []int64
	keys  map[string]*keptKey // by the path of the step
	owed  []string            // taken over from the run before, for steps that are not kept
	// blocks are those of owed that are no calls.
	blocks []string

	mu   sync.Mutex
	done map[string]bool // the paths of owed that were come to again
}

// keptKey is the idempotency key of a step that happened, or may have, in an
// earlier generation, and is made again.
type keptKey struct {
	key    string
	print  []byte // of its operation and parameters
	undone int    // how often the step was taken back before
	since  int64  // the first generation in which it counts
}

// of returns the generation of which a record is.
func (g *generation) of(seq int64) int64 {
	return int64(sort.Search(len(g.until), func(i int) bool { return seq <= g.until[i] }))
}

// key returns the key that a step is to have in a generation; empty for a new one.
func (g *generation) key(path string, undone int, number int64) string {
	if k := g.keys[path]; k != nil && k.since <= number && k.undone == undone {
		return k.key
	}
	return ""
}

var (
	_ runtime.KeyKeeper     = (*carrier)(nil)
	_ runtime.BranchWatcher = (*carrier)(nil)

	_ runtime.HandlerWatcher = (*carrier)(nil)
)

// Key returns the key of a step, or the generation for which it gets one: what is
// read back has that of the generation that made it.
func (r *carrier) Key(path string, undone int) (key string, generation int64) {
	g := r.run.gen
	if g == nil {
		return "", 0
	}
	number := g.number
	for _, rec := range r.scope.queue {
		if rec.kind == kindTime {
			continue
		}
		if rec.isAttempt() && rec.path == path {
			number = g.of(rec.seq)
		}
		break
	}
	return g.key(path, undone, number), number
}

func (r *record) isAttempt() bool {
	switch r.kind {
	case kindBegin, kindResult, kindFailure, kindWithheld:
		return true
	default:
		return false
	}
}

// BranchEnded notes how a branch ended, where the run is only read.
func (r *carrier) BranchEnded(err error) {
	if rd := r.run.reading; rd != nil && rd.trail != nil && !r.scope.cut {
		rd.trail.ended(rd.exec, r.scope, err)
	}
}

// Handles notes that a handler runs, where the run is only read.
func (r *carrier) Handles(try, block string) {
	if rd := r.run.reading; rd != nil && rd.trail != nil {
		rd.trail.handlers[block] = try
	}
}

// fingerprint is equal for attempts of one operation with the same parameters, but
// for the secrets in them.
func fingerprint(e runtime.Execution, a *runtime.Attempt) []byte {
	var place any
	if a.Connection != nil {
		place = e.Shown(wire.Stored(a.Connection.Params))
	}
	text, err := value.EncodeJSON([]any{a.Operation.Name, shownParams(e, a), place})
	if err != nil {
		return nil // and so like that of no other attempt
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

// refuses returns the failure of an attempt that has the key of one that was made
// with other parameters; nil where it may be made.
func (g *generation) refuses(e runtime.Execution, a *runtime.Attempt) *connector.Error {
	if g == nil || a.Effect() == connector.EffectReadOnly {
		return nil
	}
	path := runtime.StepOf(a.Path)
	k := g.keys[path]
	if k == nil || k.key != a.IdempotencyKey || k.print != nil && bytes.Equal(k.print, fingerprint(e, a)) {
		return nil
	}
	return &connector.Error{
		Code: "RestartDiverged", Class: connector.ClassInvalid, Outcome: connector.OutcomeFailed,
		Message: "before the restart this step was made, or may have been, with other parameters, and nothing has taken it back: " +
			"it is not made a second time; look what it did, and restart behind it, or give what it gave with --result " + path + "=@FILE",
	}
}

// again notes that a step is made again whose undo an earlier generation owes.
func (g *generation) again(path string) {
	if g == nil || len(g.owed) == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.done == nil {
		g.done = map[string]bool{}
	}
	g.done[runtime.StepOf(path)] = true
}

// stillOwed adds to a failure what an earlier generation did, that was not come to
// again.
func (g *generation) stillOwed(err error) error {
	if g == nil || len(g.owed) == 0 || err == nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	failure := *report.AsRunError(err)
	failure.NotUndone = append([]string{}, failure.NotUndone...)
	for _, path := range g.owed {
		if !g.done[path] {
			failure.NotUndone = append(failure.NotUndone, path)
		}
	}
	return &failure
}

// nextName names the generation behind one: RUN.2 behind RUN.
func (s *start) nextName() string {
	return s.name + "." + strconv.FormatInt(s.number()+2, 10)
}

func (s *start) number() int64 {
	if s.gen == nil {
		return 0
	}
	return s.gen.number
}

// value is the generation as it is stored, in two parts: what anybody may read,
// and what is encrypted where the run's inputs are.
func (g *generation) value(name string, began int64) (open map[string]any, private []any) {
	until := make([]any, len(g.until))
	for i, n := range g.until {
		until[i] = n
	}
	for _, path := range value.SortedKeys(g.keys) {
		k := g.keys[path]
		private = append(private, []any{path, k.key, k.print, int64(k.undone), k.since})
	}
	return map[string]any{
		"name": name, "number": g.number, "began": began, "until": until, "owed": wire.Texts(g.owed), "blocks": wire.Texts(g.blocks),
	}, private
}

// readGeneration reads what value gave.
func (s *start) readGeneration(m map[string]any) {
	s.name = cmp.Or(wire.TextAt(m, "name"), s.name)
	s.began = cmp.Or(wire.IntegerAt(m, "began"), s.began)
	s.gen = &generation{
		number: wire.IntegerAt(m, "number"), keys: map[string]*keptKey{}, owed: wire.TextsAt(m, "owed"), blocks: wire.TextsAt(m, "blocks"),
	}
	until, _ := m["until"].([]any)
	for _, v := range until {
		n, _ := v.(int64)
		s.gen.until = append(s.gen.until, n)
	}
}

func (g *generation) readKeys(list []any) {
	for _, v := range list {
		f, _ := v.([]any)
		if g == nil || len(f) != 5 {
			continue
		}
		path, _ := f[0].(string)
		k := &keptKey{}
		k.key, _ = f[1].(string)
		k.print, _ = f[2].([]byte)
		undone, _ := f[3].(int64)
		k.undone = int(undone)
		k.since, _ = f[4].(int64)
		g.keys[path] = k
	}
}
