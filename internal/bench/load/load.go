// Package load measures calls: how many a second, how long they take, and what
// they cost. The bench uses it, and programs that link what the bench does not.
package load

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/internal/bench/figures"
)

// The phases of a measurement. Calls count that end in the second: those that
// began before it make up for those that end after it.
const (
	warming int32 = iota
	counting
	ending
)

// patience is how long a window without a call may last.
const patience = 30 * time.Second

// load has workers that call until they are told to end.
type load struct {
	call    func(ctx context.Context) error
	phase   atomic.Int32
	moved   atomic.Bool // a call has counted, or failed
	workers sync.WaitGroup
	mu      sync.Mutex
	took    []time.Duration
	err     error
}

// Options say how calls are measured.
type Options struct {
	AtOnce    int           // calls at once
	Warm, For time.Duration // before calls count, and while they do
	StubPID   int           // the process that answers; 0 for none
	Profile   string        // file for a CPU profile; empty for none
	Requests  int           // that one call makes
}

// Measure calls from several goroutines for a while. The figures are for each
// request.
func Measure(ctx context.Context, o Options, call func(ctx context.Context) error) (figures.Sample, error) {
	l := &load{call: call}
	if err := call(ctx); err != nil {
		return nil, err // no use to try it in parallel
	}
	for range o.AtOnce {
		l.workers.Go(func() { l.work(ctx, o.For/time.Duration(o.AtOnce)) })
	}
	pause(ctx, o.Warm)
	before, after, err := l.window(ctx, &o)
	l.phase.Store(ending)
	l.workers.Wait()
	if err == nil {
		err = l.err
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil && len(l.took) == 0 {
		err = fmt.Errorf("no call ended within %s", patience)
	}
	if err != nil {
		return nil, err
	}
	return l.sample(before, after, float64(max(1, o.Requests))), nil
}

// window lets calls count for a while.
func (l *load) window(ctx context.Context, o *Options) (before, after Reading, err error) {
	if o.Profile != "" {
		file, err := os.Create(o.Profile)
		if err != nil {
			return before, after, fmt.Errorf("writing the profile: %w", err)
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return before, after, fmt.Errorf("writing the profile: %w", err)
		}
		defer pprof.StopCPUProfile()
	}
	before = Read(o.StubPID)
	l.phase.Store(counting)
	pause(ctx, o.For)
	for until := time.Now().Add(patience); !l.moved.Load() && ctx.Err() == nil && time.Now().Before(until); {
		pause(ctx, o.For) // a client that retries can stand still for longer
	}
	l.phase.Store(ending)
	return before, Read(o.StubPID), nil
}

func (l *load) work(ctx context.Context, share time.Duration) {
	// Room for its share of what fast clients do together, so that keeping times costs
	// nothing and memory shows what the clients have.
	took := make([]time.Duration, 0, int(share/(10*time.Microsecond))+1)
	var err error
	for err == nil && ctx.Err() == nil && l.phase.Load() != ending {
		began := time.Now()
		err = l.call(ctx)
		if l.phase.Load() == counting {
			took = append(took, time.Since(began))
			if !l.moved.Load() {
				l.moved.Store(true)
			}
		}
	}
	if err != nil {
		l.moved.Store(true)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took = append(l.took, took...)
	if l.err == nil {
		l.err = err
	}
}

// sample returns the figures of the calls that counted, for each request.
func (l *load) sample(before, after Reading, requests float64) figures.Sample {
	slices.Sort(l.took)
	n := float64(len(l.took)) * requests
	s := figures.Sample{
		"calls_s": n / after.at.Sub(before.at).Seconds(),
		"p50_us":  microseconds(Percentile(l.took, 0.50)),
		"p99_us":  microseconds(Percentile(l.took, 0.99)),
	}
	after.AddUse(s, before, n)
	return s
}

// Percentile returns the value that a share of sorted values does not exceed.
func Percentile(sorted []time.Duration, share float64) time.Duration {
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
