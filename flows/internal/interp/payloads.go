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
		p.payloads.yes = slices.ContainsFunc(p.allPrograms(), func(sub *Program) bool { return anyGivesPayload(sub.Steps, known) })
	})
	return p.payloads.yes
}

func anyGivesPayload(steps []*Step, known map[*connector.Operation]bool) bool {
	for _, st := range steps {
		if call, ok := st.Do.(*CallStep); ok && givesPayload(call.Op, known) {
			return true
		}
		for _, inner := range st.blocks() {
			if anyGivesPayload(inner.steps, known) {
				return true
			}
		}
		if st.Undo != nil && anyGivesPayload(st.Undo.Steps, known) {
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
