package flows

import (
	"context"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/auth"
)

// Answer is what the caller of a route is told of the end of its run.
type Answer = report.Answer

// Trigger is what starts runs of a flow where it is served: a route, a schedule, or
// the events of a source.
type Trigger struct {
	// Name tells it from the flow's other triggers. A run's name is made of it.
	Name string
	// Place is where it stands in its file.
	Place string
	// Method and Path are those of a route, as net/http writes patterns; empty for
	// others.
	Method, Path string
	// Parts are the names in Path.
	Parts []string
	// Schedule says when; empty for others.
	Schedule string
	// Zone is the schedule's time zone, by its IANA name.
	Zone string
	// Source names the source of events of a trigger that is neither a route nor a
	// schedule; empty for those.
	Source string
	// Event is the source.
	Event *connector.EventSource
	// Ack is when an event of a source is done: recorded, once its run is on disk, or
	// done, once that has ended.
	Ack string
	// Overlap is skip, queue or allow: what a tick does while a run of the
	// trigger goes.
	Overlap string
	// Missed is skip, once or all: what becomes of ticks that nobody served.
	Missed string
	// Tool is what agents call; nil for a route and a schedule.
	Tool *Tool
	// Auth is the scheme by which callers are known: "none" for a route that
	// everybody may call, empty where nothing is said.
	Auth string
	// AnswerWithin is how long a caller waits at most; 0 for not at all.
	AnswerWithin time.Duration
	// RateCount bounds the requests of one caller in each RatePer; 0 for no bound.
	RateCount int
	// RatePer is what RateCount is counted in.
	RatePer time.Duration
	// Concurrency bounds the runs of a route, a tool or a schedule that are under way at
	// the same time; 0 where nothing is said. That of a source is [Listening.Concurrency].
	Concurrency int
	// Origins are those of pages that browsers let call, or "*" for all; nil where
	// nothing is said, and empty for none.
	Origins []string
	// ByName is true where the inputs are taken from the event by their names.
	ByName bool
	// AnswerSecret is true where an answer can show a secret.
	AnswerSecret bool

	plan *interp.Trigger
	flow *Flow
}

// Tool is a trigger that agents call: its arguments are the flow's inputs, its result is
// the flow's output.
type Tool struct {
	// Name is that by which it is called.
	Name string
	// Description says what it does, for the model that chooses.
	Description string
	// ReadOnly is true where no operation that the flow can reach changes anything.
	ReadOnly bool
	// Idempotent is true where what it changes is the same however often it is called.
	Idempotent bool
}

// TriggerEvent is what a trigger got, as its expressions see it.
type TriggerEvent struct {
	// Request is the request of a route; nil for others. It has method, path,
	// query, headers, body, caller and time.
	Request map[string]any
	// Tick is that of a schedule; nil for others. It has time and trigger.
	Tick map[string]any
	// Value is that of an event of a source; nil for others.
	Value map[string]any
	// Now is when the event came.
	Now time.Time
}

// Triggers lists what starts runs of the flow where it is served, in the order of
// its file.
func (f *Flow) Triggers() []*Trigger {
	var list []*Trigger
	for _, t := range f.program.Triggers {
		var tool *Tool
		if t.Tool != nil {
			tool = &Tool{Name: t.Tool.Name, Description: t.Tool.Description, ReadOnly: t.Tool.Reads, Idempotent: t.Tool.Repeats}
		}
		source := ""
		if t.Source != nil {
			source = t.Source.Name
		}
		list = append(list, &Trigger{
			Source: source, Event: t.Source, Ack: t.Ack,
			Name: t.Name, Place: t.At.String(), Method: t.Method, Path: t.Path, Parts: t.Parts,
			Schedule: t.Schedule, Zone: t.Zone, Overlap: t.Overlap, Missed: t.Missed,
			Auth: t.Auth, AnswerWithin: t.AnswerWithin, ByName: t.With == nil, AnswerSecret: t.AnswerSecret,
			RateCount: t.Limit.Count, RatePer: t.Limit.Per, Concurrency: t.Concurrency, Origins: t.Origins,
			Tool: tool, plan: t, flow: f,
		})
	}
	return list
}

// Wants reports whether the trigger's condition lets an event begin a run.
func (t *Trigger) Wants(e TriggerEvent) (bool, error) { return t.plan.Wants(interp.Event(e)) } //nolint:wrapcheck // it names the place

// Identity returns what the trigger's id says that an event is known by; empty
// where it has none.
func (t *Trigger) Identity(e TriggerEvent) (string, error) {
	return t.plan.Identity(interp.Event(e)) //nolint:wrapcheck // it names the place
}

// Inputs returns what the trigger's with makes of an event; nil where ByName is
// true.
func (t *Trigger) Inputs(e TriggerEvent) (map[string]any, error) {
	return t.plan.Inputs(interp.Event(e)) //nolint:wrapcheck // it names the place
}

// TriggerMisfit is a part of a trigger that cannot be made of an event.
type TriggerMisfit struct {
	// Part is if, id or with.
	Part string
	// Input is the input of with; empty for others, and where with is one expression.
	Input string
	// Reads are the members of the event that its expressions name, from the outside
	// inwards: request, headers, x-delivery.
	Reads [][]string
}

// Misfits lists what of the trigger cannot be made of an event: why Wants, Identity and
// Inputs fail.
func (t *Trigger) Misfits(e TriggerEvent) []TriggerMisfit {
	var list []TriggerMisfit
	for _, m := range t.plan.Misfits(interp.Event(e)) {
		list = append(list, TriggerMisfit(m))
	}
	return list
}

