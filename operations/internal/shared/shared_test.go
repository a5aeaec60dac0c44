package shared

import (
	"errors"
	"sync"
	"testing"
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
