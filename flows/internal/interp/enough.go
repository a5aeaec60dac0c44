package interp

import (
	"fmt"
	"maps"
	"slices"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// enough evaluates how many of n branches have to succeed, and begins to count them; nil
// where all have to.
func (s *state) enough(v Value, n int64, kind string) (*runtime.Enough, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // nothing counts
	}
	raw, err := v.eval(s)
	if err == nil {
		raw, err = fields.EnoughField.Convert(raw)
	}
	need, ok := raw.(int64)
	switch {
	case err != nil:
		return nil, s.unfit(&connector.Error{Code: "InvalidEnough", Class: connector.ClassInvalid, Message: "enough: " + err.Error(), Err: err}, v, "enough")
	case !ok:
		return nil, &connector.Error{Code: "InvalidEnough", Class: connector.ClassInvalid, Message: "enough: expected how many have to succeed, found null"}
	case need > n:
		return nil, notEnough(need, 0, n, kind, nil)
	}
	return runtime.NewEnough(need, n), nil
}

// settleEnough takes over the branches that have won, undoes the others, and returns what
// the step gives.
func (c *ParallelStep) settleEnough(s *state, won []int64, states []*state, failures []error, settled []*report.RunError) (any, error) {
	winners := make([]*state, len(states))
	names := make([]any, 0, len(won))
	for i := range states {
		if slices.Contains(won, int64(i)) {
			winners[i] = states[i]
			names = append(names, c.Branches[i].Name)
		}
	}
	s.joinBranches(c, winners)
	s.keepUndoErrors(nil, failures)
	for i, lost := range slices.Backward(states) {
		if lost == nil || winners[i] != nil {
			continue
		}
		if failure := s.undoLost(lost); settled[i] == nil {
			settled[i] = failure
		}
		s.frame.clear(c.Branches[i].Slots)
	}
	if s.run.interrupted() {
		return nil, runtime.StoppedError(runtime.ByShutdown) // something may not be undone
	}
	return map[string]any{"won": names, "errors": c.errorValues(settled)}, nil
}

// undoLost undoes what a branch or an item did that has lost. It returns a failure where
// something stays that was not undone; that is taken over, too.
func (s *state) undoLost(lost *state) *report.RunError {
	inner := s.inside(s.rt, s.frame, s.prefix)
	inner.takeOver(lost)
	failure := inner.undoAll(report.AsRunError(runtime.StoppedError(runtime.ByEnough)))
	s.undone = append(s.undone, failure.Undone...)
	s.notUndone = append(s.notUndone, failure.NotUndone...)
	s.undoErrors = append(s.undoErrors, failure.UndoErrors...)
	if len(failure.NotUndone) == 0 {
		return nil
	}
	return failure
}

// tooFew is the failure of a step of which too few branches can succeed.
func (c *ParallelStep) tooFew(enough *runtime.Enough, settled []*report.RunError) error {
	failure := notEnough(enough.Need(), int64(len(enough.Won())), int64(len(settled)), "branches", map[string]any{"errors": c.errorValues(settled)})
	return causedByAll(failure, slices.DeleteFunc(slices.Clone(settled), func(e *report.RunError) bool { return e == nil }))
}

// causedByAll gives the failure of a step those of its branches as causes: its class is
// theirs where they have the same, and it may be that one of them happened.
func causedByAll(failure *report.RunError, list []*report.RunError) *report.RunError {
	for i, one := range list {
		switch {
		case i == 0:
			failure.Cause, failure.Class = one, one.Class
		case one.Class != failure.Class:
			failure.Class = connector.ClassFailed
		}
		if one.Outcome == connector.OutcomeUnknown {
			failure.Outcome = one.Outcome
		}
	}
	return failure
}

// notEnough is the failure of a step of which too few branches or items can succeed.
func notEnough(need, won, n int64, kind string, details map[string]any) *report.RunError {
	all := map[string]any{"needed": need, "succeeded": won}
	maps.Copy(all, details)
	return &report.RunError{Failure: report.Failure{
		Code: "NotEnough", Class: connector.ClassFailed, Details: all,
		Message: fmt.Sprintf("%d of %d %s have to succeed, and no more than %d can", need, n, kind, min(n, need-1)),
	}}
}

// settleEnough takes over what the items owe that have won, undoes the others, and
// returns what the step gives.
func (l *loop) settleEnough() (any, error) {
	s, won := l.s, l.enough.Won()
	slices.Sort(won)
	s.takeOutcomes(&l.outcomes)
	s.keepUndoErrors(nil, l.failures)
	for _, i := range won {
		s.pendingUndos = append(s.pendingUndos, l.owed[i]...)
		delete(l.owed, i)
	}
	for _, i := range slices.Backward(slices.Sorted(maps.Keys(l.owed))) {
		if failure := s.undoLost(&state{pendingUndos: l.owed[i]}); failure != nil && !l.hasFailed(i) {
			l.gather(i, failure)
		}
	}
	if s.run.interrupted() {
		return nil, runtime.StoppedError(runtime.ByShutdown) // something may not be undone
	}
	var items any = int64(len(won))
	indices, list := make([]any, len(won)), make([]any, len(won))
	for k, i := range won {
		indices[k], list[k] = i, l.gotten[i]
	}
	if l.c.Collect != nil {
		if err := bounded("the list that the loop collects", "", list); err != nil {
			return nil, err
		}
		items = list
	}
	return map[string]any{"items": items, "won": indices, "errors": l.errorValues()}, nil
}

// hasFailed reports whether the failure of an item was gathered.
func (l *loop) hasFailed(i int64) bool {
	return slices.ContainsFunc(l.errors, func(e itemError) bool { return e.index == i })
}

// tooFew is the failure of a loop of which too few items can succeed.
func (l *loop) tooFew(n int64) error {
	failure := notEnough(l.enough.Need(), int64(len(l.enough.Won())), n, "items", map[string]any{"errors": l.errorValues()})
	list := make([]*report.RunError, len(l.errors))
	for i, e := range l.errors {
		list[i] = e.failure
	}
	return causedByAll(failure, list)
}
