package journal

import (
	"errors"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// sameEnough reads on where a fork is over with as many of as many branches as it was before.
// Who has won, and what was undone for that, is not made anew.
func (f *fork) sameEnough(n int64) error {
	need, rd := f.enough.Need(), f.outer.run.reading
	switch {
	case rd == nil || rd.trail == nil:
		return nil
	case f.seen != nil:
		f.seen.need, f.seen.of = need, n
		return nil
	case f.before == nil:
		return nil
	case f.open:
		if rec := f.outer.scope.next(f.path, kindFold); rec != nil && rec.operation == f.was && need != f.before.need {
			return f.outer.otherwise(f.path, "%s are one record, which is kept only where as many items are enough as before", foldPath(rec))
		}
		return nil
	}
	switch was := f.before; {
	case was.need == need && (need == 0 || was.of == n):
		return nil
	case was.need == 0:
		return f.outer.otherwise(f.path, "all of its %d branches or items had to succeed, and %d are enough with what is changed", was.of, need)
	case need == 0:
		return f.outer.otherwise(f.path, "%d of its %d branches or items were enough, and all have to succeed with what is changed", was.need, was.of)
	default:
		return f.outer.otherwise(f.path, "%d of its %d branches or items were enough, and %d of %d are with what is changed", was.need, was.of, need, n)
	}
}

// endsText encodes, for the record of how a fork ended of which some branches are
// enough, those that had ended by then. f.mu is held.
func (f *fork) endsText() []byte {
	if f.enough == nil {
		return nil
	}
	text, err := wire.Encode(f.enough.Ends().Value())
	if err != nil {
		f.outer.run.halt(err)
	}
	return text
}

// readEnds reads that back: who had won or failed has, and nobody else does.
func (f *fork) readEnds() error {
	if f.enough == nil || len(f.join.body) == 0 {
		return nil
	}
	v, err := f.outer.run.body(f.join)
	if err == nil {
		var ok bool
		if f.ends, ok = runtime.EndsOf(v); !ok {
			err = errors.New("it says of no branches how they ended")
		}
	}
	if err != nil {
		return f.outer.run.unread(f.join, err)
	}
	f.enough.Decide(f.ends)
	return nil
}
