package interp

import (
	"context"
	"io/fs"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/limit"
	"github.com/medlar-flow/medlar/schema"
)

// Program is a checked flow, ready to run. Names are resolved to slots, texts
// to compiled expressions, durations to numbers: running looks nothing up.
type Program struct {
	Name        string
	Description string
	File        string
	Fsys        fs.FS
	Registry    *connector.Registry // that the operations are from
	Inputs      *schema.Schema
	Connections []*ConnectionPlan
	OfProcess   []OfProcess // what connections have that holds within one process
	Timeout     time.Duration
	Cleanup     time.Duration
	Labels      []Label
	Triggers    []*Trigger
	Steps       []*Step
	Output      Value
	OutputOnly  *schema.Field // type of output
	OutputType  *schema.Field // type of what the flow gives, with returns
	// GivenType is what those see who call the flow from another: as OutputType, with
	// what is known of output and returns together.
	GivenType *schema.Field
	// GivenTypes are the types of which that can be each, where it is of several.
	GivenTypes []schema.Type
	Secrets    []SecretSpec // in the order in which they are read
	// SecretsTakeInputs names a secret that is read with a connection which
	// depends on the flow's inputs; empty for none.
	SecretsTakeInputs string
	Slots             int // of the root frame
	Env               []EnvSlot
	Waits             []*Signal // what the flow itself waits for, each name once
	SignalURLs        bool      // an expression of it calls signalUrl
	Text              []byte    // of the file
	Named             []string  // files of fsys that parameters name
	payloads          payloadUse
	taken             inputsUse
	fixed             fixedRefs
	transitive        transitive
	signalled         signalled
	pinned            pinned
	told              sync.Pool // of *report.Event, of which those are told who watch runs
	bodies            sync.Pool // of *body, that runs have left
	runs              leftRuns
}

// EnvSlot is an environment variable that the flow refers to.
type EnvSlot struct {
	Name string
	Slot int
	// Secret is true where something secret is made of it.
	Secret bool
}

// DefaultCleanup bounds undo and finally after a cancellation.
const DefaultCleanup = 30 * time.Second

// Step is one step: its verb, and what stands beside it.
type Step struct {
	Id    string
	Rel   string // path below its frame's path: "/alias", "/4/then/1"
	Verb  string
	At    diag.Span
	Guard *Binding
	Slot  int // of the result; noSlot for none
	Do    action
	Retry *RetryPolicy
	// Timeout bounds an attempt of a call, or the body of a block.
	Timeout Value
	Limit   time.Duration // timeout, where it is the same in each run; else 0
	Undo    *UndoPlan
}

// action is what a verb does. It gives the step's result.
type action interface {
	run(s *state, st *Step, path stepPath) (any, error)
}

// CallStep calls an operation.
type CallStep struct {
	Op         *connector.Operation
	Owner      *connector.Connector
	Params     Value
	Converted  bool // params is a constant that is converted already
	Connection *ConnectionUse
	Idempotent bool
	AtMostOnce bool
	Sensitive  bool
	HasSecrets bool          // parameters can be secret
	Gives      bool          // the result can be secret
	Taint      *schema.Field // what of the parameters is made of secrets
	plan       callPlan
}

// SetStep assigns to ctx.
type SetStep struct{ Values *MapValue }

// IfStep runs one of two branches.
type IfStep struct {
	Condition *Binding
	Then      []*Step
	Otherwise []*Step
}

// ForEachStep runs its body for each item.
type ForEachStep struct {
	Items       Value
	Ranged      *bind.Program // a range that is not to be made into a list
	At          diag.Span
	ItemSlot    int
	IndexSlot   int // noSlot for none
	Slots       int // of an iteration's frame
	Concurrency Value
	Body        []*Step
	Collect     Value
	OnError     bool  // gather errors
	Enough      Value // how many items have to succeed; nil for all
	Owes        bool  // iterations can owe undos
	Waits       bool  // iterations can wait for a signal
	Reads       CtxNames
	Sets        []string // names of ctx that the body can set
	Unread      bool     // nothing inside reads the item
}

// CtxNames are names of ctx that a block can read.
type CtxNames struct {
	Names []string
	All   bool // any name
}

// of returns what of ctx that is.
func (c CtxNames) of(ctx map[string]any) map[string]any {
	if c.All {
		return ctx
	}
	some := map[string]any{}
	for _, name := range c.Names {
		if v, ok := ctx[name]; ok {
			some[name] = v
		}
	}
	return some
}

// FailStep ends the flow with an error.
type FailStep struct {
	Code, Message, Details Value
	Status                 Value // of HTTP; nil for the usual one
	Again                  bool  // throw the handled error again
	ErrorSlot              int
}

// ReturnStep ends the flow with its output.
type ReturnStep struct {
	Output Value
	Field  *schema.Field
}

// UndoPlan is what takes a step back.
type UndoPlan struct {
	Steps      []*Step
	ResultSlot int
	UsesResult bool
	Slots      int
	Reads      []int // slots around it that it reads
}

// RetryPolicy says how often and when a step is tried again.
type RetryPolicy struct {
	Attempts int
	delay    time.Duration
	maxDelay time.Duration
	factor   float64
	jitter   bool
	within   time.Duration
	on       map[string]bool // classes and codes
}

// ConnectionPlan is a connection of the header, or of one step.
type ConnectionPlan struct {
	Name    string
	Params  Value
	At      diag.Span
	Index   int
	Inline  bool
	Limit   *Limit   // nil for none
	Circuit *Circuit // nil for none
}

// OfProcess is something of a connection that holds within one process.
type OfProcess struct {
	At   diag.Span
	What string // "a limit"
}

// Limit is how often calls of a connection begin, over all runs of the process.
type Limit struct {
	Rate  limit.Rate
	Burst int
}

// pass returns what waits until a call of the connection may begin; nil where
// none has to. Runs that are read back have a program of their own, so what they
// share hangs on the registry.
func (p *ConnectionPlan) pass(registry *connector.Registry) func(ctx context.Context) error {
	if p == nil || p.Limit == nil {
		return nil
	}
	name, l := p.At.String()+" "+p.Name, p.Limit
	return func(ctx context.Context) error {
		return registry.Pass(ctx, name, l.Rate.Count, l.Rate.Per, l.Burst) //nolint:wrapcheck // it is the context's
	}
}

// ConnectionUse is the connection of a call; a nil plan is the default.
type ConnectionUse struct{ Plan *ConnectionPlan }

// Slots number the values that expressions read: the depth of their frame and
// their place in it. Negative ones are the run's own.
const (
	NoSlot   = -1
	CtxSlot  = -2
	RunSlot  = -3
	CallSlot = -4

	DepthShift = 32
)

func SlotAt(depth, index int) int { return depth<<DepthShift | index }

// TakesConnection reports whether the flow declares a connection of that name, or
// could use it as the default of one of its calls.
func (p *Program) TakesConnection(name string, registry *connector.Registry) bool {
	for _, c := range p.Connections {
		if c.Name == name {
			return true
		}
	}
	for _, c := range append(registry.Connectors(), registry.Opened()...) {
		if c.Connection != nil && (c.Name == name || c.Family == name) {
			return true
		}
	}
	return false
}
