package interp

import (
	"context"
	"slices"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/bind"
)

// ConnectionList returns the connections that the program's steps use, without
// opening them.
func (x *Run) ConnectionList(ctx context.Context, inputs map[string]any) ([]report.ConnectionInfo, error) {
	if err := x.Prepare(ctx, inputs); err != nil {
		return nil, err
	}
	l := &connectionLister{ctx: ctx, seen: map[refKey]bool{}}
	l.flow(&x.execution)
	return l.found, nil
}

type connectionLister struct {
	ctx   context.Context //nolint:containedctx // lives as long as one call
	seen  map[refKey]bool
	found []report.ConnectionInfo
}

// flow lists the connections of an execution that does not start.
func (l *connectionLister) flow(x *execution) {
	s := &state{
		run: x, rt: newInProcess(l.ctx, newWorld(x.id)),
		frame: &frame{slots: make([]any, x.program.Slots)}, ctx: x.inputs,
	}
	x.fillRoot(s.frame)
	l.steps(s, x.program.Steps)
}

func (l *connectionLister) steps(s *state, steps []*Step) {
	for _, st := range steps {
		switch do := st.Do.(type) {
		case *CallStep:
			l.call(s, do)
		case *SubFlowStep:
			if do.Program != nil {
				l.flow(s.run.sub(do, s, nil))
			}
		}
		for _, inner := range st.blocks() {
			l.steps(s, inner.steps)
		}
		if st.Undo != nil {
			l.steps(s, st.Undo.Steps)
		}
	}
}

func (l *connectionLister) call(s *state, call *CallStep) {
	if call.Connection == nil {
		return
	}
	s, plan := s.connectionOf(call.Owner, call.Connection)
	if key := (refKey{call.Owner, plan}); !l.seen[key] {
		l.seen[key] = true
		l.found = append(l.found, s.describeConnection(call.Owner, plan))
	}
}

// connectionOf returns the plan that a use stands for, and the flow whose it is:
// a calling flow may have put one of its own in the place.
func (s *state) connectionOf(owner *connector.Connector, use *ConnectionUse) (*state, *ConnectionPlan) {
	if use.Plan != nil && use.Plan.Inline {
		return s, use.Plan
	}
	names := append([]string{owner.Name, owner.Family}, owner.Aliases...)
	if use.Plan != nil {
		names = []string{use.Plan.Name}
	}
	for _, name := range names {
		if other := s.run.overrides[name]; other != nil {
			return s.run.caller.connectionOf(owner, other)
		}
	}
	return s, use.Plan
}

func (s *state) describeConnection(owner *connector.Connector, plan *ConnectionPlan) report.ConnectionInfo {
	info := report.NewConnectionInfo(owner, s.run.secrets.text)
	if plan != nil {
		info.Name, info.Place = plan.Name, plan.At.String()
		if info.Needs = s.unknown(plan); len(info.Needs) > 0 {
			return info
		}
	}
	ref, err := s.evalConnection(owner, plan)
	if err != nil {
		info.Err = s.run.secrets.failure(report.AsRunError(err))
		return info
	}
	info.Key = ref.Key
	info.Request = connector.OpenRequest{Params: ref.Params, RunID: s.run.id, Sandbox: s.run.config.Sandbox}
	return info
}

// unknown returns what a plan refers to that only a run gives.
func (s *state) unknown(plan *ConnectionPlan) []string {
	var names []string
	known := []string{"env", "secrets", "run"}
	if !s.run.inner && (!plan.Inline || !setsCtx(s.run.program.Steps)) {
		known = append(known, "ctx") // is the inputs then
	}
	for _, ref := range refsOf(plan.Params) {
		if name := ref.String(); !slices.Contains(known, ref.Root) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// setsCtx reports whether a step assigns to ctx.
func setsCtx(steps []*Step) bool {
	return slices.ContainsFunc(steps, func(st *Step) bool {
		_, sets := st.Do.(*SetStep)
		return sets || slices.ContainsFunc(st.blocks(), func(inner innerBlock) bool { return setsCtx(inner.steps) })
	})
}

// refsOf returns what a value refers to.
func refsOf(v Value) []bind.Ref {
	switch x := v.(type) {
	case *Binding:
		return x.Program.Refs()
	case ListValue:
		return refsOfAll(x)
	case *MapValue:
		return refsOfAll(x.Items)
	case *DynamicMap:
		return append(refsOfAll(x.Keys), refsOfAll(x.Items)...)
	default:
		return nil
	}
}

func refsOfAll(values []Value) []bind.Ref {
	var refs []bind.Ref
	for _, v := range values {
		refs = append(refs, refsOf(v)...)
	}
	return refs
}
