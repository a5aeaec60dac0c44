package durable

import (
	"slices"
	"time"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// change is what a request does to an execution. It is worked out on copies, so
// that a request that is refused changes nothing.
type change struct {
	e      *execution
	limits Limits
	now    time.Time
	copies map[string]*copied
	order  []*operation // the copies, by their last change
	events []*event
	chains []*event // that start chained invokes
	ending *detail  // of the execution
	status string   // that it ends with
	count  int
	bytes  int64
}

// copied is an operation as the request leaves it, with the last action of the
// request on it: "" for none.
type copied struct {
	*operation
	action string
}

// plan works out what the updates do.
func (g *Engine) plan(e *execution, updates []Update, now time.Time) (*change, error) {
	c := &change{e: e, limits: g.limits, now: now, copies: map[string]*copied{}}
	for i := range updates {
		u := &updates[i]
		if u.Type == typeExecution && i != len(updates)-1 {
			return nil, service.Invalid("EXECUTION checkpoint must be the last update.")
		}
		if err := c.update(u); err != nil {
			return nil, err
		}
	}
	if e.Count+c.count > g.limits.Operations {
		return nil, service.Invalid("The execution has reached its limit of %d operations.", g.limits.Operations)
	}
	if e.Bytes+c.bytes > g.limits.Bytes {
		return nil, service.Invalid("The execution has reached its limit of %d bytes of data.", g.limits.Bytes)
	}
	return c, nil
}

func (c *change) update(u *Update) error {
	if !slices.Contains(actions.Get()[u.Type], u.Action) {
		return service.Invalid("Invalid %s action %s.", u.Type, u.Action)
	}
	if err := c.sizes(u); err != nil {
		return err
	}
	if u.Type == typeExecution {
		return c.end(u)
	}
	have := c.find(u.ID)
	if err := c.consistent(u, have); err != nil {
		return err
	}
	if have == nil {
		have = &copied{operation: &operation{
			ID: u.ID, Parent: value(u.ParentID), Name: value(u.Name), Type: u.Type, SubType: value(u.SubType), Started: c.now,
		}}
		c.copies[u.ID] = have
		c.count++
	}
	if last := have.action; last != "" && (last != "START" || u.Type != typeStep && u.Type != typeContext) {
		return service.Invalid("Cannot update the same operation twice in a single request.")
	}
	have.action = u.Action
	op := have.operation
	before := op.Status
	if err := c.act(u, op); err != nil {
		return err
	}
	if before == ready && u.Action == "START" {
		c.count++ // a retry of a step, as AWS counts
	}
	c.order = append(slices.DeleteFunc(c.order, func(o *operation) bool { return o == op }), op)
	c.bytes += size(u.Payload) + int64(u.Error.size())
	return nil
}

// find returns a copy of an operation, the same one for each update of the
// request; nil where there is none.
func (c *change) find(id string) *copied {
	if one := c.copies[id]; one != nil {
		return one
	}
	have := c.e.byID[id]
	if have == nil {
		return nil
	}
	op := *have
	one := &copied{operation: &op}
	c.copies[id] = one
	return one
}

// consistent refuses an update that speaks of another operation than the one
// that has its id.
func (c *change) consistent(u *Update, op *copied) error {
	if op == nil {
		if u.ParentID == nil {
			return nil
		}
		if parent := c.find(*u.ParentID); parent == nil || parent.Type != typeContext {
			return service.Invalid("Invalid parent operation id.")
		}
		return nil
	}
	differs := func(given *string, has string) bool { return given != nil && *given != has }
	switch {
	case u.Type != op.Type:
		return service.Invalid("Inconsistent operation type.")
	case differs(u.SubType, op.SubType):
		return service.Invalid("Inconsistent operation subtype.")
	case differs(u.Name, op.Name):
		return service.Invalid("Inconsistent operation name.")
	case differs(u.ParentID, op.Parent):
		return service.Invalid("Inconsistent parent operation id.")
	}
	return nil
}

// sizes holds an update to the limits of payloads.
func (c *change) sizes(u *Update) error {
	most, what := c.limits.Payload, u.Type+" output"
	switch {
	case u.Type == typeChained:
		what = u.Type + " input"
	case u.Type == typeExecution:
		what = "Execution output"
		if !c.e.Async {
			most = max(most, syncLimit)
		}
	}
	if int(size(u.Payload)) > most {
		return service.Invalid("%s payload size must be less than or equal to %d bytes", what, most)
	}
	if u.Error.size() > c.limits.Payload {
		return service.Invalid("%s error size must be less than or equal to %d bytes", u.Type, c.limits.Payload)
	}
	switch {
	case u.Payload != nil && u.Error != nil:
		return service.Invalid("Cannot provide both a Payload and an Error.")
	case u.Action == "SUCCEED" && u.Error != nil:
		return service.Invalid("Cannot provide an Error for SUCCEED action.")
	case u.Action == "FAIL" && u.Payload != nil:
		return service.Invalid("Cannot provide a Payload for FAIL action.")
	}
	return nil
}

func (c *change) end(u *Update) error {
	c.status = succeeded
	if u.Action == "FAIL" {
		c.status = failed
	}
	c.ending = &detail{Result: u.Payload, Error: u.Error}
	c.bytes += size(u.Payload) + int64(u.Error.size())
	return nil
}

// act moves an operation on.
func (c *change) act(u *Update, op *operation) error {
	if !allowed(u, op) {
		return service.Invalid("Invalid current %s state to %s.", op.Type, verbs.Get()[u.Action])
	}
	switch u.Action {
	case "START":
		return c.start(u, op)
	case "RETRY":
		return c.retry(u, op)
	case "CANCEL":
		c.settle(u, op, cancelled)
	case "SUCCEED":
		c.settle(u, op, succeeded)
	case "FAIL":
		c.settle(u, op, failed)
	}
	return nil
}

var verbs = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{"START": "start", "SUCCEED": "close", "FAIL": "close", "RETRY": "retry", "CANCEL": "cancel"}
}}

