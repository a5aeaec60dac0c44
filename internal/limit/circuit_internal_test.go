package limit

import (
	"testing"
	"time"
)

// slow is a breaker whose calls end slowly: it does something before it returns.
type slow struct {
	breaker
	before func()
}

func (s slow) Allow() (func(error), error) {
	done, err := s.breaker.Allow()
	if err != nil {
		return nil, err
	}
	return func(err error) {
		done(err)
		s.before()
	}, nil
}

// Calls that end at the same time are told of what they changed themselves: one that was
// answered never opens a circuit.
func TestCircuitEndsAtOnce(t *testing.T) {
	c := NewCircuit(1, time.Hour)
	answered, _, _ := c.Allow()
	told := make(chan Change, 1)
	c.breaker = slow{c.breaker, func() {
		go func() { told <- answered(Answers) }()
		time.Sleep(20 * time.Millisecond) // it ends meanwhile, if it may
	}}
	fails, _, _ := c.Allow()
	if change := fails(Fails); change != Opened {
		t.Errorf("who opened it is told %d", change)
	}
	if change := <-told; change != Stayed {
		t.Errorf("who was answered is told %d", change)
	}
}
