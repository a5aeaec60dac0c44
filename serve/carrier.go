package serve

import (
	"context"
	"errors"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/late"
)

// Carrier has runs carried by other processes than the server, such as workers of
// Temporal, and keeps what became of them. It is given in place of a journal: the
// server begins runs, waits for them and tells of them.
type Carrier interface {
	// Start begins a run whose name is that of flows.WithRunID. The error is a
	// *journal.ExistsError where there is a run of that name, also one that has ended;
	// a *report.InputError where the inputs do not fit. The end of ctx ends the request
	// alone.
	Start(ctx context.Context, flow *flows.Flow, inputs map[string]any, options ...flows.RunOption) (Carried, error)
	// Attach returns a run that was begun before.
	Attach(ctx context.Context, id string) (Carried, error)
	// Beginning says how a run began, and how it stands: its State is Running until it
	// ends. The error is a *journal.UnknownRunError where there is none.
	Beginning(ctx context.Context, id string) (*journal.Beginning, error)
	// Answer returns what the caller of the route is told that began a run; nil where
	// it has not ended.
	Answer(ctx context.Context, id string) (*flows.Answer, error)
	// Signal gives a run a signal. The error is a *report.SignalError where the run
	// does not take it.
	Signal(ctx context.Context, id, name, key string, values map[string]any) error
	// Cancel has a run stop. The error is a *journal.StateError where it has ended.
	Cancel(ctx context.Context, id string) error
	// Runs lists runs, the latest first.
	Runs(ctx context.Context, filter journal.Filter) ([]journal.Run, error)
	// Ready reports whether the carrier can be reached.
	Ready(ctx context.Context) error
	// Encrypts reports whether secrets reach the carrier encrypted.
	Encrypts() bool
}

// Carried is a run of a Carrier.
type Carried interface {
	// ID returns the name of the run.
	ID() string
	// Wait waits until it has ended. The error is a *journal.InterruptedError where
	// Interrupt let go of it.
	Wait(ctx context.Context) (*flows.Result, error)
	// Cancel has the run stop.
	Cancel()
	// Interrupt lets go of the run, which goes on.
	Interrupt()
	// Signal gives the run a signal.
	Signal(ctx context.Context, name, key string, values map[string]any) error
}

// records is where runs are kept that outlive the process: a journal, or a Carrier.
type records interface {
	// start begins a run. soon says that it may return before the run is kept, since
	// nobody is told its name until Recorded of its handle has returned.
	start(ctx context.Context, flow *flows.Flow, inputs map[string]any, soon bool, options []flows.RunOption) (h handle, rested <-chan struct{}, err error)
	attach(ctx context.Context, id string) (handle, error)
	Beginning(ctx context.Context, id string) (*journal.Beginning, error)
	Answer(ctx context.Context, id string) (*flows.Answer, error)
	signal(ctx context.Context, id, name, key string, values map[string]any) error
	Cancel(ctx context.Context, id string) error
	Runs(ctx context.Context, filter journal.Filter) ([]journal.Run, error)
	ready(ctx context.Context) error
	Encrypts() bool
}

// recordsOf returns where the runs of a server are kept; nil where they end with the
// process.
func recordsOf(c Config) (records, error) {
	switch {
	case c.Journal != nil && c.Carrier != nil:
		return nil, errors.New("a server has a journal or a carrier, and not both")
	case c.Journal != nil:
		return journalRecords{c.Journal, c.Registry}, nil
	case c.Carrier != nil:
		return carrierRecords{c.Carrier}, nil
	}
	return nil, nil //nolint:nilnil // as the comment says
}

// journalRecords are those of a journal.
type journalRecords struct {
	*journal.Journal

	registry *connector.Registry
}

func (j journalRecords) start(ctx context.Context, flow *flows.Flow, inputs map[string]any, soon bool, options []flows.RunOption) (handle, <-chan struct{}, error) {
	begin := j.Start
	if soon {
		begin = j.StartSoon
	}
	h, err := begin(ctx, flow, inputs, options...)
	if err != nil {
		return nil, nil, err //nolint:wrapcheck // it says all
	}
	return h, h.Rested(), nil
}

func (j journalRecords) attach(ctx context.Context, id string) (handle, error) {
	h, err := j.Attach(ctx, id)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	return h, nil
}

func (j journalRecords) signal(ctx context.Context, id, name, key string, values map[string]any) error {
	return j.Signal(ctx, id, j.registry, name, key, values) //nolint:wrapcheck // it says all
}

func (j journalRecords) ready(ctx context.Context) error {
	return j.Ready(ctx) //nolint:wrapcheck // the caller says what was done
}

// carrierRecords are those of a Carrier. A run of it takes no room of this process.
type carrierRecords struct{ Carrier }

// carriedHandle is a run that others carry. What callers are told is asked for when
// it has ended.
type carriedHandle struct{ Carried }

// Answer returns nil: Carrier.Answer has it.
func (carriedHandle) Answer() *flows.Answer { return nil }

// atRest is closed: what others carry does nothing here.
var atRest = late.Value[<-chan struct{}]{Make: func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}}

// startTime is how long the begin of a run of a Carrier may take.
const startTime = 30 * time.Second

func (c carrierRecords) start(ctx context.Context, flow *flows.Flow, inputs map[string]any, _ bool, options []flows.RunOption) (handle, <-chan struct{}, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	h, err := c.Start(ctx, flow, inputs, options...)
	if err != nil {
		return nil, nil, err //nolint:wrapcheck // it says all
	}
	return carriedHandle{h}, atRest.Get(), nil
}

func (c carrierRecords) attach(ctx context.Context, id string) (handle, error) {
	h, err := c.Attach(ctx, id)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	return carriedHandle{h}, nil
}

func (c carrierRecords) signal(ctx context.Context, id, name, key string, values map[string]any) error {
	return c.Signal(ctx, id, name, key, values) //nolint:wrapcheck // it says all
}

func (c carrierRecords) ready(ctx context.Context) error {
	return c.Ready(ctx) //nolint:wrapcheck // the caller says what was done
}
