package interp

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// maxCollected bounds the items of a loop that collects.
const maxCollected = 10_000_000

func (c *ForEachStep) run(s *state, st *Step, path stepPath) (any, error) {
	n, item, err := c.source(s)
	if err != nil {
		return nil, err
	}
	limit, err := c.limit(s)
	if err != nil {
		return nil, err
	}
	if c.Collect != nil && c.Enough == nil && n > maxCollected {
		return nil, &connector.Error{
			Code: "TooManyItems", Class: connector.ClassInvalid,
			Message: fmt.Sprintf("%s: the loop collects from %d items, %d are possible", c.At, n, maxCollected),
		}
	}
	enough, err := s.enough(c.Enough, n, "items")
	if err != nil {
		return nil, err
	}
	name := path.String()
	if s.run.listening {
		s.emit(&report.Event{Type: report.StepProgress, Step: name, Verb: st.Verb, Items: n})
	}
	s.share()
	loop := &loop{c: c, s: s, path: name, item: item, forked: n > 1 && (limit > 1 || divided(s.rt, name))}
	switch {
	case enough != nil:
		loop.enough, loop.gotten = enough, map[int64]any{}
	case c.Collect != nil:
		loop.collected = make([]any, n)
	}
	var first error
	err = s.bounded(st, path, func() error {
		first = loop.fork(s.rt, name, n, limit, enough)
		switch {
		case errors.Is(first, runtime.ErrEnough):
			return nil
		case errors.Is(first, runtime.ErrTooFew):
			return loop.tooFew(n)
		}
		return first
	})
	if errors.Is(first, runtime.ErrEnough) {
		return loop.settleEnough()
	}
	loop.handOver(n)
	s.keepUndoErrors(first, loop.failures)
	if err != nil {
		return nil, err
	}
	if err := bounded("the list that the loop collects", "", loop.collected); err != nil {
		return nil, err
	}
	return loop.result(n), nil
}

// divided reports whether a runtime takes the items for branches though they go one
// by one.
func divided(rt runtime.Runtime, path string) bool {
	d, ok := rt.(runtime.LoopDivider)
	return ok && d.Divided(path)
}

// result is what the step gives: the collected list, or the number of items,
// with the errors beside it where they are gathered.
func (l *loop) result(n int64) any {
	var items any = n
	if l.c.Collect != nil {
		items = l.collected
	}
	if !l.c.OnError {
		return items
	}
	return map[string]any{"items": items, "errors": l.errorValues()}
}

// errorValues are the failures that were gathered, as flows see them.
func (l *loop) errorValues() []any {
	l.sortErrors()
	errs := make([]any, len(l.errors))
	for i, e := range l.errors {
		errs[i] = map[string]any{"index": e.index, "error": e.failure.Value()}
	}
	return errs
}

// itemError is the failure of one iteration.
type itemError struct {
	index   int64
	failure *report.RunError
}

// maxErrors bounds the errors that a loop gathers.
const maxErrors = 1000

// source returns the number of items and the way to each.
func (c *ForEachStep) source(s *state) (int64, func(int64) any, error) {
	if c.Ranged != nil {
		return c.rangeSource(s)
	}
	v, err := c.Items.eval(s)
	if err != nil {
		return 0, nil, err
	}
	if p, ok := v.(*value.Payload); ok {
		v = p.Value()
	}
	switch x := v.(type) {
	case nil:
		return 0, nil, nil
	case []any:
		return int64(len(x)), func(i int64) any { return x[i] }, nil
	case map[string]any:
		keys := value.SortedKeys(x)
		return int64(len(keys)), func(i int64) any {
			return map[string]any{"key": keys[i], "value": x[keys[i]]}
		}, nil
	default:
		return 0, nil, &connector.Error{
			Code: "NotAList", Class: connector.ClassInvalid,
			Message: fmt.Sprintf("%s: forEach takes a list or a map, it was given %s", c.At, kindOf(v)),
		}
	}
}

func (c *ForEachStep) rangeSource(s *state) (int64, func(int64) any, error) {
	fromOf, toOf, _ := c.Ranged.Range()
	from, err := fromOf(s)
	if err != nil {
		return 0, nil, s.evalError(c.At, err)
	}
	to, err := toOf(s)
	if err != nil {
		return 0, nil, s.evalError(c.At, err)
	}
	if to < from {
		return 0, nil, nil
	}
	if uint64(to)-uint64(from) >= math.MaxInt64 {
		return 0, nil, &connector.Error{Code: "TooManyItems", Class: connector.ClassInvalid, Message: c.At.String() + ": the range is too large"}
	}
	return to - from + 1, func(i int64) any { return from + i }, nil
}

func (c *ForEachStep) limit(s *state) (int, error) {
	if c.Concurrency == nil {
		return 1, nil
	}
	v, err := c.Concurrency.eval(s)
	if err == nil {
		v, err = fields.ConcurrencyField.Convert(v)
	}
	n, ok := v.(int64)
	if err != nil {
		return 0, &connector.Error{Code: "InvalidConcurrency", Class: connector.ClassInvalid, Message: "concurrency: " + err.Error(), Err: err}
	}
	if !ok {
		return 1, nil
	}
	return int(n), nil
}

// loop is a running forEach.
type loop struct {
	c         *ForEachStep
	s         *state
	path      string
	item      func(int64) any
	collected []any
	forked    bool
	enough    *runtime.Enough // nil where all items have to succeed
	gotten    map[int64]any   // what items gave, where some are enough

	mu       sync.Mutex
	ended    []*iteration
	errors   []itemError
	failures []error
	owed     map[int64][]pendingUndo
	outcomes state // what came of undos in iterations
	// kept are the iterations that leave more than a value, failed the failures
	// that were gathered; for a runtime that asks for what is left.
	kept   map[int64]bool
	failed map[int64]*report.RunError
}

func (l *loop) gather(i int64, failure *report.RunError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errors = append(l.errors, itemError{i, failure})
	if l.failed != nil {
		l.failed[i] = failure
	}
	if len(l.errors) == 2*maxErrors {
		l.sortErrors()
	}
}

// sortErrors keeps the errors of the first items, whichever were faster.
func (l *loop) sortErrors() {
	slices.SortFunc(l.errors, func(a, b itemError) int { return cmp.Compare(a.index, b.index) })
	if len(l.errors) > maxErrors {
		clear(l.errors[maxErrors:])
		l.errors = l.errors[:maxErrors]
	}
}

func (l *loop) keep(i int64, inner *state, err error) {
	if len(inner.pendingUndos)+len(inner.notUndone)+len(inner.undone)+len(inner.undoErrors) == 0 && err == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept != nil {
		l.kept[i] = true
	}
	if err != nil {
		l.failures = append(l.failures, err)
	}
	if l.owed == nil {
		l.owed = map[int64][]pendingUndo{}
	}
	l.owed[i] = inner.pendingUndos
	l.outcomes.takeOutcomes(inner)
}

// handOver gives the iterations' undos to the surrounding block, in the order
// of the items.
func (l *loop) handOver(n int64) {
	l.s.takeOutcomes(&l.outcomes)
	if len(l.owed) == 0 {
		return
	}
	for i := range n {
		l.s.pendingUndos = append(l.s.pendingUndos, l.owed[i]...)
	}
}
