package runtime

import (
	"errors"
	"slices"
	"sync"
)

// Enough counts how the branches of a fork end that is over once some of them have
// succeeded, or once too few can. A nil one counts nothing.
type Enough struct {
	need, n int64

	mu     sync.Mutex
	won    []int64 // in the order in which they succeeded
	failed []int64
	over   bool
}

// NewEnough counts for a fork of n branches of which need have to succeed.
func NewEnough(need, n int64) *Enough { return &Enough{need: need, n: n} }

// What a Fork with an Enough returns, and what a branch of it gives that failed and is
// done with.
var (
	ErrEnough       = errors.New("enough branches have succeeded")
	ErrTooFew       = errors.New("too few branches can succeed")
	ErrBranchFailed = errors.New("the branch failed")
)

// Need is how many branches have to succeed; 0 where all have to.
func (e *Enough) Need() int64 {
	if e == nil {
		return 0
	}
	return e.need
}

// Ended is told how a branch ended: by nil where it succeeded, by ErrBranchFailed where
// it failed. It returns ErrEnough or ErrTooFew, once, where the fork is over with that;
// any other error is handed on. A branch that succeeds later has lost.
func (e *Enough) Ended(i int64, err error) error {
	if e == nil || err != nil && !errors.Is(err, ErrBranchFailed) {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.over:
		return nil
	case err == nil:
		e.won = append(e.won, i)
		if e.over = int64(len(e.won)) >= e.need; e.over {
			return ErrEnough
		}
	default:
		e.failed = append(e.failed, i)
		if e.over = e.n-int64(len(e.failed)) < e.need; e.over {
			return ErrTooFew
		}
	}
	return nil
}

// Decide takes over from records how a fork ended: no other branches win, or count as
// failed before that.
func (e *Enough) Decide(ends Ends) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.won, e.failed, e.over = ends.Won, ends.Failed, true
}

// Decided returns what Ended did for the branch that ended a fork, when that is read
// back.
func (e *Enough) Decided(err error) error {
	switch {
	case e == nil:
		return err
	case err == nil:
		return ErrEnough
	case errors.Is(err, ErrBranchFailed):
		return ErrTooFew
	}
	return err
}

// Won returns the branches that have won, in the order in which they succeeded.
func (e *Enough) Won() []int64 {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.won)
}

// Ending says why the branches of a fork stop that was over with an error.
func Ending(err error) Cause {
	if errors.Is(err, ErrEnough) {
		return ByEnough
	}
	return BySibling
}

// Ends are the branches that had ended when a fork was over of which some are enough.
type Ends struct {
	Won    []int64 // in the order in which they succeeded
	Failed []int64 // sorted
}

// mostFailed bounds the failed branches of Ends: more than the first of them nobody is told.
const mostFailed = 1000

// Ends returns those that have ended by now, of many that failed the first.
func (e *Enough) Ends() Ends {
	e.mu.Lock()
	defer e.mu.Unlock()
	failed := slices.Sorted(slices.Values(e.failed))
	return Ends{Won: slices.Clone(e.won), Failed: failed[:min(len(failed), mostFailed)]}
}

// Has reports whether a branch is one of them.
func (e Ends) Has(i int64) bool {
	_, failed := slices.BinarySearch(e.Failed, i)
	return failed || slices.Contains(e.Won, i)
}

// Value is what records hold of them.
func (e Ends) Value() []any { return []any{numbers(e.Won), numbers(e.Failed)} }

func numbers(branches []int64) []any {
	list := make([]any, len(branches))
	for i, branch := range branches {
		list[i] = branch
	}
	return list
}

// EndsOf reads what Value gave.
func EndsOf(v any) (e Ends, ok bool) {
	parts, _ := v.([]any)
	if len(parts) != 2 {
		return e, false
	}
	won, ok := branchesOf(parts[0])
	failed, all := branchesOf(parts[1])
	return Ends{Won: won, Failed: failed}, ok && all
}

func branchesOf(v any) (branches []int64, ok bool) {
	list, ok := v.([]any)
	for _, item := range list {
		branch, isInteger := item.(int64)
		branches, ok = append(branches, branch), ok && isInteger
	}
	return branches, ok
}