// allowed reports whether an action fits what an operation is now.
func allowed(u *Update, op *operation) bool {
	switch {
	case u.Action == "START":
		return op.Status == "" || op.Type == typeStep && op.Status == ready
	case op.Type == typeStep:
		return op.Status == "" || op.Status == started || op.Status == ready
	}
	return op.Status == started
}

func (c *change) start(u *Update, op *operation) error {
	op.Status, op.Due = started, time.Time{}
	d := detail{}
	switch op.Type {
	case typeWait:
		if u.WaitOptions == nil || u.WaitOptions.WaitSeconds == nil {
			return service.Invalid("Invalid Wait Options.")
		}
		op.Duration = *u.WaitOptions.WaitSeconds
		op.Due = c.now.Add(seconds(op.Duration))
		d.Seconds, d.End = op.Duration, op.Due
	case typeCallback:
		c.callback(u, op, &d)
	case typeChained:
		if u.ChainedInvokeOptions == nil || value(u.ChainedInvokeOptions.FunctionName) == "" {
			return service.Invalid("Invalid Chained Invoke Options.")
		}
		op.Target, op.Tenant = *u.ChainedInvokeOptions.FunctionName, value(u.ChainedInvokeOptions.TenantID)
		op.Input = u.Payload
		c.record(op, detail{}) // what is told of it is known when it is started
		c.chains = append(c.chains, c.events[len(c.events)-1])
		return nil
	}
	c.record(op, d)
	return nil
}

func (c *change) callback(u *Update, op *operation, d *detail) {
	op.Callback = callbackID(c.e.ARN, op.ID)
	d.Callback = op.Callback
	if o := u.CallbackOptions; o != nil {
		if o.TimeoutSeconds > 0 {
			op.Due = c.now.Add(seconds(o.TimeoutSeconds))
		}
		if o.HeartbeatTimeoutSeconds > 0 {
			op.Beat, op.Silent = o.HeartbeatTimeoutSeconds, c.now.Add(seconds(o.HeartbeatTimeoutSeconds))
		}
		d.Seconds, d.Beat = o.TimeoutSeconds, o.HeartbeatTimeoutSeconds
	}
}

func (c *change) retry(u *Update, op *operation) error {
	if u.StepOptions == nil || u.StepOptions.NextAttemptDelaySeconds == nil {
		return service.Invalid("Invalid Step Options.")
	}
	delay := *u.StepOptions.NextAttemptDelaySeconds
	op.Attempt++
	op.Status, op.Due = pending, c.now.Add(seconds(delay))
	op.Result, op.Error = u.Payload, u.Error
	kind := "StepSucceeded"
	if u.Error != nil {
		kind = "StepFailed"
	}
	c.events = append(c.events, &event{Kind: kind, Op: op.ID, At: c.now, detail: detail{
		Result: u.Payload, Error: u.Error, Attempt: op.Attempt, Delay: delay,
	}})
	return nil
}

// settle ends an operation.
func (c *change) settle(u *Update, op *operation, status string) {
	op.Status, op.Ended, op.Result, op.Error = status, c.now, u.Payload, u.Error
	switch op.Type {
	case typeStep:
		op.Attempt++
		op.Due = time.Time{}
	case typeContext:
		op.Replay = u.ContextOptions != nil && u.ContextOptions.ReplayChildren
	}
	c.record(op, detail{Result: u.Payload, Error: u.Error, Attempt: op.Attempt})
}

func (c *change) record(op *operation, d detail) {
	c.events = append(c.events, &event{Kind: prefixes.Get()[op.Type] + endings.Get()[op.Status], Op: op.ID, At: c.now, detail: d})
}

// commit does what was worked out.
func (g *Engine) commit(c *change) {
	e := c.e
	for _, op := range c.order {
		if have := e.byID[op.ID]; have != nil {
			*have = *op
			op = have
		}
		e.touch(op)
	}
	e.Count += c.count
	e.Bytes += c.bytes
	e.events = append(e.events, c.events...)
	for _, start := range c.chains {
		g.chain(e, e.byID[start.Op], start, c.now)
	}
	if c.ending != nil {
		g.conclude(e, c.status, *c.ending, c.now)
	}
}

func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
