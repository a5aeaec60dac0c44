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
	failed int64
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

// Need is how many branches have to succeed.
func (e *Enough) Need() int64 { return e.need }

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
		e.failed++
		if e.over = e.n-e.failed < e.need; e.over {
			return ErrTooFew
		}
	}
	return nil
}

// Decide takes over how a fork ended, from records: which branches had won, and that
// no others do. The end of the last one, or of the one with which too few could, is
// still told to Decided.
func (e *Enough) Decide(won []int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.won, e.over = won, true
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

// WinnersValue is what records hold of the branches that have won.
func WinnersValue(won []int64) []any {
	list := make([]any, len(won))
	for i, branch := range won {
		list[i] = branch
	}
	return list
}

// WinnersOf reads what WinnersValue gave.
func WinnersOf(v any) (won []int64, ok bool) {
	list, ok := v.([]any)
	for _, item := range list {
		branch, isInteger := item.(int64)
		won, ok = append(won, branch), ok && isInteger
	}
	return won, ok
}
