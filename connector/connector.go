// Package connector is the contract between flows and what they call: an
// Operation with its declared parameters and result, the Connector that groups
// operations and opens connections for them, the Registry that finds them, and
// the one Error type of a failed call.
//
// To add an operation, begin with [Op]; to offer it to flows, put it into a
// Connector and that into [NewRegistry]. The package runs no flows and knows
// no service.
package connector

import (
	"context"
	"sync"

	"github.com/medlar-flow/medlar/schema"
)

// Effect says what calling an operation does to the world. It decides whether
// a call of unknown outcome may be tried again.
type Effect uint8

// The effects. The zero Effect is Mutating, the careful assumption.
const (
	EffectMutating   Effect = iota // changes something; not repeated when its outcome is unknown
	EffectReadOnly                 // changes nothing
	EffectIdempotent               // changes something, and doing it twice is doing it once
)

// String returns "mutating", "read-only" or "idempotent".
func (e Effect) String() string {
	switch e {
	case EffectReadOnly:
		return "read-only"
	case EffectIdempotent:
		return "idempotent"
	default:
		return "mutating"
	}
}

// Shape is what an operation takes and gives.
type Shape struct {
	// Params are the parameters; nil for none.
	Params *schema.Schema
	// Result is the result; nil where nothing is declared, so anything goes.
	Result *schema.Field
}

// Operation is one thing that a step can call. It does not change once it is
// in a registry. Make typed ones with Op.
type Operation struct {
	// Name is connector and operation, "lambda.createAlias".
	Name string
	// Aliases are other accepted spellings of the part behind the dot.
	Aliases []string
	// Summary is one sentence for lists.
	Summary string
	// Description says more, in Markdown; may be empty.
	Description string
	// URL leads to a reference page; may be empty.
	URL string
	// Effect says whether the operation changes anything.
	Effect Effect
	// CallEffect gives the effect of one call by its parameters, which may be
	// less than Effect: a request that reads among those that change something.
	// nil where all calls have the same.
	CallEffect func(params map[string]any) Effect
	// SendsKey reports whether a call with these parameters, converted ones, tells
	// the service its IdempotencyKey, so that one that is made again is known to
	// it; nil where none does.
	SendsKey func(params map[string]any) bool
	// Touches says which things a call with these parameters, converted ones,
	// makes, removes and needs, as far as that is sure; nil where nothing is known.
	// Failures that are tried around a flow test are answered accordingly.
	Touches func(params map[string]any) []Touch
	// Annotations are what its family of connectors says of it beside: for AWS
	// the permission that a call needs, see awsapi.IAMAction.
	Annotations Annotations
	// Errors are the codes that a call can fail with, as far as they are known.
	Errors []ErrorCode
	// OtherErrors is true of an operation that can fail with codes that are in no
	// list, such as those of what it calls. See Connector.CommonErrors.
	OtherErrors bool
	// Hints say, of names that are no parameters but that people try, what to
	// write instead: "write ‹name:›". YAML between ‹ and › is shown as JSON in a flow
	// that is JSON. A hint that begins so with a parameter says that this one was
	// meant: it is not missing besides, and what stands there is checked as it.
	Hints map[string]string
	// Refused says why the operation cannot be called here; empty where it can.
	// A flow that calls it is refused with that.
	Refused string
	// Describe gives the shape. It runs at most once, at first use.
	Describe func() Shape
	// Check finds what is wrong with the parameters of a step together, which
	// their types cannot say; nil where nothing is. It runs when a flow is
	// checked, and sees what is known then.
	Check func(given Given) []Mistake
	// Run makes one attempt. It ends soon after ctx does. Errors should be an
	// *Error; any other is taken as class internal.
	Run func(ctx context.Context, call *Call) (any, error)
	// EndsInTime reports whether Run surely returns soon after ctx ends, whatever
	// becomes of that which it waits for, where conn is the call's connection. Its
	// calls need no goroutine of their own then, which could be left behind; one
	// that says so and goes on holds its run up. nil where nobody is sure.
	EndsInTime func(conn Connection) bool
	// IgnoresKey reports whether Run looks at no IdempotencyKey, so that none has to
	// be made; nil where it may look.
	IgnoresKey func() bool

	once  sync.Once
	shape Shape
	whole func(ctx context.Context, call *Call) (any, error) // Run, as Op made it; nil elsewhere
}

// Given is what is known of a step before it runs.
type Given struct {
	// Params are the parameters that stand there, under their canonical names. A
	// value that only a run knows is an Unknown.
	Params map[string]any
	// Connection are those of the step's connection, as Params; nil where only
	// a run knows which connection it is.
	Connection map[string]any
}

// Unknown is a value that only a run knows.
type Unknown struct {
	// Begins is how it begins, where it is text; empty where that is not known.
	Begins string
	// From is the operation of whose result it is a part, "sts.assumeRole"; empty
	// where it is made of something else.
	From string
	// MayBeNull is true where it can be null by its type, or as far as the flow
	// says.
	MayBeNull bool
}

// Mistake is what Operation.Check and Connector.CheckConnection find.
type Mistake struct {
	// Param is the parameter to change, as it is spelt in the flow: a part of it
	// is assumeRole[1].durationSeconds.
	Param string
	// Rule is its name for programs, "relative-url".
	Rule string
	// Message says what is wrong, Help how to mend it.
	Message, Help string
	// Maybe is true where something that is not known can make it right.
	Maybe bool
}

// ErrorCode documents a failure of an operation.
type ErrorCode struct {
	Code  string // as in Error.Code
	Class Class  // of errors with the code
	// Aliases are other names that an Error with this code answers to.
	Aliases []string
}

