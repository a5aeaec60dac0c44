package journal

import (
	"errors"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

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
