package temporal

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// The search attributes, of type Keyword. They hold no values of a run.
var (
	flowAttribute  = temporal.NewSearchAttributeKeyKeyword("MedlarFlow")
	stateAttribute = temporal.NewSearchAttributeKeyKeyword("MedlarState")
)

// The values of MedlarState beside those of runtime.EndState.
const (
	stateRunning   = "running"
	stateNotUndone = "notUndone" // failed, or canceled, and not all of it was undone
)

// tell says how the run ended, where the server knows the attribute.
func (r *run) tell(ctx workflow.Context, err error) {
	if !r.start.attributes || r.target != "" {
		return
	}
	state := runtime.EndState(err)
	if err != nil {
		if e := report.AsRunError(err); len(e.NotUndone)+len(e.UndoErrors) > 0 {
			state = stateNotUndone
		}
	}
	_ = workflow.UpsertTypedSearchAttributes(ctx, stateAttribute.ValueSet(state)) // the state is for people who look
}
