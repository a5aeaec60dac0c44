package stack_test

import (
	"bytes"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/internal/stack"
)

// Whatever is given is run once, also beside others and after a pause in which the
// goroutines have ended.
func TestPoolRunsEachOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p stack.Pool
		var ran atomic.Int64
		var given int64
		for _, pause := range []time.Duration{0, time.Millisecond, 90 * time.Millisecond, time.Second, 150 * time.Millisecond, time.Hour} {
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for range 200 {
						done := make(chan struct{})
						p.Go(func() { ran.Add(1); close(done) })
						<-done
					}
				})
				given += 200
			}
			all.Wait()
			time.Sleep(pause)
		}
		time.Sleep(time.Second) // the goroutines end
		if ran.Load() != given {
			t.Errorf("%d were run, not %d", ran.Load(), given)
		}
	})
}

// kept counts the goroutines of pools: others come and go meanwhile.
func kept() int {
	all := make([]byte, 1<<20)
	for {
		n := runtime.Stack(all, true)
		if n < len(all) {
			return bytes.Count(all[:n], []byte("stack.(*Pool).work("))
		}
		all = make([]byte, 2*len(all))
	}
}

// A goroutine serves several functions, and does not stay when nobody has any.
func TestPoolKeepsGoroutinesForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p stack.Pool
		burst := func(n int) {
			hold := make(chan struct{})
			for range n {
				p.Go(func() { <-hold })
			}
			synctest.Wait()
			close(hold)
			synctest.Wait()
		}
		burst(10)
		if n := kept(); n != 10 {
			t.Errorf("%d goroutines are kept, not 10", n)
		}
		burst(10)
		burst(3)
		if n := kept(); n != 10 {
			t.Errorf("%d goroutines after more of the same, not 10", n)
		}
		for range 3 { // three are used all the time
			time.Sleep(60 * time.Millisecond)
			burst(3)
		}
		time.Sleep(60 * time.Millisecond)
		synctest.Wait()
		if n := kept(); n != 3 {
			t.Errorf("%d goroutines are kept of which three are used", n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := kept(); n != 0 {
			t.Errorf("%d goroutines are left of a pool that nobody uses", n)
		}
		burst(1000)
		if n := kept(); n != 256 {
			t.Errorf("%d goroutines are kept", n)
		}
		time.Sleep(time.Second)
	})
}

func BenchmarkPool(b *testing.B) {
	for name, start := range map[string]func(func()){"go": func(f func()) { go f() }, "pool": new(stack.Pool).Go} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			done := make(chan struct{})
			for b.Loop() {
				start(func() { deep(24); done <- struct{}{} })
				<-done
			}
		})
	}
}

//go:noinline
func deep(n int) byte {
	var frame [512]byte
	frame[n] = byte(n)
	if n > 0 {
		frame[0] = deep(n - 1)
	}
	return frame[n] + frame[0]
}
