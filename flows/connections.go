package flows

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// connectionRef gives the connection of a call, or nil where it needs none.
func (s *state) connectionRef(call *callStep) (*ConnectionRef, error) {
	use := call.connection
	if use == nil {
		return nil, nil
	}
	if use.plan != nil && use.plan.inline {
		if ref := s.run.fixedRef(call.owner, use.plan); ref != nil {
			return ref, nil
		}
		return s.evalConnection(call.owner, use.plan)
	}
	return s.declaredRef(call.owner, use)
}

// declaredRef gives a connection of the header, or the default one. The flow
// that runs this one may have put one of its own in its place.
func (s *state) declaredRef(owner *connector.Connector, use *connectionUse) (*ConnectionRef, error) {
	if s.run.overrides != nil {
		names := append([]string{owner.Name, owner.Family}, owner.Aliases...)
		if use.plan != nil {
			names = []string{use.plan.name}
		}
		for _, name := range names {
			if other := s.run.overrides[name]; other != nil {
				return s.run.caller.declaredRef(owner, other)
			}
		}
	}
	return s.run.headerRef(owner, use.plan, s)
}

// refKey is a declared connection as one connector uses it.
type refKey struct {
	owner *connector.Connector
	plan  *connectionPlan
}

type refEntry struct {
	once sync.Once
	ref  *ConnectionRef
	err  error
}

// headerRef evaluates a connection of the header at its first use in the run.
func (x *execution) headerRef(owner *connector.Connector, plan *connectionPlan, s *state) (*ConnectionRef, error) {
	if ref := x.fixedRef(owner, plan); ref != nil {
		return ref, nil
	}
	x.refsMu.Lock()
	if x.refs == nil {
		x.refs = map[refKey]*refEntry{}
	}
	entry := x.refs[refKey{owner, plan}]
	if entry == nil {
		entry = &refEntry{}
		x.refs[refKey{owner, plan}] = entry
	}
	x.refsMu.Unlock()
	entry.once.Do(func() {
		header := &state{run: x, rt: s.rt, frame: s.frame.root(), ctx: x.inputs, path: stepPath{base: "/connections"}}
		if plan != nil {
			header.path.rel = "/" + plan.name
		}
		entry.ref, entry.err = header.evalConnection(owner, plan)
	})
	return entry.ref, entry.err
}

func (s *state) evalConnection(owner *connector.Connector, plan *connectionPlan) (*ConnectionRef, error) {
	ref := &ConnectionRef{}
	given := map[string]any{}
	if plan != nil {
		ref.Name = plan.name
		v, err := plan.params.eval(s)
		if err != nil {
			return nil, err
		}
		given = maps.Clone(v.(map[string]any))
		field := &schema.Field{Type: schema.Object, Members: owner.Connection}
		if path, from := nullIn(plan.params, field, given, true); path != "" {
			return nil, badParameters(plan, nullError(path, from))
		}
	}
	s.run.addDefaults(owner, given)
	params, err := owner.Connection.Convert(given)
	if err != nil {
		return nil, badParameters(plan, err)
	}
	s.run.secrets.note(params, &schema.Field{Type: schema.Object, Members: owner.Connection})
	canonical, err := schema.EncodeJSON(params)
	if err != nil {
		return nil, badParameters(plan, err)
	}
	sum := sha256.Sum256(canonical)
	ref.Params, ref.Key = params, hex.EncodeToString(sum[:])
	s.run.keepFixed(owner, plan, ref)
	return ref, nil
}

// codeConnection is the code of parameters that no connection can be made of.
const codeConnection = "InvalidConnection"

func badParameters(plan *connectionPlan, err error) *connector.Error {
	message := err.Error()
	if plan != nil {
		message = plan.at.String() + ": connection " + plan.name + ": " + message
	}
	return &connector.Error{Code: codeConnection, Class: connector.Invalid, Message: message, Err: err}
}

// addDefaults fills in what the embedder or the command line gives.
func (x *execution) addDefaults(owner *connector.Connector, params map[string]any) {
	for _, key := range []string{owner.Name, owner.Family} {
		for name, v := range x.config.defaultsOf(key) {
			f := owner.Connection.Field(name)
			if f == nil || given(params, f) {
				continue
			}
			params[f.Name] = v
		}
	}
}

func given(params map[string]any, f *schema.Field) bool {
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		if params[name] != nil {
			return true
		}
	}
	return false
}
