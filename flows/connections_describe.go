package flows

import (
	"context"
	"slices"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/bind"
)

// connectionList returns the connections that the program's steps use, without
// opening them.
func (x *launch) connectionList(ctx context.Context, inputs map[string]any) ([]ConnectionInfo, error) {
	if err := x.prepare(ctx, inputs); err != nil {
		return nil, err
	}
	l := &connectionLister{ctx: ctx, seen: map[refKey]bool{}}
	l.flow(&x.execution)
	return l.found, nil
}

type connectionLister struct {
	ctx   context.Context //nolint:containedctx // lives as long as one call
	seen  map[refKey]bool
	found []ConnectionInfo
}

// flow lists the connections of an execution that does not start.
func (l *connectionLister) flow(x *execution) {
	s := &state{
		run: x, rt: newInProcess(l.ctx, &world{seed: x.id}),
		frame: &frame{slots: make([]any, x.program.slots)}, ctx: x.inputs,
	}
	x.fillRoot(s.frame)
	l.steps(s, x.program.steps)
}

func (l *connectionLister) steps(s *state, steps []*step) {
	for _, st := range steps {
		switch do := st.do.(type) {
		case *callStep:
			l.call(s, do)
		case *subFlowStep:
			if do.program != nil {
				l.flow(s.run.sub(do, s, nil))
			}
		}
		for _, inner := range st.blocks() {
			l.steps(s, inner.steps)
		}
		if st.undo != nil {
			l.steps(s, st.undo.steps)
		}
	}
}

func (l *connectionLister) call(s *state, call *callStep) {
	if call.connection == nil {
		return
	}
	s, plan := s.connectionOf(call.owner, call.connection)
	if key := (refKey{call.owner, plan}); !l.seen[key] {
		l.seen[key] = true
		l.found = append(l.found, s.describeConnection(call.owner, plan))
	}
}

// connectionOf gives the plan that a use stands for, and the flow whose it is:
// a calling flow may have put one of its own in the place.
func (s *state) connectionOf(owner *connector.Connector, use *connectionUse) (*state, *connectionPlan) {
	if use.plan != nil && use.plan.inline {
		return s, use.plan
	}
	names := append([]string{owner.Name, owner.Family}, owner.Aliases...)
	if use.plan != nil {
		names = []string{use.plan.name}
	}
	for _, name := range names {
		if other := s.run.overrides[name]; other != nil {
			return s.run.caller.connectionOf(owner, other)
		}
	}
	return s, use.plan
}

func (s *state) describeConnection(owner *connector.Connector, plan *connectionPlan) ConnectionInfo {
	info := NewConnectionInfo(owner, s.run.secrets.text)
	if plan != nil {
		info.Name, info.Place = plan.name, plan.at.String()
		if info.Needs = s.unknown(plan); len(info.Needs) > 0 {
			return info
		}
	}
	ref, err := s.evalConnection(owner, plan)
	if err != nil {
		info.Err = s.run.secrets.failure(connector.AsError(err))
		return info
	}
	info.Key = ref.Key
	info.Request = connector.OpenRequest{Params: ref.Params, RunID: s.run.id, Sandbox: s.run.config.sandbox}
	return info
}

// unknown gives what a plan refers to that only a run gives.
func (s *state) unknown(plan *connectionPlan) []string {
	var names []string
	known := []string{"env", "secrets", "run"}
	if !s.run.inner && (!plan.inline || !setsCtx(s.run.program.steps)) {
		known = append(known, "ctx") // is the inputs then
	}
	for _, ref := range refsOf(plan.params) {
		if name := ref.String(); !slices.Contains(known, ref.Root) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// setsCtx is true if a step assigns to ctx.
func setsCtx(steps []*step) bool {
	return slices.ContainsFunc(steps, func(st *step) bool {
		_, sets := st.do.(*setStep)
		return sets || slices.ContainsFunc(st.blocks(), func(inner innerBlock) bool { return setsCtx(inner.steps) })
	})
}

// refsOf gives what a value refers to.
func refsOf(v value) []bind.Ref {
	switch x := v.(type) {
	case *binding:
		return x.program.Refs()
	case listValue:
		return refsOfAll(x)
	case *mapValue:
		return refsOfAll(x.items)
	case *dynamicMap:
		return append(refsOfAll(x.keys), refsOfAll(x.items)...)
	default:
		return nil
	}
}

func refsOfAll(values []value) []bind.Ref {
	var refs []bind.Ref
	for _, v := range values {
		refs = append(refs, refsOf(v)...)
	}
	return refs
}
