package flows

import (
	"io/fs"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/diag"
	"github.com/medlar-flow/medlar/schema"
)

// program is a checked flow, ready to run. Names are resolved to slots, texts
// to compiled expressions, durations to numbers: running looks nothing up.
type program struct {
	name        string
	description string
	file        string
	fsys        fs.FS
	inputs      *schema.Schema
	connections []*connectionPlan
	timeout     time.Duration
	cleanup     time.Duration
	steps       []*step
	output      value
	outputOnly  *schema.Field // type of output
	outputType  *schema.Field // type of what the flow gives, with returns
	secrets     []secretSpec
	slots       int // of the root frame
	env         []envSlot
	text        []byte   // of the file
	named       []string // files of fsys that parameters name
	payloads    payloadUse
	taken       inputsUse
	fixed       fixedRefs
	reach       reach
}

// envSlot is an environment variable that the flow refers to.
type envSlot struct {
	name string
	slot int
	// secret is true where something secret is made of it.
	secret bool
}

// defaultCleanup bounds undo and finally after a cancellation.
const defaultCleanup = 30 * time.Second

// step is one step: its verb, and what stands beside it.
type step struct {
	id    string
	rel   string // path below its frame's path: "/alias", "/4/then/1"
	verb  string
	at    diag.Span
	guard *binding
	slot  int // of the result; noSlot for none
	do    action
	retry *retryPolicy
	// timeout bounds an attempt of a call, or the body of a block.
	timeout value
	limit   time.Duration // timeout, where it is the same in each run; else 0
	undo    *undoPlan
}

// action is what a verb does. It gives the step's result.
type action interface {
	run(s *state, st *step, path stepPath) (any, error)
}

// callStep calls an operation.
type callStep struct {
	op         *connector.Operation
	owner      *connector.Connector
	params     value
	converted  bool // params is a constant that is converted already
	connection *connectionUse
	idempotent bool
	atMostOnce bool
	sensitive  bool
	hasSecrets bool          // parameters can be secret
	gives      bool          // the result can be secret
	taint      *schema.Field // what of the parameters is made of secrets
	plan       callPlan
}

// setStep assigns to ctx.
type setStep struct{ values *mapValue }

// ifStep runs one of two branches.
type ifStep struct {
	condition *binding
	then      []*step
	otherwise []*step
}

// forEachStep runs its body for each item.
type forEachStep struct {
	items       value
	ranged      *bind.Program // a range that is not to be made into a list
	at          diag.Span
	itemSlot    int
	indexSlot   int // noSlot for none
	slots       int // of an iteration's frame
	concurrency value
	body        []*step
	collect     value
	onError     bool // gather errors
	owes        bool // iterations can owe undos
}

// failStep ends the flow with an error.
type failStep struct {
	code, message, details value
	again                  bool // throw the handled error again
	errorSlot              int
}

// returnStep ends the flow with its output.
type returnStep struct {
	output value
	field  *schema.Field
}

// undoPlan is what takes a step back.
type undoPlan struct {
	steps      []*step
	resultSlot int
	usesResult bool
	slots      int
	reads      []int // slots around it that it reads
}

// retryPolicy says how often and when a step is tried again.
type retryPolicy struct {
	attempts int
	delay    time.Duration
	maxDelay time.Duration
	factor   float64
	jitter   bool
	within   time.Duration
	on       map[string]bool // classes and codes
}

// connectionPlan is a connection of the header, or of one step.
type connectionPlan struct {
	name   string
	params value
	at     diag.Span
	index  int
	inline bool
}

// connectionUse is the connection of a call; a nil plan is the default.
type connectionUse struct{ plan *connectionPlan }

// Slots number the values that expressions read: the depth of their frame and
// their place in it. Negative ones are the run's own.
const (
	noSlot   = -1
	ctxSlot  = -2
	runSlot  = -3
	callSlot = -4

	depthShift = 32
)

func slotAt(depth, index int) int { return depth<<depthShift | index }

// takesConnection is true if the flow declares a connection of that name, or
// could use it as the default of one of its calls.
func (p *program) takesConnection(name string, registry *connector.Registry) bool {
	for _, c := range p.connections {
		if c.name == name {
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
