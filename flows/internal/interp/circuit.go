package interp

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// Circuit says after how many failures in a row no call of a connection is made, and for
// how long.
type Circuit struct {
	Failures int
	Open     time.Duration
}

// circuit returns the circuit breaker of the connection with such parameters; nil where it
// has none. Those of one place share one for the calls of a connector, where they say the
// same but for what is secret: each run can have credentials of its own, and still mean
// one service.
func (p *ConnectionPlan) circuit(registry *connector.Registry, owner *connector.Connector, params map[string]any) (*connector.Circuit, error) {
	if p == nil || p.Circuit == nil {
		return nil, nil //nolint:nilnil // most have none
	}
	public := maps.Clone(params)
	maps.DeleteFunc(public, func(name string, _ any) bool {
		f := owner.Connection.Field(name)
		return f == nil || f.HasSecret()
	})
	key, err := ConnectionKey(public)
	if err != nil {
		return nil, err
	}
	c := registry.Circuit(p.At.String()+" "+p.Name+" "+owner.Name+" "+key, p.Circuit.Failures, p.Circuit.Open)
	return &c, nil
}

// admitted waits until a call may begin, and returns who is to be told how it ended; nil
// for nobody. A call that may not be made has a failure.
func admitted(ctx context.Context, ref *runtime.ConnectionRef) (end func(*connector.Error) connector.CircuitChange, failure *connector.Error, stopped error) {
	if ref == nil {
		return nil, nil, nil
	}
	if ref.Circuit != nil {
		if failure = ref.Circuit.Refusal(); failure != nil {
			return nil, failure, nil
		}
	}
	if ref.Pass != nil {
		if stopped = ref.Pass(ctx); stopped != nil {
			return nil, nil, stopped
		}
	}
	if ref.Circuit != nil {
		end, failure = ref.Circuit.Begin()
	}
	return end, failure, nil
}

// judged tells a circuit breaker how a call ended, and the run's log what that changed.
func (r *inProcess) judged(a *runtime.Attempt, end func(*connector.Error) connector.CircuitChange, err error) {
	var failure *connector.Error
	switch {
	case err == nil:
	case r.Stopped() != runtime.NotStopped:
		failure = &connector.Error{Class: connector.ClassCanceled}
	default:
		failure = connector.AsError(err)
	}
	change := end(failure)
	if a.Log == nil || change == connector.CircuitStayed {
		return
	}
	of := "of a step"
	if a.Connection.Name != "" {
		of = fmt.Sprintf("%q", a.Connection.Name)
	}
	if change == connector.CircuitClosed {
		a.Log(connector.LogInfo, "the circuit breaker of connection "+of+" is closed again: a call was answered", nil)
		return
	}
	a.Log(connector.LogWarn, "the circuit breaker of connection "+of+" is open: no call is made for a while", map[string]any{"code": failure.Code})
}
