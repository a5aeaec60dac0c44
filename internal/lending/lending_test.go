package lending_test

import (
	"context"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/lending"
)

type runner struct{ v any }

func (r *runner) run(context.Context, *connector.Call) (any, error) { return r.v, nil }

// A promise is that of one function: it does not hold for another, also one that was
// made in the same place.
func TestPromised(t *testing.T) {
	a, b := &runner{1}, &runner{2}
	op := &connector.Operation{Name: "a.a", Run: a.run}
	if lending.Promised(op) {
		t.Error("nobody has promised")
	}
	lending.Promise(op)
	if !lending.Promised(op) {
		t.Error("the promise is not known")
	}
	before := op.Run
	for name, run := range map[string]func(context.Context, *connector.Call) (any, error){
		"another":            b.run,
		"one around it":      func(ctx context.Context, c *connector.Call) (any, error) { return before(ctx, c) },
		"one made once more": a.run,
		"none":               nil,
	} {
		if op.Run = run; lending.Promised(op) {
			t.Errorf("the promise holds for %s", name)
		}
	}
	if op.Run = before; !lending.Promised(op) {
		t.Error("the promise is lost")
	}
	if lending.Promised(&connector.Operation{}) {
		t.Error("an operation without a function has promised")
	}
}

// Each promise holds what the smaller ones hold.
func TestExtents(t *testing.T) {
	for name, tt := range map[string]struct {
		promise                 func(*connector.Operation)
		call, params, maps, all bool
	}{
		"of the call":            {lending.PromiseCall, true, false, false, false},
		"of the parameters":      {lending.PromiseParams, true, true, false, false},
		"of the maps among them": {lending.PromiseMaps, true, true, true, false},
		"of everything":          {lending.Promise, true, true, true, true},
		"of nothing":             {func(*connector.Operation) {}, false, false, false, false},
	} {
		op := &connector.Operation{Name: "a.a", Run: (&runner{1}).run}
		tt.promise(op)
		call, params, maps, all := lending.PromisedCall(op), lending.PromisedParams(op), lending.PromisedMaps(op), lending.Promised(op)
		if call != tt.call || params != tt.params || maps != tt.maps || all != tt.all {
			t.Errorf("%s: %v, %v, %v, %v", name, call, params, maps, all)
		}
	}
}

// Whatever sees the parameters of a call has promised, too: another hook in the place of
// one, or one where there was none, has not.
func TestPromiseOfHooks(t *testing.T) {
	for name, change := range map[string]func(op *connector.Operation){
		"the effect":       func(op *connector.Operation) { op.CallEffect = func(map[string]any) connector.Effect { return 0 } },
		"whether it sends": func(op *connector.Operation) { op.SendsKey = func(map[string]any) bool { return true } },
		"no hook":          func(op *connector.Operation) { op.SendsKey = nil },
		"what it touches":  func(op *connector.Operation) { op.Touches = func(map[string]any) []connector.Touch { return nil } },
	} {
		op := &connector.Operation{Name: "a.a", Run: (&runner{1}).run, SendsKey: func(map[string]any) bool { return false }}
		lending.Promise(op)
		if !lending.Promised(op) {
			t.Errorf("%s: nothing is promised before", name)
		}
		if change(op); lending.Promised(op) || lending.PromisedParams(op) {
			t.Errorf("%s: the promise holds for what nobody has promised", name)
		}
	}
}
