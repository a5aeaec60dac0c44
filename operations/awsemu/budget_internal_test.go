package awsemu

import (
	"testing"
	"time"
)

func TestBodiesShareABudget(t *testing.T) {
	b, done := newBudget(100), make(chan struct{})
	if !b.take(60, done) {
		t.Fatal("the first part was refused")
	}
	got := make(chan bool)
	go func() { got <- b.take(60, done) }()
	select {
	case <-got:
		t.Fatal("more was given out than there is")
	case <-time.After(20 * time.Millisecond):
	}
	b.give(60)
	if !<-got {
		t.Error("what was given back was not given out")
	}
	close(done)
	if b.take(60, done) {
		t.Error("more was given out than there is")
	}
}
