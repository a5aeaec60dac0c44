package durable

import (
	"context"
	"net/http"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// Start is how an execution begins.
type Start struct {
	Function Function
	Name     string // "" for one of its own
	Input    []byte // JSON
	Async    bool   // nobody waits for the result
	Trace    string // X-Amzn-Trace-Id; "" for none
	Tenant   string // "" for none
}

// longestSync is how long AWS lets a caller wait.
const longestSync = 15 * time.Minute

// Start starts an execution and gives its ARN. One that was started under the
// same name with the same input is taken instead; another input is refused.
func (g *Engine) Start(in Start) (string, error) {
	if !in.Async && seconds(in.Function.Config.ExecutionTimeout) > longestSync {
		return "", service.Invalid("You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.")
	}
	if in.Name != "" {
		k := &constraints{}
		k.text(in.Name, "durableExecutionName", 64, idChars)
		if err := k.err(); err != nil {
			return "", err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	g.forget(now)
	if have := g.byName[nameKey(in.Function.Place, in.Function.Name, in.Name)]; have != nil && in.Name != "" {
		if have.Input != string(in.Input) || have.Version != in.Function.Version {
			return "", service.Failure("DurableExecutionAlreadyStartedException", http.StatusConflict, "Execution already started: %s", have.ARN)
		}
		return have.ARN, nil
	}
	id, err := g.entropy.UUID()
	if err != nil {
		return "", err
	}
	e := g.add(in, id, now)
	g.begin(e)
	return e.ARN, g.save(e)
}

// add makes an execution. The lock must be held.
func (g *Engine) add(in Start, id string, now time.Time) *execution {
	f := in.Function
	name := in.Name
	if name == "" {
		name = id
	}
	e := &execution{
		identity: identity{
			ID: id, Name: name, ARN: arnOf(f, name, id), Account: f.Place.Account, Region: f.Place.Region,
			Fn: f.Name, Version: f.Version, Config: *f.Config, Input: string(in.Input), Async: in.Async,
			Trace: in.Trace, Tenant: in.Tenant, Started: now,
		},
		state: state{Status: running, Count: 1, Bytes: int64(len(in.Input))},
		fresh: true,
	}
	e.record("ExecutionStarted", "", now, detail{Input: &e.Input, Seconds: e.Config.ExecutionTimeout})
	g.index(e)
	return e
}

// index makes an execution findable.
func (g *Engine) index(e *execution) {
	e.byID = map[string]*operation{}
	for _, op := range e.ops {
		e.byID[op.ID] = op
		e.note(op)
		if op.Changed > e.Seen {
			e.recent = append(e.recent, op)
		}
	}
	e.done = make(chan struct{})
	if e.terminal() {
		close(e.done)
		g.held += e.weight()
	}
	g.byARN[e.ARN], g.byName[e.key()] = e, e
	g.order = append(g.order, e)
}

func arnOf(f Function, name, id string) string {
	return "arn:" + service.Partition(f.Place.Region) + ":lambda:" + f.Place.Region + ":" + f.Place.Account +
		":function:" + f.Name + ":" + f.Version + "/durable-execution/" + name + "/" + id
}

// Wait waits until an execution has ended, and its last invocation with it.
func (g *Engine) Wait(ctx context.Context, arn string) (Ended, error) {
	g.mu.Lock()
	e := g.byARN[arn]
	g.mu.Unlock()
	if e == nil {
		return Ended{}, service.NotFound("Durable Execution does not exist")
	}
	select {
	case <-e.done:
	case <-ctx.Done():
		return Ended{}, ctx.Err()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return e.end(), nil
}

func (e *execution) end() Ended {
	return Ended{ARN: e.ARN, Input: e.Input, Status: e.Status, Result: e.Result, Error: e.Error}
}

// conclude ends an execution. The lock must be held.
func (g *Engine) conclude(e *execution, status string, d detail, now time.Time) {
	e.Status, e.Ended, e.Result, e.Error = status, now, d.Result, d.Error
	e.Retry = time.Time{}
	e.token, e.answers = "", nil
	if e.timer != nil {
		e.timer.Stop()
	}
	e.record("Execution"+endings.Get()[status], "", now, d)
	if !e.busy() || status == timedOut || status == stopped {
		g.release(e)
	}
	if e.Async && status != succeeded && e.ParentARN == "" {
		g.functions.Buried(e.end())
	}
	g.report(e, now)
}

// release lets those go who wait for an execution.
func (g *Engine) release(e *execution) {
	select {
	case <-e.done:
		return
	default:
	}
	close(e.done)
	g.held += e.weight()
}
