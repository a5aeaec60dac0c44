package interp

import (
	"maps"
	"reflect"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/schema"
)

// fixedRefs keeps the connections of a flow that are the same in each run, as
// long as the runs are given the same defaults: without expressions, and
// without secrets, which no flow keeps beyond a run.
type fixedRefs struct {
	mu   sync.Mutex
	kept map[refKey]fixedRef
}

type fixedRef struct {
	ref      *runtime.ConnectionRef
	defaults [2]map[string]any // of the connector and of its family
}

func (f *fixedRefs) find(key refKey, defaults [2]map[string]any) *runtime.ConnectionRef {
	f.mu.Lock()
	defer f.mu.Unlock()
	if kept, ok := f.kept[key]; ok && sameParams(kept.defaults[0], defaults[0]) && sameParams(kept.defaults[1], defaults[1]) {
		return kept.ref
	}
	return nil
}

func (f *fixedRefs) keep(key refKey, defaults [2]map[string]any, ref *runtime.ConnectionRef) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil {
		f.kept = map[refKey]fixedRef{}
	}
	f.kept[key] = fixedRef{ref, [2]map[string]any{maps.Clone(defaults[0]), maps.Clone(defaults[1])}}
}

func sameParams(a, b map[string]any) bool {
	if len(a) != len(b) {
		return false
	}
	for name, v := range a {
		other, given := b[name]
		if !given {
			return false
		}
		if text, ok := v.(string); ok {
			if other != any(text) {
				return false
			}
		} else if !reflect.DeepEqual(v, other) {
			return false
		}
	}
	return true
}

// fixedRef returns a connection that an earlier run made with the same defaults,
// or nil.
func (x *execution) fixedRef(owner *connector.Connector, plan *ConnectionPlan) *runtime.ConnectionRef {
	if !plan.isFixed() {
		return nil
	}
	return x.program.fixed.find(refKey{owner, plan}, x.defaultsOf(owner))
}

// keepFixed keeps a connection for later runs, if it is the same in each.
func (x *execution) keepFixed(owner *connector.Connector, plan *ConnectionPlan, ref *runtime.ConnectionRef) {
	params := &schema.Field{Type: schema.Object, Members: owner.Connection}
	if plan.isFixed() && reflect.DeepEqual(mask(ref.Params, params), any(ref.Params)) {
		x.program.fixed.keep(refKey{owner, plan}, x.defaultsOf(owner), ref)
	}
}

func (x *execution) defaultsOf(owner *connector.Connector) [2]map[string]any {
	return [2]map[string]any{x.config.DefaultsOf(owner.Name), x.config.DefaultsOf(owner.Family)}
}

// isFixed is true for a connection without expressions.
func (p *ConnectionPlan) isFixed() bool {
	if p == nil {
		return true
	}
	_, ok := p.Params.(Constant)
	return ok
}
