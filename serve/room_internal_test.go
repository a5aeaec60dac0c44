package serve

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Those who wait get places in the order in which they came, and who goes away leaves his.
func TestRoomIsInOrder(t *testing.T) {
	r := newRoom(1, 10)
	leave, ok := r.enter(t.Context(), time.Hour)
	if !ok || r.try() {
		t.Fatal("the first place")
	}
	gone, cancel := context.WithCancel(t.Context())
	asked := []chan struct{}{r.ask(), r.ask(), r.ask()}
	cancel()
	if _, ok := r.wait(gone); ok {
		t.Error("a place for one who has gone")
	}
	if !r.askNoMore(asked[1]) {
		t.Error("the second was given a place")
	}
	leave()
	<-asked[0]
	select {
	case <-asked[2]:
		t.Error("two places of one")
	default:
	}
	r.bound(2)
	<-asked[2]
	r.bound(1)
	r.leave()
	if r.try() {
		t.Error("a place beyond the lower bound")
	}
	r.force()
	r.leave()
	r.leave()
	if taken, most, waiting := r.stands(); taken != 0 || most != 1 || waiting != 0 {
		t.Errorf("%d of %d are taken, and %d wait", taken, most, waiting)
	}
}

// No more than may are in a room, whoever comes, waits and gives up.
func TestRoomHolds(t *testing.T) {
	r := newRoom(3, 50)
	var in, most atomic.Int64
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			for range 50 {
				leave, ok := r.enter(t.Context(), time.Duration(i)*10*time.Microsecond)
				if !ok {
					continue
				}
				if n := in.Add(1); n > most.Load() {
					most.Store(n)
				}
				in.Add(-1)
				leave()
			}
		})
	}
	all.Wait()
	if most.Load() > 3 {
		t.Errorf("%d were in a room for 3", most.Load())
	}
	if taken, _, waiting := r.stands(); taken != 0 || waiting != 0 || r.line.depth() != 0 {
		t.Errorf("%d places are taken, and %d wait", taken, waiting)
	}
	r.line.close()
	if leave, ok := r.wait(t.Context()); !ok { // there is one
		t.Error("no place")
	} else {
		defer leave()
	}
}