// InputPlaces returns where in the body of a request each input is taken from as
// it is, as members from the outside inwards; inputs that are made otherwise are
// missing.
func (t *Trigger) InputPlaces() map[string][]string { return t.plan.InputPlaces(t.flow.program.Inputs) }

// InputParameter is where in the address of a request an input is taken from.
type InputParameter struct {
	// In is path or query.
	In string
	// Name is that of the part, or of the parameter.
	Name string
}

// InputParameters returns the parts of the path and the parameters of the query that
// inputs are taken from as they are, by the names of the inputs.
func (t *Trigger) InputParameters() map[string]InputParameter {
	found := map[string]InputParameter{}
	for name, p := range t.plan.InputParameters(t.flow.program.Inputs) {
		found[name] = InputParameter(p)
	}
	return found
}

// Authentication returns the parameters of the trigger's scheme, with the secrets
// as they are now; nil for none. The error is an *InputError where a secret is
// missing.
func (t *Trigger) Authentication(ctx context.Context, options ...RunOption) (map[string]any, error) {
	if t.plan.AuthParams == nil {
		return nil, nil
	}
	return t.flow.run(options).Authentication(ctx, t.plan) //nolint:wrapcheck // it says all
}

// Listening are the events of a trigger, until Close.
type Listening struct {
	events *interp.Listening
}

// Concurrency is how many runs of the trigger are under way at most.
func (l *Listening) Concurrency() int { return l.events.Concurrency }

// Next returns at least one event and at most so many, as [connector.Events] do.
func (l *Listening) Next(ctx context.Context, most int) ([]connector.Event, error) {
	return l.events.Next(ctx, most) //nolint:wrapcheck // it is the source's
}

// Backlog counts the events that wait, by where they stand; nil where the source does
// not know.
func (l *Listening) Backlog(ctx context.Context) (map[connector.BacklogState]int64, error) {
	source, ok := l.events.Events.(connector.Backlogged)
	if !ok {
		return nil, nil
	}
	return source.Backlog(ctx) //nolint:wrapcheck // it is the source's
}

// Close ends the listening, and closes the connection that the source called with.
func (l *Listening) Close() error { return l.events.Close() } //nolint:wrapcheck // it is the source's

// Listen opens the source of a trigger's events, with the secrets as they are now.
// notice is told what operators are to know, and now is the clock. The error is an
// *InputError where a secret is missing.
func (t *Trigger) Listen(ctx context.Context, notice func(text string, err error), now func() time.Time, options ...RunOption) (*Listening, error) {
	l, err := t.flow.run(options).Listen(ctx, t.plan, notice, now)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	return &Listening{l}, nil
}

// KeyHeader returns the header that holds the key of the trigger's callers; empty
// where they have none in a header of its own.
func (t *Trigger) KeyHeader() string {
	in, ok := t.plan.AuthKnown["apiKey"].(map[string]any)
	if !ok {
		return ""
	}
	if name, ok := in["header"].(string); ok {
		return name
	}
	return "X-API-Key"
}

// PrivateHeaders returns the names, in lower case, of the headers of a request that
// the trigger's expressions do not see, since they say who the caller is.
func (t *Trigger) PrivateHeaders() []string { return auth.PrivateHeaders(t.plan.AuthKnown) }

// TriggerAnswer is one of what callers of a route can be told of the end of a run, as
// far as it is known before one.
type TriggerAnswer struct {
	// Failure is true for a run that failed.
	Failure bool
	// Status is that of HTTP; 0 where only the run knows it.
	Status int
	// Headers are the names of those that are set, but Content-Type.
	Headers []string
	// Body is the type of the body; nil where there is none, or a problem.
	Body *schema.Field
	// MediaType is that of the body, "*/*" where only the run knows it; empty for a
	// problem (RFC 9457).
	MediaType string
}

// Answers lists what callers of a route can be told of the ends of runs; failures
// that the trigger says nothing of, which are problems, are not among them.
func (t *Trigger) Answers() []TriggerAnswer {
	var list []TriggerAnswer
	for _, a := range t.plan.AnswerTypes(t.flow.program) {
		list = append(list, TriggerAnswer(a))
	}
	return list
}

// ReadsEvent reports whether the trigger's if, id or with look at the event.
func (t *Trigger) ReadsEvent() bool {
	return t.plan.If != nil || t.plan.ID != nil || t.plan.With != nil
}

// Conditional reports whether an event can be one that the trigger's if turns away,
// which is answered with 204.
func (t *Trigger) Conditional() bool { return t.plan.If != nil }

// Security returns what OpenAPI says of how callers are known; ok is false where
// everybody may call. It holds no secret.
func (t *Trigger) Security() (s auth.SecurityScheme, ok bool) {
	return auth.Security(t.plan.AuthKnown)
}

// CheckInputs returns what is wrong with inputs, an *InputError, before a run
// begins; nil for nothing.
func (f *Flow) CheckInputs(inputs map[string]any) error {
	return f.program.CheckInputs(inputs) //nolint:wrapcheck // it says all
}

// TakesSecrets reports whether an input, or a value of a signal that the flow
// waits for, is secret, so that a journal needs a key for its runs.
func (f *Flow) TakesSecrets() bool { return f.program.TakesSecrets() }

// WithTrigger notes that an event of a trigger of the flow began the run: the run
// keeps its answer. digest tells the same event from another one with its
// identity.
func WithTrigger(name string, digest []byte) RunOption {
	return func(o *runtime.Options) { o.Event = runtime.Event{Trigger: name, Digest: digest} }
}

// Answer returns what the caller of the route that began the run is told of its
// end; nil before that, and for a run that no route began.
func (h *Handle) Answer() *Answer {
	select {
	case <-h.done:
		return h.answer
	default:
		return nil
	}
}
