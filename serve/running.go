package serve

import (
	"context"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// handle is a run under way: of a journal, or of this process alone.
type handle interface {
	ID() string
	Wait(ctx context.Context) (*flows.Result, error)
	Cancel()
	Interrupt()
	Answer() *flows.Answer
	Signal(ctx context.Context, name, key string, values map[string]any) error
}

// running is a run that callers wait for, or have waited for.
type running struct {
	id     string
	digest []byte
	route  *route // nil for one that no route of this server began
	// own is true where the server made the name, for a request that nobody can send again.
	own bool
	// named is true where it is known by what its event says, so that it may have begun.
	named bool
	// version is that of the flow that the run began with; to be read once it has begun.
	version string
	// flow and trigger name the trigger where route is nil; started is when the run
	// began, and elsewhere is true where another process carries it.
	flow, trigger string
	started       time.Time
	elsewhere     bool
	// begun is closed when the run has begun, or could not; problem says why not.
	begun   chan struct{}
	problem *report.Problem
	handle  handle // runs.handleOf gives it to others than those who begin and follow the run

	// done is closed when the run has ended, or was put down; answer is nil then
	// where it goes on elsewhere.
	done   chan struct{}
	answer *flows.Answer
	err    error
	ended  time.Time
	state  journal.State // of a run without a journal, and of one that an event of a source began
	taken  []string      // signals, by their hashes; without a journal
	// rested is closed when the run only waits for the first time; nil for one of
	// another process.
	rested <-chan struct{}
	before bool // it had ended when an event found it
	// callers counts the agents that wait for the run; runs.mu is for it.
	callers int
}

// names are those of the flow and of the trigger that began the run.
func (g *running) names() (flow, trigger string) {
	if g.route == nil {
		return g.flow, g.trigger
	}
	return g.route.served.Flow.Name(), g.route.trigger.Name
}

// known takes what the journal has of the beginning of the run.
func (g *running) known(b *journal.Beginning) {
	g.version, g.flow, g.trigger, g.started = b.Version, b.Flow, b.Trigger, b.Started
}

// isFed reports whether an event of a source began the run, so that nobody asks for
// an answer.
func (g *running) isFed() bool { return g.route != nil && g.route.trigger.Source != "" }

func stateOf(err error) journal.State {
	switch {
	case err == nil:
		return journal.Done
	case report.AsRunError(err).Class == connector.ClassCanceled:
		return journal.Canceled
	}
	return journal.Failed
}
