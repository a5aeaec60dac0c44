package interp

import (
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// iteration is what one iteration needs, made in one piece.
type iteration struct {
	state state
	frame frame
	few   [4]any // the frame's slots, where these are enough
}

// begin makes an iteration as it is before its first step.
func (l *loop) begin(it *iteration, rt runtime.Runtime, i int64) {
	it.state = l.s.inside(rt, &it.frame, iterationPath(l.path, i))
	it.frame = frame{parent: l.s.frame, depth: l.s.frame.depth + 1}
	if l.c.Slots <= len(it.few) {
		it.frame.slots = it.few[:l.c.Slots]
	} else {
		it.frame.slots = make([]any, l.c.Slots)
	}
	if l.forked {
		it.state.fork = rt
	}
	l.fill(it, i)
}

// fill puts what the iteration is about into its slots.
func (l *loop) fill(it *iteration, i int64) {
	if !l.c.Unread || it.state.run.remote {
		*it.frame.at(l.c.ItemSlot) = l.item(i)
	}
	if l.c.IndexSlot != NoSlot {
		*it.frame.at(l.c.IndexSlot) = i
	}
}

// again makes of an iteration that has ended the next one of the same goroutine. Only
// what steps can have changed is set anew.
func (l *loop) again(it *iteration, i int64) {
	s := &it.state
	s.prefix.nth = i + 1
	s.path, s.name, s.count, s.returned, s.veils = s.prefix, "", 0, nil, nil
	if s.owns {
		l.takeBack(s.ctx)
	} else {
		s.ctx = l.s.ctx
	}
	clear(it.frame.slots)
	l.fill(it, i)
}

// takeBack takes out of an iteration's own ctx what its steps have set.
func (l *loop) takeBack(ctx map[string]any) {
	for _, name := range l.c.Sets {
		if v, ok := l.s.ctx[name]; ok {
			ctx[name] = v
		} else {
			delete(ctx, name)
		}
	}
}

// inTurn returns what runs the iterations that one goroutine runs, one after the other.
func (l *loop) inTurn() branchFunc {
	it := &iteration{}
	return func(rt runtime.Runtime, i int64) error {
		switch {
		case it.state.run == nil:
			l.begin(it, rt, i)
		case l.c.Owes: // an undo may need the one before
			it = &iteration{}
			l.begin(it, rt, i)
		default:
			l.again(it, i)
		}
		return l.runIn(it, rt, i)
	}
}

func (l *loop) spare() *iteration {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.ended)
	if n == 0 {
		return &iteration{}
	}
	it := l.ended[n-1]
	l.ended = l.ended[:n-1]
	return it
}

// end keeps an iteration to be used again, where no undo needs it.
func (l *loop) end(it *iteration) {
	if l.c.Owes {
		return
	}
	*it = iteration{}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = append(l.ended, it)
}

// Run runs one iteration.
func (l *loop) Run(rt runtime.Runtime, i int64) error {
	it := l.spare()
	l.begin(it, rt, i)
	defer l.end(it)
	return l.runIn(it, rt, i)
}

func (l *loop) runIn(it *iteration, rt runtime.Runtime, i int64) error {
	inner := &it.state
	err := inner.block(l.c.Body)
	if err == nil && l.c.Collect != nil {
		err = l.collect(inner, i)
	}
	if l.forked {
		tellEnd(rt, err)
	}
	if err != nil && (l.c.OnError || l.enough != nil) {
		failure, stop := inner.settle(err)
		switch {
		case stop:
			err = failure
		case l.enough != nil:
			l.gather(i, failure)
			l.keepOutcomes(failure)
			return runtime.ErrBranchFailed
		default:
			l.gather(i, failure)
			err = nil
		}
	}
	if l.c.Owes {
		l.keep(i, inner, err)
	}
	return err
}

// keepOutcomes keeps a failure of an item for what came of its undos.
func (l *loop) keepOutcomes(failure *report.RunError) {
	if len(failure.Undone)+len(failure.NotUndone)+len(failure.UndoErrors) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures = append(l.failures, failure)
}

// collect takes what an item gives.
func (l *loop) collect(inner *state, i int64) (err error) {
	if l.enough == nil {
		l.collected[i], err = l.c.Collect.eval(inner)
		return err
	}
	v, err := l.c.Collect.eval(inner)
	if err == nil {
		l.mu.Lock()
		l.gotten[i] = v
		l.mu.Unlock()
	}
	return err
}
