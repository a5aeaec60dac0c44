package durable

import (
	"cmp"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// Config is DurableConfig of a function.
type Config struct {
	ExecutionTimeout      int    // in seconds
	RetentionPeriodInDays int    `json:",omitempty"` // 0 is AWS's 14 days
	KMSKeyArn             string `json:",omitempty"` // kept, not used
}

// Function is a version of a function.
type Function struct {
	Place   service.Place
	Name    string
	Version string        // a number or $LATEST
	Config  *Config       // nil for a function that is not durable
	Timeout time.Duration // of one invocation
}

// identity is what an execution is from its start on.
type identity struct {
	ID      string // a UUID
	Name    string
	ARN     string
	Account string
	Region  string
	Fn      string
	Version string
	Config  Config
	Input   string
	Async   bool   `json:",omitempty"` // nobody waits for the result
	Trace   string `json:",omitempty"`
	Tenant  string `json:",omitempty"`
	// The chained invoke that this execution is.
	ParentARN string `json:",omitempty"`
	ParentOp  string `json:",omitempty"`
	Started   time.Time
}

// state is what changes of an execution beside its operations and events.
type state struct {
	Status  string
	Ended   time.Time    `json:",omitzero"`
	Result  *string      `json:",omitempty"`
	Error   *ErrorObject `json:",omitempty"`
	Request string       `json:",omitempty"` // the id of the invocation under way
	Since   time.Time    `json:",omitzero"`  // when that began
	Broken  int          `json:",omitempty"` // invocations in a row that failed
	Retry   time.Time    `json:",omitzero"`  // when the function is invoked again after one
	Count   int          // of operations, as AWS counts them
	Bytes   int64        // of payloads that were ever kept
	Change  int          // the last one
	Seen    int          // the last change that the function was told of
}

// execution is a durable execution. The engine's lock guards it.
type execution struct {
	identity
	state

	ops    []*operation // by their start
	byID   map[string]*operation
	events []*event
	recent []*operation            // that have changed and the function was not told of, with doubles
	open   map[*operation]struct{} // that wait for something outside the function

	token   string // for the next checkpoint; "" between invocations
	answers []given
	done    chan struct{} // closed when the execution has ended and its callers may go
	timer   *time.Timer
	alarm   time.Time     // when that fires
	lead    time.Duration // how far the clock had jumped when it was set
	logs    []byte
	held    []ending // of chained invokes, until the function has suspended

	// what the log does not have yet
	fresh       bool
	dirty       []*operation // each as often as it was touched
	savedEvents int
}

func (e *execution) place() service.Place { return service.Place{Account: e.Account, Region: e.Region} }

func (e *execution) terminal() bool { return e.Status != running }

// busy reports whether an invocation is under way.
func (e *execution) busy() bool { return e.Request != "" }

// root is the execution as its own first operation.
func (e *execution) root(millis bool) Operation {
	status := e.Status
	if status == running {
		status = started
	}
	return Operation{
		ID: e.ID, Name: e.Name, Type: typeExecution, Status: status,
		StartTimestamp: stamp{e.Started, millis}, EndTimestamp: stampOf(e.Ended, millis),
		ExecutionDetails: executionDetails{e.Input},
	}
}

// touch notes that an operation has changed.
func (e *execution) touch(op *operation) {
	e.Change++
	op.Changed = e.Change
	if e.byID[op.ID] == nil {
		e.ops = append(e.ops, op)
		e.byID[op.ID] = op
	}
	e.recent = append(e.recent, op)
	e.note(op)
	e.stain(op)
}

// note keeps in mind whether an operation waits for something.
func (e *execution) note(op *operation) {
	switch {
	case !op.open():
		delete(e.open, op)
	case e.open == nil:
		e.open = map[*operation]struct{}{op: {}}
	default:
		e.open[op] = struct{}{}
	}
}

// stain has an operation written down with the next line of the log.
func (e *execution) stain(op *operation) {
	e.dirty = append(e.dirty, op)
}

// told notes that the function knows everything now.
func (e *execution) told() {
	e.Seen = e.Change
	e.recent = nil
}

func (e *execution) record(kind, op string, at time.Time, d detail) {
	e.events = append(e.events, &event{Kind: kind, Op: op, At: at, detail: d})
}

// close ends an operation from outside the function.
func (e *execution) close(op *operation, status string, at time.Time, d detail) {
	op.Status, op.Ended, op.Input = status, at, nil
	op.Result, op.Error = d.Result, d.Error
	e.Bytes += size(d.Result) + int64(d.Error.size())
	e.touch(op)
	e.record(prefixes.Get()[op.Type]+endings.Get()[status], op.ID, at, d)
}

func size(text *string) int64 {
	if text == nil {
		return 0
	}
	return int64(len(*text))
}

// news are the operations that the function has not been told of, in the order
// in which they changed.
func (e *execution) news() []*operation {
	slices.SortFunc(e.recent, func(a, b *operation) int { return cmp.Compare(a.Changed, b.Changed) })
	e.recent = slices.Compact(e.recent)
	return e.recent
}

// hidden reports whether an operation lies in a context that has ended and does
// not keep its children.
func (e *execution) hidden(op *operation) bool {
	for parent := e.byID[op.Parent]; parent != nil; parent = e.byID[parent.Parent] {
		if parent.closed() && !parent.Replay {
			return true
		}
	}
	return false
}

// Bounds of one page of operations.
const (
	pageOperations = 1000
	pageBytes      = 4 << 20
)

// page returns operations from position on, and the position of the next page; 0
// is the last one's. Position 0 is the execution itself.
func (e *execution) page(from, most int, millis bool) ([]Operation, int) {
	list := []Operation{}
	left := pageBytes
	if from == 0 {
		list = append(list, e.root(millis))
		left -= len(e.Input)
	}
	for i := max(from-1, 0); i < len(e.ops); i++ {
		op := e.ops[i]
		if e.hidden(op) {
			continue
		}
		left -= int(size(op.Result)) + op.Error.size()
		if len(list) > 0 && (len(list) >= most || left < 0) {
			return list, i + 1
		}
		list = append(list, op.shape(millis))
	}
	return list, 0
}

// due is when the next thing happens by itself; the zero time is never.
func (e *execution) due() time.Time {
	if e.terminal() {
		return time.Time{}
	}
	next := e.Started.Add(time.Duration(e.Config.ExecutionTimeout) * time.Second)
	sooner := func(at time.Time) {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	sooner(e.Retry)
	for op := range e.open {
		sooner(op.Due)
		sooner(op.Silent)
	}
	return next
}
