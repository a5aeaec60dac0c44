package flows

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

// givesPayloads is true where an operation that the program calls, or one of
// the flows that it calls, can answer with a *schema.Payload. In other runs
// nobody looks for them.
func (p *program) givesPayloads() bool {
	p.payloads.once.Do(func() {
		known := map[*connector.Operation]bool{}
		p.payloads.yes = slices.ContainsFunc(p.all(), func(sub *program) bool { return anyGivesPayload(sub.steps, known) })
	})
	return p.payloads.yes
}

func anyGivesPayload(steps []*step, known map[*connector.Operation]bool) bool {
	for _, st := range steps {
		if call, ok := st.do.(*callStep); ok && givesPayload(call.op, known) {
			return true
		}
		for _, inner := range st.blocks() {
			if anyGivesPayload(inner.steps, known) {
				return true
			}
		}
		if st.undo != nil && anyGivesPayload(st.undo.steps, known) {
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
