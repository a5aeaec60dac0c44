package durable

import (
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// chain starts what a chained invoke names, and says so in its event. The lock
// must be held, and a task be under way.
func (g *Engine) chain(e *execution, op *operation, start *event, now time.Time) {
	start.Function = op.Target
	f, err := g.functions.Find(e.place(), op.Target)
	if err != nil {
		refusal := service.AsAPIError(err)
		e.close(op, failed, now, detail{Error: &ErrorObject{ErrorType: refusal.Code, ErrorMessage: refusal.Message}})
		return
	}
	if op.Input == nil {
		op.Input = new("{}")
	}
	start.Input, start.Version, start.Tenant = op.Input, f.Version, op.Tenant
	if f.Config == nil {
		g.chainPlain(e, op, f)
		return
	}
	id, err := g.entropy.UUID()
	if err != nil {
		e.close(op, failed, now, detail{Error: &ErrorObject{ErrorType: "ServiceException", ErrorMessage: "the emulator could not start it"}})
		return
	}
	op.Child = arnOf(f, id, id)
	start.Child = op.Child
	g.chainDurable(e, op, f, id, now)
}

// chainDurable starts the execution that a chained invoke is.
func (g *Engine) chainDurable(e *execution, op *operation, f Function, id string, now time.Time) {
	child := g.add(Start{Function: f, Input: []byte(*op.Input), Async: true, Trace: e.Trace, Tenant: op.Tenant}, id, now)
	child.ParentARN, child.ParentOp = e.ARN, op.ID
	g.begin(child)
}

// chainPlain invokes a function that is not durable.
func (g *Engine) chainPlain(e *execution, op *operation, f Function) {
	id, err := g.entropy.UUID()
	if err != nil {
		id = e.ID
	}
	in := Invocation{RequestID: id, Payload: []byte(*op.Input), Tenant: op.Tenant, Trace: e.Trace}
	opID := op.ID
	g.active++
	g.tasks.Start(func() {
		ctx, cancel := g.tasks.Background()
		defer cancel()
		out, err := g.functions.Invoke(ctx, f, in)
		for try := 0; err != nil && service.AsAPIError(err).Status == 429 && try < 40 && g.tasks.Pause(throttleWait); try++ {
			out, err = g.functions.Invoke(ctx, f, in)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.active--
		if ctx.Err() != nil {
			return
		}
		status, d := succeeded, detail{}
		switch {
		case err != nil:
			refusal := service.AsAPIError(err)
			status, d.Error = failed, &ErrorObject{ErrorType: refusal.Code, ErrorMessage: refusal.Message}
		case out.Failed:
			status, d.Error = failed, errorOf(out.Payload)
		default:
			d.Result = new(string(out.Payload))
		}
		g.chained(e, opID, status, d)
		_ = g.saveAll(e)
		g.settle()
	})
}

// report tells the parent of an execution how that ended.
func (g *Engine) report(e *execution, _ time.Time) {
	parent := g.byARN[e.ParentARN]
	if parent == nil {
		return
	}
	_ = g.save(e) // before the parent knows of it
	d := detail{Result: e.Result, Error: e.Error}
	if e.Status == timedOut {
		d.Error = &ErrorObject{
			ErrorType:    "ChainedInvoke.Timeout",
			ErrorMessage: fmt.Sprintf("CHAINED_INVOKE timed out after %d seconds.", e.Config.ExecutionTimeout),
		}
	}
	g.chained(parent, e.ParentOp, e.Status, d)
	_ = g.saveAll(parent)
}

// chained ends a chained invoke.
func (g *Engine) chained(e *execution, id, status string, d detail) {
	op := e.byID[id]
	if op == nil || op.Type != typeChained || op.Status != started || e.terminal() {
		return
	}
	if int(size(d.Result)) > g.limits.Payload {
		status, d = failed, detail{Error: &ErrorObject{
			ErrorType:    "InvalidParameterValueException",
			ErrorMessage: fmt.Sprintf("CHAINED_INVOKE output payload size must be less than or equal to %d bytes", g.limits.Payload),
		}}
	}
	if e.busy() {
		e.held = append(e.held, ending{id, status, d})
		time.AfterFunc(chainGrace, func() { g.late(e) })
		return
	}
	e.close(op, status, g.now(), d)
	g.look(e)
}

// ending is how a chained invoke ended of which the function is told in a
// moment.
type ending struct {
	op, status string
	detail     detail
}

// chainGrace is how long a function that has started a chained invoke may take
// to suspend before it is told how that ended. On AWS nothing ends as fast as
// here, and the history has the invocation's end first.
const chainGrace = 300 * time.Millisecond

// tell closes the chained invokes that have ended. The lock must be held.
func (e *execution) tell(now time.Time) {
	held := e.held
	e.held = nil
	for _, one := range held {
		if op := e.byID[one.op]; op != nil && op.Status == started && !e.terminal() {
			e.close(op, one.status, now, one.detail)
		}
	}
}

// late tells a function that still runs how its chained invokes have ended.
func (g *Engine) late(e *execution) {
	if !g.tasks.Enter() {
		return
	}
	defer g.tasks.Leave()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(e.held) == 0 {
		return
	}
	e.tell(g.now())
	g.look(e)
	_ = g.saveAll(e)
	g.settle()
}
