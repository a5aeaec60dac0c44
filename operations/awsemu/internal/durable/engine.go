package durable

import (
	"context"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/entropy"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/tasks"
)

// Functions is what an engine needs of the service that has the functions. No
// method may call the engine back.
type Functions interface {
	// Find finds the version that a chained invoke of an execution in that
	// place names. It refuses as Invoke does.
	Find(from service.Place, name string) (Function, error)
	// Invoke runs a function once. An error means that it did not run: one of
	// status 429, 503 or 409 that it can be tried again.
	Invoke(ctx context.Context, f Function, in Invocation) (Outcome, error)
	// Buried is told of an execution that nobody waited for and that did not
	// succeed.
	Buried(Ended)
}

// Invocation is one call of a function.
type Invocation struct {
	RequestID string
	Payload   []byte // JSON
	Tenant    string // "" for none
	Trace     string // X-Amzn-Trace-Id; "" for none
}

// Outcome is what an invocation came to.
type Outcome struct {
	Payload []byte // of the answer, or of the error
	Failed  bool   // the function failed
	Log     []byte // what it wrote
}

// Ended is an execution at its end.
type Ended struct {
	ARN    string
	Input  string
	Status string // SUCCEEDED, FAILED, TIMED_OUT or STOPPED
	Result *string
	Error  *ErrorObject
}

// Limits are those of AWS, or others for trying what happens at them.
type Limits struct {
	Operations int   // of an execution
	Bytes      int64 // of payloads that an execution ever kept
	Payload    int   // bytes of one payload or error
}

// AWSLimits are the limits of AWS, as of October 2026.
func AWSLimits() Limits { return Limits{Operations: 3000, Bytes: 100 << 20, Payload: 1 << 20} }

// syncLimit is how large the result of an execution may be that somebody waits
// for.
const syncLimit = 6 << 20

// Options are what an engine is made of. Data and Jump may be left out.
type Options struct {
	Functions Functions
	Entropy   *entropy.Source  // of ids and tokens
	Clock     func() time.Time // the present
	Tasks     *tasks.Group     // where invocations are counted
	Limits    Limits           // zero members are AWS's
	// Data is the file that keeps executions between runs; "" for none.
	Data string
	// Jump lets the clock of executions jump to when the next thing is due
	// while no function runs.
	Jump bool
}

// Engine holds the durable executions of an emulator. It is safe for
// concurrent use.
type Engine struct {
	functions Functions
	entropy   *entropy.Source
	clock     func() time.Time
	tasks     *tasks.Group
	limits    Limits
	jump      bool

	mu     sync.Mutex
	byARN  map[string]*execution
	byName map[string]*execution // by function and name
	order  []*execution          // by start
	held   int64                 // bytes of executions that have ended
	offset time.Duration         // how far the clock has jumped
	active int                   // functions that run now
	idle   *time.Timer           // until the clock jumps
	log    *log                  // nil where nothing is kept
	resume sync.Once
	broken error // of the log: nothing more is promised after it
}

// New makes an engine with the executions of an earlier run, which go on with
// Resume.
func New(o Options) (*Engine, error) {
	g := &Engine{
		functions: o.Functions, entropy: o.Entropy, clock: o.Clock, tasks: o.Tasks, limits: o.Limits, jump: o.Jump,
		byARN: map[string]*execution{}, byName: map[string]*execution{},
	}
	usual := AWSLimits()
	if g.limits.Operations == 0 {
		g.limits.Operations = usual.Operations
	}
	if g.limits.Bytes == 0 {
		g.limits.Bytes = usual.Bytes
	}
	if g.limits.Payload == 0 {
		g.limits.Payload = usual.Payload
	}
	if o.Data == "" {
		return g, nil
	}
	g.log = &log{path: o.Data}
	return g, g.restore()
}

// now is the present as executions see it. The lock must be held.
func (g *Engine) now() time.Time {
	return g.clock().Add(g.offset).Truncate(time.Millisecond)
}

// find finds an execution. The lock must be held.
func (g *Engine) find(arn string) (*execution, error) {
	if err := checkARN(arn); err != nil {
		return nil, err
	}
	if e := g.byARN[arn]; e != nil {
		return e, nil
	}
	return nil, service.NotFound("Durable Execution does not exist")
}

// Close ends what the engine holds open. Invocations under way are counted in
// Tasks, and have ended before.
func (g *Engine) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, e := range g.order {
		if e.timer != nil {
			e.timer.Stop()
		}
	}
	if g.idle != nil {
		g.idle.Stop()
	}
	if g.log != nil {
		return g.log.close()
	}
	return nil
}

// heldLimit is how many bytes executions that have ended may take; older ones
// are forgotten above it.
const heldLimit = 256 << 20

// forget makes room. The lock must be held.
func (g *Engine) forget(now time.Time) {
	kept := g.order[:0]
	for _, e := range g.order {
		old := e.terminal() && !e.busy() && (g.held > heldLimit || now.After(e.Ended.Add(e.retention())))
		if !old {
			kept = append(kept, e)
			continue
		}
		g.held -= e.weight()
		delete(g.byARN, e.ARN)
		if key := e.key(); g.byName[key] == e {
			delete(g.byName, key)
		}
	}
	clear(g.order[len(kept):])
	g.order = kept
}

func (e *execution) retention() time.Duration {
	days := e.Config.RetentionPeriodInDays
	if days == 0 {
		days = 14
	}
	return time.Duration(days) * 24 * time.Hour
}

// weight is about how many bytes an execution takes.
func (e *execution) weight() int64 {
	return e.Bytes + int64(len(e.Input)+len(e.logs)+400*len(e.ops)+300*len(e.events)+1000)
}

func (e *execution) key() string { return nameKey(e.place(), e.Fn, e.Name) }

func nameKey(p service.Place, function, name string) string {
	return p.Account + "/" + p.Region + "/" + function + "/" + name
}
