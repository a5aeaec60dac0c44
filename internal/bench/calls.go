package main

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
	"github.com/medlar-flow/medlar/internal/bench/stub"
)

// What is called: one function, one after the other with the answer of the
// first, or an operation without a payload. Each is also the name of a flow.
const (
	workInvoke   = "invoke"
	workPass     = "pass"
	workSettings = "settings"
)

// Who calls.
const (
	clientRaw       = "raw"
	clientSigned    = "signed"
	clientSDK       = "sdk"
	clientConnector = "connector"
	clientFlow      = "flow"
	clientJournal   = "journal"
)

// target does a piece of work again and again.
type target struct {
	call  func(ctx context.Context, function string) error
	close func() error
}

func newTarget(ctx context.Context, o *order) (*target, error) {
	switch o.Client {
	case clientFlow, clientJournal:
		return flowTarget(o)
	case clientConnector:
		return connectorTarget(ctx, o)
	case clientRaw:
		return invokerTarget(o, netHTTP(o, nil))
	case clientSigned:
		return invokerTarget(o, netHTTP(o, sdkSigner()))
	case clientSDK:
		client, err := sdkClient(ctx, o)
		if err != nil {
			return nil, err
		}
		if o.Work == workSettings {
			call := sdkSettings(client)
			return plainTarget(func(ctx context.Context, _ string) error { return call(ctx) }), nil
		}
		return invokerTarget(o, sdkInvoker(client))
	default:
		return nil, fmt.Errorf("there is no client %q", o.Client)
	}
}

func invokerTarget(o *order, invoke invoker) (*target, error) {
	switch o.Work {
	case workInvoke:
		return plainTarget(invoke.once), nil
	case workPass:
		return plainTarget(invoke.pass), nil
	default:
		return nil, fmt.Errorf("%s cannot do the work %q", o.Client, o.Work)
	}
}

func plainTarget(call func(ctx context.Context, function string) error) *target {
	return &target{call: call, close: func() error { return nil }}
}

// requests is how many requests one call of a target makes.
func (o *order) requests() int {
	if o.Work == workPass {
		return 2
	}
	return 1
}

// function is the stub's function that the work calls.
func (o *order) function() string {
	if o.Work == workPass {
		return stub.Records
	}
	return stub.Small
}

// The phases of a measurement. Calls count that end in the second: those that
// began before it make up for those that end after it.
const (
	warming int32 = iota
	counting
	ending
)

// patience is how long a window without a call may last.
const patience = 30 * time.Second

// load has workers that call a target until they are told to end.
type load struct {
	target   *target
	function string
	phase    atomic.Int32
	moved    atomic.Bool // a call has counted, or failed
	workers  sync.WaitGroup
	mu       sync.Mutex
	took     []time.Duration
	err      error
}

// measureCalls calls a target from several goroutines for a while.
func measureCalls(ctx context.Context, o *order) (samples, error) {
	t, err := newTarget(ctx, o)
	if err != nil {
		return nil, err
	}
	defer t.close() //nolint:errcheck // what was measured is known
	l := &load{target: t, function: o.function()}
	if err := t.call(ctx, l.function); err != nil {
		return nil, err // no use to try it in parallel
	}
	for range o.AtOnce {
		l.workers.Go(func() { l.work(ctx, o.For) })
	}
	pause(ctx, o.Warm)
	before, after, err := l.window(ctx, o)
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
	return samples{o.Client: l.sample(before, after, float64(o.requests()))}, nil
}

// window lets calls count for a while.
func (l *load) window(ctx context.Context, o *order) (before, after reading, err error) {
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
	before = read(o.StubPID)
	l.phase.Store(counting)
	pause(ctx, o.For)
	for until := time.Now().Add(patience); !l.moved.Load() && ctx.Err() == nil && time.Now().Before(until); {
		pause(ctx, o.For) // a client that retries can stand still for longer
	}
	l.phase.Store(ending)
	return before, read(o.StubPID), nil
}

func (l *load) work(ctx context.Context, window time.Duration) {
	// Room for what a fast client does, so that keeping times costs nothing.
	took := make([]time.Duration, 0, int(window/(20*time.Microsecond))+1)
	var err error
	for err == nil && ctx.Err() == nil && l.phase.Load() != ending {
		began := time.Now()
		err = l.target.call(ctx, l.function)
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
func (l *load) sample(before, after reading, requests float64) figures.Sample {
	slices.Sort(l.took)
	n := float64(len(l.took)) * requests
	s := figures.Sample{
		"calls_s": n / after.at.Sub(before.at).Seconds(),
		"p50_us":  microseconds(percentile(l.took, 0.50)),
		"p99_us":  microseconds(percentile(l.took, 0.99)),
	}
	after.addUse(s, before, n)
	return s
}

// percentile returns the value that a share of sorted values does not exceed.
func percentile(sorted []time.Duration, share float64) time.Duration {
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
