package shared

import (
	"errors"
	"sync"
	"testing"
	"time"
)

// What panics while it is opened has made nothing: the panic is that of who opened it,
// the others are given an error, and the next one tries again.
func TestPanicWhileOpening(t *testing.T) {
	var p Pool[string, *int]
	open := func() (v *int, panicked any, err error) {
		defer func() { panicked = recover() }()
		entry, err := p.Acquire("key", func() (*int, error) { panic("no such thing") })
		if err != nil {
			return nil, nil, err
		}
		return entry.Value, nil, nil
	}
	var opening sync.WaitGroup
	for range 8 {
		opening.Go(func() {
			if v, panicked, err := open(); panicked == nil && (v != nil || !errors.Is(err, errNotOpened)) {
				t.Errorf("it is given %v, %v", v, err)
			}
		})
	}
	opening.Wait()
	if n := p.Len(); n != 0 {
		t.Errorf("%d values are kept", n)
	}
	one := 1
	entry, err := p.Acquire("key", func() (*int, error) { return &one, nil })
	if err != nil || entry.Value != &one {
		t.Fatalf("the next one is given %v, %v", entry, err)
	}
	p.Release("key", entry)
}

// A timer that had run out when it was stopped, and was set again, comes twice: what is
// ended is ended once, and what somebody uses is not.
func TestEndedOnce(t *testing.T) {
	ended := 0
	p := Pool[string, int]{Linger: time.Hour, End: func(int) { ended++ }}
	open := func() (int, error) { return 1, nil }
	entry, err := p.Acquire("key", open)
	if err != nil {
		t.Fatal(err)
	}
	p.lapsed("key", entry)
	if ended != 0 {
		t.Fatal("it was ended while somebody used it")
	}
	p.Release("key", entry)
	p.lapsed("key", entry)
	p.lapsed("key", entry)
	if n := p.Len(); ended != 1 || n != 0 {
		t.Errorf("it was ended %d times, and %d are kept", ended, n)
	}
	again, err := p.Acquire("key", open)
	if err != nil || again == entry {
		t.Errorf("what has ended is given again: %v", err)
	}
	p.lapsed("key", entry) // the first one's, late
	if p.Len() != 1 || ended != 1 {
		t.Error("the one of another entry was ended")
	}
}
