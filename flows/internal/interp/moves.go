package interp

import (
	"strings"

	"github.com/medlar-flow/medlar/flows/past"
)

// maxMoves bounds the moves of a program: one that calls flows many times over can
// have more than anybody needs.
const maxMoves = 1000

// Moves finds the steps with an id that stand elsewhere than in an earlier version of
// the program: in another block, of the same flow, iteration, branch of a parallel,
// undo and finally. whole is false where there are too many.
func (p *Program) Moves(was *Program) (moves *past.Moves, whole bool) {
	m := &moving{called: map[[2]*Program][]past.Move{}}
	list := m.programs(was, p)
	if len(list) > maxMoves {
		return nil, false
	}
	return past.MovesOf(list), true
}

// moving is a Moves under way.
type moving struct {
	list   []past.Move
	called map[[2]*Program][]past.Move // of flows that are called
}

// programs returns the moves of two versions of a flow, below the step that calls it.
func (m *moving) programs(was, now *Program) []past.Move {
	pair := [2]*Program{was, now}
	if known, ok := m.called[pair]; ok {
		return known
	}
	inner := &moving{called: m.called}
	inner.frames(was.Steps, now.Steps, "", "")
	m.called[pair] = inner.list
	return inner.list
}

func (m *moving) add(was, now string) {
	if len(m.list) <= maxMoves {
		m.list = append(m.list, past.Move{Was: was, Now: now})
	}
}

// frames adds the moves of two versions of a list of steps, whose paths begin so.
func (m *moving) frames(wasSteps, nowSteps []*Step, wasBase, nowBase string) {
	was, now := placesOf(wasSteps), placesOf(nowSteps)
	stood := map[*placed]string{} // where a step stood, or would have with those around it
	for _, p := range now.list {
		stood[p] = wasBase + p.step.Rel
		if p.outer != nil {
			stood[p] = stood[p.outer] + strings.TrimPrefix(p.step.Rel, p.outer.step.Rel)
		}
		before := was.find(p)
		if before == nil {
			continue
		}
		wasPath, nowPath := wasBase+before.step.Rel, nowBase+p.step.Rel
		if wasPath != stood[p] {
			stood[p] = wasPath
			m.add(wasPath, nowPath)
		}
		if before.step.Undo != nil && p.step.Undo != nil {
			m.frames(before.step.Undo.Steps, p.step.Undo.Steps, wasPath+"/undo", nowPath+"/undo")
		}
		wasBody, nowBody := before.step.body(), p.step.body()
		if wasBody != nil && nowBody != nil {
			m.frames(wasBody, nowBody, wasPath+"[]", nowPath+"[]")
		}
		m.calls(before.step, p.step, wasPath, nowPath)
	}
}

// calls adds the moves of a flow that a step calls.
func (m *moving) calls(was, now *Step, wasPath, nowPath string) {
	before, called := was.Do.(*SubFlowStep)
	after, stillCalled := now.Do.(*SubFlowStep)
	if !called || !stillCalled || before.Program == nil || after.Program == nil {
		return
	}
	for _, move := range m.programs(before.Program, after.Program) {
		m.add(wasPath+move.Was, nowPath+move.Now)
	}
}

// body returns the steps of each iteration of a loop or a repeat; nil of other steps.
func (st *Step) body() []*Step {
	switch do := st.Do.(type) {
	case *ForEachStep:
		return do.Body
	case *RepeatStep:
		return do.Body
	default:
		return nil
	}
}

// places are the steps of a list and of the blocks in it, but for those of loops,
// called flows and undos: these have paths of their own.
type places struct {
	list  []*placed // outer ones first
	byID  map[string]*placed
	byRel map[string]*placed
	found map[*placed]*placed // what find gave
}

// placed is a step among them.
type placed struct {
	step  *Step
	outer *placed // the step in whose block it stands; nil for none
	block string  // the name of that: "/then"
}

func placesOf(steps []*Step) *places {
	p := &places{byID: map[string]*placed{}, byRel: map[string]*placed{}, found: map[*placed]*placed{}}
	p.add(steps, nil, "")
	return p
}

func (p *places) add(steps []*Step, outer *placed, block string) {
	for _, st := range steps {
		one := &placed{step: st, outer: outer, block: block}
		p.list = append(p.list, one)
		p.byRel[st.Rel] = one
		if st.Id != "" {
			p.byID[st.Id] = one
		}
		for _, inner := range st.blocks() {
			if !inner.frame {
				p.add(inner.steps, one, inner.name)
			}
		}
	}
}

// find returns where a step of another version stands in this one: by its id, and one
// without by its place in its block. It is nil for one that is not there.
func (p *places) find(other *placed) *placed {
	if known, ok := p.found[other]; ok {
		return known
	}
	p.found[other] = p.look(other)
	return p.found[other]
}

func (p *places) look(other *placed) *placed {
	if other.step.Id != "" {
		if one := p.byID[other.step.Id]; one != nil && p.sameStrand(one, other) {
			return one
		}
		return nil
	}
	if other.outer == nil {
		return p.byRel[other.step.Rel]
	}
	outer := p.find(other.outer)
	if outer == nil {
		return nil
	}
	return p.byRel[outer.step.Rel+strings.TrimPrefix(other.step.Rel, other.outer.step.Rel)]
}

// sameStrand reports whether two steps stand in the same branches, and both or neither
// in the same finally.
func (p *places) sameStrand(one, other *placed) bool {
	a, b := one.strand(), other.strand()
	for a != nil && b != nil {
		if a.block != b.block || p.find(b.outer) != a.outer {
			return false
		}
		a, b = a.outer.strand(), b.outer.strand()
	}
	return a == nil && b == nil
}

// strand returns the innermost step, the one itself or one around it, that stands
// directly in a branch of a parallel or in a finally; nil for none.
func (p *placed) strand() *placed {
	for ; p != nil && p.outer != nil; p = p.outer {
		if _, parallel := p.outer.step.Do.(*ParallelStep); parallel || p.block == "/finally" {
			return p
		}
	}
	return nil
}