// Params returns the parameters that the operation takes; never nil.
func (o *Operation) Params() *schema.Schema { return o.describe().Params }

// Result returns the declared result; never nil.
func (o *Operation) Result() *schema.Field { return o.describe().Result }

// EffectOf says what a call with these parameters, converted ones, does.
func (o *Operation) EffectOf(params map[string]any) Effect {
	if o.CallEffect == nil {
		return o.Effect
	}
	return o.CallEffect(params)
}

func (o *Operation) describe() Shape {
	o.once.Do(func() {
		if o.Describe != nil {
			o.shape = o.Describe()
		}
		if o.shape.Params == nil {
			o.shape.Params = schema.MustNew()
		}
		if o.shape.Result == nil {
			o.shape.Result = &schema.Field{Nullable: true}
		}
	})
	return o.shape
}

// Call is one attempt of an operation.
type Call struct {
	// Params are the converted parameters under their canonical names. Other
	// calls can hold the same values, so nobody changes them.
	Params map[string]any
	// Connection is what the operation's connector opened; nil where it has none.
	Connection Connection
	// SingleAttempt is true where the step has a retry of its own, or must not
	// happen twice, so that the operation must not repeat a failed request itself.
	// Repeat says it more exactly.
	SingleAttempt bool
	// Repeat says which failed requests the operation may send again itself; see
	// MayRepeat for what its zero value stands for.
	Repeat Repeat
	// IdempotencyKey is the same for each attempt of one step of one run. A step
	// that was undone and runs again has another one.
	IdempotencyKey string
	// Log writes to the log of the run; nil where nobody listens.
	Log LogFunc
}

// Repeat says which failed requests an operation may send again within one
// call. Each that it does is worth a line in the call's log.
type Repeat uint8

// What may be sent again. A request that was refused because of a wrong clock
// may always be sent again once: the service did nothing.
const (
	RepeatDefault Repeat = iota // RepeatNothing for a SingleAttempt, else RepeatNotDone
	RepeatNothing               // the step's own retry does it
	RepeatNotDone               // those that were surely not done: refused, throttled
	RepeatAny                   // also those of unknown outcome: doing it twice is doing it once
)

// MayRepeat returns what the operation may send again itself, never
// RepeatDefault.
func (c *Call) MayRepeat() Repeat {
	switch {
	case c.Repeat != RepeatDefault:
		return c.Repeat
	case c.SingleAttempt:
		return RepeatNothing
	default:
		return RepeatNotDone
	}
}

// Connector groups operations and opens the connections they work on.
type Connector struct {
	// Name is what stands before the dot of an operation's name.
	Name string
	// Aliases are other accepted spellings of Name.
	Aliases []string
	// Family names the connection that serves as the default for several
	// connectors: "aws". Empty for none.
	Family string
	// Summary is one sentence for lists.
	Summary string
	// Connection are the parameters of a connection; nil where the connector
	// needs none.
	Connection *schema.Schema
	// CheckConnection finds what is wrong with the parameters of a connection
	// together, which their types cannot say, as Operation.Check does for those
	// of a step: they are its Params. nil where nothing is.
	CheckConnection func(given Given) []Mistake
	// Hints say, of names that are no parameters of a connection but that
	// people try, what to write instead; as those of an Operation.
	Hints map[string]string
	// Open makes a connection. It needs no network; it is called again for
	// each distinct set of parameters.
	Open func(ctx context.Context, req OpenRequest) (Connection, error)
	// Shared gives a connection for which there is nothing to wait, since one with
	// the same parameters was opened before; not ok where Open has to be called.
	// nil where connections have nothing in common.
	Shared func(req OpenRequest) (conn Connection, ok bool)
	// Identify asks the service as whom a connection calls: one Identity for
	// each hop, up to the first that fails. nil where there is nothing to ask.
	Identify func(ctx context.Context, req OpenRequest) []Identity
	// CommonErrors returns the codes that each operation can fail with beside its
	// own. A connector that has it lists all codes: where a step retries or
	// catches another one, the check warns. nil where nobody knows them all.
	CommonErrors func() []ErrorCode
	// Operations are what the connector offers.
	Operations []*Operation
}

// OpenRequest says which connection to open.
type OpenRequest struct {
	// Params are the converted parameters under their canonical names.
	Params map[string]any
	// Key is equal for equal Params and unequal for others, and tells nothing of
	// them. It is empty where the caller made none.
	Key string
	// RunID identifies the run that opens the connection.
	RunID string
	// Sandbox, where not nil, replaces the real service.
	Sandbox *Sandbox
}

// Identity is whom the credentials of one hop of a connection stand for. It
// holds no secret.
type Identity struct {
	// Via says where the credentials are from: "profile ops", "role arn:…".
	Via string
	// Name is whom the service takes the caller for; empty where Err is set.
	Name string
	// Facts are what else is known, for people: "account 000000000000".
	Facts []string
	// Err says why there are no credentials, or what is wrong with them.
	Err *Error
	// Help says how to mend it.
	Help string
}

// Sandbox is a local stand-in for a service. A connector that is given one
// sends nothing anywhere else, and fails where the sandbox lacks its service.
type Sandbox struct {
	Endpoint string   // URL of the stand-in
	Services []string // the connectors that it stands in for
	// Annotations are what a family's services need besides: for AWS region and
	// keys, see awsapi.SandboxKeys.
	Annotations Annotations
}

// Connection is an open connection, shared by steps that run at the same time.
type Connection interface {
	// Close releases what the connection holds.
	Close() error
}
