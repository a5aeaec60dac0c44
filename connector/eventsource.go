package connector

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/schema"
)

// EventSource makes events that begin runs of flows that are served: messages of
// a queue, files of a folder. A flow names it under triggers, as it names http and
// schedule, which are the server's own:
//
//	triggers:
//	  - sqs: {queue: orders, concurrency: 4}
//
// It does not change once it is in a registry. See [Registry.WithEventSources].
type EventSource struct {
	// Name is the key of the trigger: "sqs".
	Name string
	// Summary is one sentence for lists.
	Summary string
	// Params are what stands under the key. The server adds concurrency, how many
	// runs of the trigger are under way at most.
	Params *schema.Schema
	// Main is the parameter that a text in the place of the parameters stands for;
	// empty for none.
	Main string
	// Event is the name by which expressions see an event: "message".
	Event string
	// Value is the type of an event's value, an object.
	Value *schema.Schema
	// Inputs names the member of the value whose members are the flow's inputs, where
	// a trigger has no with; empty for none.
	Inputs string
	// Connector names the connector whose connection the trigger takes, and whose
	// operations Open may call; empty for none.
	Connector string
	// Check finds what is wrong with the parameters together; nil where nothing is.
	Check func(given Given) []Mistake
	// Open begins to listen. It is called once for each trigger, and again after
	// what it gave was closed.
	Open func(ctx context.Context, req SourceRequest) (Events, error)
}

// SourceRequest says what to listen to.
type SourceRequest struct {
	// Params are the converted parameters under their canonical names.
	Params map[string]any
	// Call makes a call of an operation of the source's Connector with the
	// connection of the trigger; params need not be converted. nil where the source
	// has no Connector.
	Call func(ctx context.Context, operation string, params map[string]any) (any, error)
	// Notice tells operators something: with an error what has failed, without one what
	// they had better know. It is never nil.
	Notice func(text string, err error)
	// Now is the clock.
	Now func() time.Time
}

// Events are what a source gives. Next is called by one goroutine at a time, the
// functions of events by several.
type Events interface {
	// Next returns at least one event and at most so many, and waits for them until
	// ctx ends, whose error it returns then. After another error, or without events,
	// it is called again a while later.
	Next(ctx context.Context, most int) ([]Event, error)
	// Close ends the listening. Events that were given are settled before.
	Close() error
}

// Backlogged is what Events may be as well: those that can tell how much waits for
// them.
type Backlogged interface {
	// Backlog counts events by where they stand, as far as that is known. It may be
	// called at the same time as Next.
	Backlog(ctx context.Context) (map[BacklogState]int64, error)
}

// BacklogState is where events of a source stand.
type BacklogState string

// The states of events that no run is done of.
const (
	// BacklogReady are those that Next would give.
	BacklogReady BacklogState = "ready"
	// BacklogHidden are those that somebody was given and has not settled, and those
	// that are not to be given before some time has passed.
	BacklogHidden BacklogState = "hidden"
	// BacklogDead are those that the source has taken away from the others, since no
	// run could begin of them, or failed too often.
	BacklogDead BacklogState = "dead"
)

// Event is what begins a run. An event is given again until it was settled as
// done, also to another process, and after a crash.
type Event struct {
	// Identity is the same each time the event is given, and no other event's of the
	// trigger: a run is named after it. Without one no run begins.
	Identity string
	// Digest tells the event from another one with the identity that a trigger's id
	// gives it; nil for nothing.
	Digest []byte
	// Value is what expressions see, of the source's type.
	Value map[string]any
	// Wrong says why no run may begin of the event, such as JSON that names a member
	// twice: it stays until the source takes it away. nil for one that may.
	Wrong error
	// Attempt counts how often the event was given, from 1 on.
	Attempt int
	// ExtendEvery is how often Extended is to be called while the run is under way;
	// 0 for never.
	ExtendEvery time.Duration
	// Extended has the event stay with this process for a while more. After its error
	// the event may be given again while the run goes on. nil for nothing to do, as
	// for the two functions below.
	Extended func(ctx context.Context) error
	// Accepted is called in place of Settled, once the run is on disk, where the
	// trigger says that this is enough: the event is done. Where it is nil, Settled is
	// told that it is done.
	Accepted func(ctx context.Context) error
	// Settled says what became of the event. Its error leaves the event as it is,
	// to be given again.
	Settled func(ctx context.Context, s Settlement) error
}

// Fate is what becomes of an event.
type Fate uint8

// The fates. A source has a way to take events away that cannot become runs, such
// as a dead-letter queue.
const (
	EventDone  Fate = iota // it is done, and never given again
	EventAgain             // it is given again, for another run
	EventStays             // no run may begin of it: it is given again until the source takes it away
)

// Settlement is what became of an event.
type Settlement struct {
	Fate Fate
	// After is how long the event is not to be given again, of one that is.
	After time.Duration
}

// WithEventSources returns a registry that also has these sources of events. It is
// an error if two have the same name, or one has a name that a trigger has a
// meaning for.
func (r *Registry) WithEventSources(list ...*EventSource) (*Registry, error) {
	with := r.grown()
	with.events = slices.Clone(with.events)
	for i, s := range list {
		switch {
		case s == nil:
			return nil, fmt.Errorf("event source %d of %d is nil", i+1, len(list))
		case !schema.IsIdentifier(s.Name) || slices.Contains(reservedTriggerKeys, s.Name):
			return nil, fmt.Errorf("an event source cannot be named %q", s.Name)
		case with.EventSource(s.Name) != nil:
			return nil, fmt.Errorf("two event sources are named %q", s.Name)
		case !schema.IsIdentifier(s.Event) || slices.Contains(reservedEventNames, s.Event):
			return nil, fmt.Errorf("event source %q: its events cannot be called %q in expressions", s.Name, s.Event)
		case s.Params == nil || s.Value == nil || s.Open == nil:
			return nil, fmt.Errorf("event source %q needs Params, Value and Open", s.Name)
		case s.Params.Field(ConcurrencyParam) != nil:
			return nil, fmt.Errorf("event source %q: concurrency is the server's own", s.Name)
		}
		with.events = append(with.events, s)
	}
	return with, nil
}

// ConcurrencyParam is the parameter of every event source that says how many runs
// of its trigger are under way at most.
const ConcurrencyParam = "concurrency"

// MaxConcurrency bounds the runs of one trigger that are under way.
const MaxConcurrency = 1000

// AllParams returns what may stand under the key of the source: Params, and
// concurrency.
func (s *EventSource) AllParams() *schema.Schema {
	least, most := 1.0, float64(MaxConcurrency)
	return s.Params.With(&schema.Field{
		Name: ConcurrencyParam, Type: schema.Integer, Default: int64(1), Minimum: &least, Maximum: &most,
		Description: "How many runs of the trigger are under way at most.",
	})
}

// The keys that triggers have whatever begins them, and the names that their
// expressions see.
var (
	reservedTriggerKeys = []string{
		"http", "schedule", "tool", "name", "if", "id", "with", "auth", "respond", "answerWithin", "timezone", "overlap", "missed", "ack", "connection",
		"limit", "cors", "concurrency",
	}
	reservedEventNames = []string{"request", "tick", "ctx", "steps", "run", "error", "output", "secrets", "env", "signal"}
)

// EventSource returns a source of events by its name; nil for none.
func (r *Registry) EventSource(name string) *EventSource {
	for _, s := range r.orNone().events {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// EventSources lists the sources of events in the order in which they were given.
func (r *Registry) EventSources() []*EventSource { return slices.Clone(r.orNone().events) }
