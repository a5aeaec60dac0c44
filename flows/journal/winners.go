package journal

import (
	"errors"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// winnersText encodes, for the record of how a fork ended of which some branches are
// enough, those that have won. f.mu is held.
func (f *fork) winnersText() []byte {
	if f.enough == nil {
		return nil
	}
	text, err := wire.Encode(runtime.WinnersValue(f.enough.Won()))
	if err != nil {
		f.outer.run.halt(err)
	}
	return text
}

// readWinners reads that back: who had won stays so, and nobody else does.
func (f *fork) readWinners() error {
	if f.enough == nil || len(f.join.body) == 0 {
		return nil
	}
	v, err := f.outer.run.body(f.join)
	if err == nil {
		var ok bool
		if f.winners, ok = runtime.WinnersOf(v); !ok {
			err = errors.New("it is no list of branches")
		}
	}
	if err != nil {
		return f.outer.run.unread(f.join, err)
	}
	f.enough.Decide(f.winners)
	return nil
}
