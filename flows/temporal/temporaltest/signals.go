package temporaltest

import (
	"encoding/json"
	"strconv"
	"time"

	"go.temporal.io/sdk/testsuite"

	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/internal/value"
)

// giver gives a run its signals, over all the workflows that continue each other.
type giver struct {
	start   time.Time
	signals []Signal
	done    []bool
}

func newGiver(start time.Time, signals []Signal) *giver {
	return &giver{start: start, signals: signals, done: make([]bool, len(signals))}
}

// schedule gives the signals that are left to a workflow whose clock begins at a
// time.
func (g *giver) schedule(env *testsuite.TestWorkflowEnvironment, begin time.Time) {
	for i, s := range g.signals {
		if g.done[i] {
			continue
		}
		env.RegisterDelayedCallback(func() {
			g.done[i] = true
			text, err := value.EncodeJSON(map[string]any{"signal": s.Name, "key": s.Key, "with": s.Values})
			switch {
			case err != nil:
				panic(err) // a mistake in a test
			case s.Answer == nil:
				env.SignalWorkflow(temporal.SignalName, json.RawMessage(text))
			default:
				env.UpdateWorkflow(temporal.SignalName, strconv.Itoa(i), &answer{s}, json.RawMessage(text))
			}
		}, max(time.Millisecond, g.start.Add(s.After).Sub(begin)))
	}
}

// answer hands on what came of an update.
type answer struct{ s Signal }

// Accept, Reject and Complete are called by the environment.
func (*answer) Accept() {}

func (a *answer) Reject(err error) { a.s.Answer(temporal.ReadSignalError("", a.s.Name, a.s.Key, err)) }

func (a *answer) Complete(_ any, err error) {
	a.s.Answer(temporal.ReadSignalError("", a.s.Name, a.s.Key, err))
}
