package limit

import (
	"errors"
	"math"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Result is what a call said of the service that it went to.
type Result int

// What a call can say.
const (
	Nothing Result = iota // it was stopped before it was known
	Answers               // the service is there, whatever it answered
	Fails                 // it gave no answer, or one that says that it cannot
)

var (
	errFails   = errors.New("fails")
	errNothing = errors.New("nothing")
)

// breaker is what decides: gobreaker's of two steps.
type breaker interface {
	Allow() (done func(error), err error)
	State() gobreaker.State
}

// Circuit lets calls pass until so many of them in a row have failed, then none for a
// while, and then one, whose result decides. It is safe for concurrent use.
type Circuit struct {
	breaker breaker

	// ending is held from what a call says to what that changed: who changed nothing
	// must not be told of what another one did.
	ending sync.Mutex

	mu     sync.Mutex
	until  time.Time // that it is open
	change Change    // by the call that ends
}

// NewCircuit returns a circuit that is closed, and opens for a time after so many
// failures, at least one.
func NewCircuit(failures int, open time.Duration) *Circuit {
	c := &Circuit{}
	most := uint32(min(max(failures, 1), math.MaxUint32)) //nolint:gosec // it fits
	c.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:  1,
		Timeout:      open - 1, // it is over at its end, not behind it
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= most },
		IsSuccessful: func(err error) bool { return err == nil },
		IsExcluded:   func(err error) bool { return errors.Is(err, errNothing) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			c.mu.Lock()
			defer c.mu.Unlock()
			switch to {
			case gobreaker.StateOpen:
				c.change, c.until = Opened, time.Now().Add(open)
			case gobreaker.StateClosed:
				c.change = Closed
			case gobreaker.StateHalfOpen:
			}
		},
	})
	return c
}

// Change is what became of a circuit by the result of a call.
type Change int

// The changes.
const (
	Stayed Change = iota
	Opened
	Closed
)

// Allow reports whether a call may pass; wait is how long none will, 0 where one that
// is under way decides that. Whoever passes says by done what came of it, once.
func (c *Circuit) Allow() (done func(Result) Change, wait time.Duration, ok bool) {
	told, err := c.breaker.Allow()
	if err != nil {
		return nil, c.left(), false
	}
	return func(r Result) Change {
		c.ending.Lock()
		defer c.ending.Unlock()
		told(map[Result]error{Fails: errFails, Nothing: errNothing}[r])
		return c.tell()
	}, 0, true
}

// Open reports whether no call may pass now, and how long none will.
func (c *Circuit) Open() (wait time.Duration, open bool) {
	if c.breaker.State() != gobreaker.StateOpen {
		return 0, false
	}
	return c.left(), true
}

// left is how long the circuit stays open.
func (c *Circuit) left() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(time.Until(c.until), 0)
}

// tell tells once of a change.
func (c *Circuit) tell() Change {
	c.mu.Lock()
	defer c.mu.Unlock()
	change := c.change
	c.change = Stayed
	return change
}

// Circuits has a circuit for each of many names. It remembers the latest ones of a
// bounded number. The zero value is ready, and safe for concurrent use.
type Circuits struct{ byName latest[circuitKey, *Circuit] }

// circuitKey is a name with what its circuit is like: another one makes another circuit.
type circuitKey struct {
	name     string
	failures int
	open     time.Duration
}

// Of returns the circuit of a name, the same one each time.
func (c *Circuits) Of(name string, failures int, open time.Duration) *Circuit {
	return c.byName.of(circuitKey{name, failures, open}, func() *Circuit { return NewCircuit(failures, open) })
}
