package interp

import (
	"sync"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// lent are the answers of a run in process whose memory serves others when the run has
// ended well. Nobody has them then but the run: operations that keep what they are given
// have made the payloads say so, as has everybody who took bytes out of one.
type lent struct {
	mu      sync.Mutex
	answers []*value.Payload // in no array: most runs have none, and are smaller so
	stopped bool
}

// mostLent is how many answers a run keeps for that, which it may have let go before.
const mostLent = 6

func (l *lent) add(p *value.Payload) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.answers) < mostLent {
		l.answers = append(l.answers, p)
	}
}

// stop says that nothing of the run is given back: something may go on behind it, or
// somebody may have seen a part of it.
func (l *lent) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
}

// giveBack gives the memory back, cleared where that is asked for.
func (l *lent) giveBack(cleared bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return
	}
	for _, p := range l.answers {
		p.GiveBack(cleared)
	}
	l.answers = nil
}

// lendParams has payloads say that somebody may keep them, where they are given to an
// operation that does not promise otherwise.
func (c *CallStep) lendParams(s *state, params map[string]any) {
	if s.run.payloads && !c.planned().lends {
		value.Keep(params)
	}
}

// lendResult keeps the answers of a call whose memory is lent for the end of the run.
func (c *CallStep) lendResult(s *state, result any) {
	names := c.planned().answers
	if len(names) == 0 {
		return
	}
	rt, ok := s.rt.(*inProcess)
	if !ok || rt.watch != nil {
		return
	}
	members, _ := result.(map[string]any)
	for _, name := range names {
		if p, ok := members[name].(*value.Payload); ok && p.IsLent() {
			rt.lent.add(p)
		}
	}
}

// payloadsOf names the members of a result that can be payloads.
func payloadsOf(f *schema.Field) (names []string) {
	for _, member := range f.Members.Fields() {
		if member.Payload {
			names = append(names, member.Name)
		}
	}
	return names
}
