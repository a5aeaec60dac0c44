package interp

import (
	"slices"
	"sync"

	"github.com/medlar-flow/medlar/connector"
)

// payloadUse is what is known of a program, once somebody asked.
type payloadUse struct {
	once sync.Once
	yes  bool
}

// givesPayloads reports whether an operation that the program calls, or one of
// the flows that it calls, can answer with a *value.Payload. In other runs
// nobody looks for them.
func (p *Program) givesPayloads() bool {
	p.payloads.once.Do(func() {
		known := map[*connector.Operation]bool{}
		p.payloads.yes = p.callsAny(func(c *CallStep) bool { return givesPayload(c.Op, known) })
	})
	return p.payloads.yes
}

// callsAny reports whether a call of the program, or of one that it calls, is such.
func (p *Program) callsAny(is func(c *CallStep) bool) bool {
	return slices.ContainsFunc(p.allPrograms(), func(sub *Program) bool { return anyCall(sub.Steps, is) })
}

func anyCall(steps []*Step, is func(c *CallStep) bool) bool {
	for _, st := range steps {
		if call, ok := st.Do.(*CallStep); ok && is(call) {
			return true
		}
		for _, inner := range st.blocks() {
			if anyCall(inner.steps, is) {
				return true
			}
		}
		if st.Undo != nil && anyCall(st.Undo.Steps, is) {
			return true
		}
	}
	return false
}

// givesPayload asks each operation once. One that does not describe its result
// may give anything.
func givesPayload(op *connector.Operation, known map[*connector.Operation]bool) bool {
	yes, ok := known[op]
	if !ok {
		yes = op.Describe == nil || op.Result().HoldsPayload()
		known[op] = yes
	}
	return yes
}
