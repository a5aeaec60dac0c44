package stack_test

import (
	"runtime/metrics"
	"testing"

	"github.com/medlar-flow/medlar/internal/stack"
)

// Goroutines that have grown their stacks hold them.
func TestGrow(t *testing.T) {
	const goroutines = 64
	before := stacks()
	grown, end := make(chan struct{}), make(chan struct{})
	defer close(end)
	for range goroutines {
		go func() {
			stack.Grow()
			grown <- struct{}{}
			<-end
		}()
	}
	for range goroutines {
		<-grown
	}
	if each := (stacks() - before) / goroutines; each < 96<<10 {
		t.Errorf("the stack of each has %d bytes", each)
	}
}

// stacks returns the bytes of all stacks.
func stacks() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
