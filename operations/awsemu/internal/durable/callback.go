package durable

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// callbackID names an operation of an execution, so that whoever gets it can
// tell which one.
func callbackID(arn, op string) string {
	return base64.StdEncoding.EncodeToString([]byte(arn + " " + op))
}

// callback finds the callback of an id, which is still to be answered. The lock
// must be held.
func (g *Engine) callback(id string) (*execution, *operation, error) {
	k := &constraints{}
	k.text(id, "callbackId", 1024, tokenChars)
	if err := k.err(); err != nil {
		return nil, nil, err
	}
	plain, err := base64.StdEncoding.DecodeString(id)
	arn, op, ok := strings.Cut(string(plain), " ")
	if err != nil || !ok || !executionARN.Get().MatchString(arn) {
		return nil, nil, service.Invalid("Invalid callback id")
	}
	e := g.byARN[arn]
	if e == nil {
		return nil, nil, service.NotFound("Durable Execution does not exist")
	}
	g.advance(e, g.now())
	found := e.byID[op]
	if found == nil || found.Type != typeCallback {
		return nil, nil, service.NotFound("Callback does not exist")
	}
	if e.terminal() || found.Status != started {
		return nil, nil, service.Failure("CallbackTimeoutException", http.StatusBadRequest, "The callback is either timed out or already completed")
	}
	return e, found, nil
}

// Succeed completes a callback with a result; nil is none.
func (g *Engine) Succeed(id string, result *string) error {
	if int(size(result)) > g.limits.Payload {
		return service.Invalid("CALLBACK output payload size must be less than or equal to %d bytes", g.limits.Payload)
	}
	return g.complete(id, succeeded, detail{Result: result})
}

// Fail completes a callback with an error.
func (g *Engine) Fail(id string, err ErrorObject) error {
	if err.size() > g.limits.Payload {
		return service.Invalid("CALLBACK error size must be less than or equal to %d bytes", g.limits.Payload)
	}
	return g.complete(id, failed, detail{Error: &err})
}

func (g *Engine) complete(id, status string, d detail) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, op, err := g.callback(id)
	if err != nil {
		return err
	}
	if e.Bytes+size(d.Result)+int64(d.Error.size()) > g.limits.Bytes {
		return service.Invalid("The execution has reached its limit of %d bytes of data.", g.limits.Bytes)
	}
	e.close(op, status, g.now(), d)
	if err := g.save(e); err != nil {
		return err
	}
	g.look(e)
	g.settle()
	return g.saveAll(e)
}

// Heartbeat says that a callback is still to come.
func (g *Engine) Heartbeat(id string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, op, err := g.callback(id)
	if err != nil || op.Beat == 0 {
		return err
	}
	op.Silent = g.now().Add(time.Duration(op.Beat) * time.Second)
	e.stain(op) // the function need not know
	g.arm(e)
	return g.saveAll(e)
}

// Stop ends an execution where it is, and gives when it ended.
func (g *Engine) Stop(arn string, why ErrorObject) (any, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, err := g.find(arn)
	if err != nil {
		return nil, err
	}
	now := g.now()
	g.advance(e, now)
	if !e.terminal() {
		g.conclude(e, stopped, detail{Error: &why}, now)
	}
	g.settle()
	return struct{ StopTimestamp stamp }{stamp{at: e.Ended}}, g.saveAll(e)
}
