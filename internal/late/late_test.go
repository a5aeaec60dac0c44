package late_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/medlar-flow/medlar/internal/late"
)

// However many ask at once, the value is made once, and not before.
func TestValueIsMadeOnce(t *testing.T) {
	var made atomic.Int32
	v := late.Value[*int32]{Make: func() *int32 { n := made.Add(1); return &n }}
	if made.Load() != 0 {
		t.Error("it was made before anybody asked")
	}
	var all [8]*int32
	var asking sync.WaitGroup
	for i := range all {
		asking.Go(func() { all[i] = v.Get() })
	}
	asking.Wait()
	for _, got := range all {
		if got != all[0] || *got != 1 {
			t.Errorf("got value %d at %p, want the first at %p", *got, got, all[0])
		}
	}
}
