package interp

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// connectionRef returns the connection of a call, or nil where it needs none.
func (s *state) connectionRef(call *CallStep) (*runtime.ConnectionRef, error) {
	use := call.Connection
	if use == nil {
		return nil, nil
	}
	if use.Plan != nil && use.Plan.Inline {
		if ref := s.run.fixedRef(call.Owner, use.Plan); ref != nil {
			return ref, nil
		}
		return s.evalConnection(call.Owner, use.Plan)
	}
	return s.declaredRef(call.Owner, use)
}

// declaredRef returns a connection of the header, or the default one. The flow
// that runs this one may have put one of its own in its place.
func (s *state) declaredRef(owner *connector.Connector, use *ConnectionUse) (*runtime.ConnectionRef, error) {
	if s.run.overrides != nil {
		names := append([]string{owner.Name, owner.Family}, owner.Aliases...)
		if use.Plan != nil {
			names = []string{use.Plan.Name}
		}
		for _, name := range names {
			if other := s.run.overrides[name]; other != nil {
				return s.run.caller.declaredRef(owner, other)
			}
		}
	}
	return s.run.headerRef(owner, use.Plan, s)
}

// refKey is a declared connection as one connector uses it.
type refKey struct {
	owner *connector.Connector
	plan  *ConnectionPlan
}

type refEntry struct {
	once sync.Once
	ref  *runtime.ConnectionRef
	err  error
}

// headerRef evaluates a connection of the header at its first use in the run.
func (x *execution) headerRef(owner *connector.Connector, plan *ConnectionPlan, s *state) (*runtime.ConnectionRef, error) {
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
			header.path.rel = "/" + plan.Name
		}
		entry.ref, entry.err = header.evalConnection(owner, plan)
	})
	return entry.ref, entry.err
}

func (s *state) evalConnection(owner *connector.Connector, plan *ConnectionPlan) (*runtime.ConnectionRef, error) {
	ref := &runtime.ConnectionRef{Pass: plan.pass(s.run.program.Registry)}
	given := map[string]any{}
	if plan != nil {
		ref.Name = plan.Name
		v, err := plan.Params.eval(s)
		if err != nil {
			return nil, err
		}
		given = maps.Clone(v.(map[string]any))
		field := &schema.Field{Type: schema.Object, Members: owner.Connection}
		if path, from := nullIn(plan.Params, field, given, true); path != "" {
			return nil, badParameters(plan, nullError(path, from))
		}
	}
	s.run.addDefaults(owner, given)
	params, err := owner.Connection.Convert(given)
	if err != nil {
		if plan != nil {
			err = s.redacted(err, Taint(plan.Params, &schema.Field{Type: schema.Object, Members: owner.Connection}))
		}
		return nil, badParameters(plan, err)
	}
	s.run.secrets.note(params, &schema.Field{Type: schema.Object, Members: owner.Connection})
	if s.run.payloads {
		value.Keep(params)
	}
	if ref.Key, err = ConnectionKey(params); err != nil {
		return nil, badParameters(plan, err)
	}
	if ref.Circuit, err = plan.circuit(s.run.program.Registry, owner, params); err != nil {
		return nil, badParameters(plan, err)
	}
	ref.Params = params
	s.run.keepFixed(owner, plan, ref)
	return ref, nil
}

// ConnectionKey returns what is equal for equal parameters only, and tells
// nothing of them.
func ConnectionKey(params map[string]any) (string, error) {
	canonical, err := value.EncodeJSON(params)
	if err != nil {
		return "", err //nolint:wrapcheck // the caller says of what
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

// codeConnection is the code of parameters that no connection can be made of.
const codeConnection = "InvalidConnection"

func badParameters(plan *ConnectionPlan, err error) *connector.Error {
	message := err.Error()
	if plan != nil {
		message = plan.At.String() + ": connection " + plan.Name + ": " + message
	}
	return &connector.Error{Code: codeConnection, Class: connector.ClassInvalid, Message: message, Err: err}
}

// addDefaults fills in what the embedder or the command line gives.
func (x *execution) addDefaults(owner *connector.Connector, params map[string]any) {
	for _, key := range []string{owner.Name, owner.Family} {
		for name, v := range x.config.DefaultsOf(key) {
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
