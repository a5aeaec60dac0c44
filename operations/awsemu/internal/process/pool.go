package process

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Pool holds the processes of one version of a function.
type Pool struct {
	spec    Spec
	spawner *Spawner
	wait    time.Duration
	// initLimit is how long a process may take until it asks for an invocation.
	initLimit time.Duration
	places    chan struct{} // one for each process that may be busy

	mu     sync.Mutex
	keep   int // processes that stand ready whether needed or not
	idle   []*process
	closed bool
	busy   sync.WaitGroup
	cut    chan struct{} // closed by Close
}

// idleLimit is how long a process that nobody needs is kept.
const idleLimit = 5 * time.Minute

// NewPool makes a pool of at most size processes. Invocations above that wait
// for one, each at most as long as wait.
func NewPool(s *Spawner, spec Spec, size int, wait time.Duration) *Pool {
	return &Pool{spec: spec, spawner: s, wait: wait, initLimit: initLimit, places: make(chan struct{}, size), cut: make(chan struct{})}
}

// ErrBusy is an invocation for which no process was free in time.
var ErrBusy = errors.New("every process of the function is busy")

// ErrClosed is an invocation of a pool that is closed.
var ErrClosed = errors.New("the function is gone")

// Invoke runs one invocation. An error is ErrBusy, ErrClosed, that of ctx, or
// one of this machine; a function that fails has a Result with a Failure.
func (p *Pool) Invoke(ctx context.Context, in Invocation) (Result, error) {
	if !p.enter() {
		return Result{}, ErrClosed
	}
	defer p.busy.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := cancelOn(p.cut, cancel)
	defer stop()
	if err := p.acquire(ctx); err != nil {
		return Result{}, p.reason(err)
	}
	for {
		proc, failure, err := p.take(ctx, in)
		if failure != nil || err != nil {
			<-p.places
			return orNone(failure), p.reason(err)
		}
		deadline := time.Now().Add(in.Timeout)
		out, err := proc.invoke(ctx, in)
		if !errors.Is(err, errGone) {
			p.release(proc, deadline)
			return out, p.reason(err)
		}
		proc.end()
	}
}

// release takes a process back and frees its place. Extensions may go on after
// their function has answered, which its caller does not wait for.
func (p *Pool) release(proc *process, deadline time.Time) {
	if quiet, _ := proc.beside.quiet(); quiet && len(proc.programs) == 0 {
		p.give(proc)
		<-p.places
		return
	}
	p.busy.Go(func() {
		defer func() { <-p.places }()
		if !proc.settled(deadline, p.cut) {
			proc.end()
			return
		}
		p.give(proc)
	})
}

// Warm starts processes until n of them stand ready, as far as there is room,
// and keeps so many from then on. It gives the failure of one that does not get
// ready.
func (p *Pool) Warm(ctx context.Context, n int, timeout time.Duration) (*Result, error) {
	if !p.enter() {
		return nil, ErrClosed
	}
	defer p.busy.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := cancelOn(p.cut, cancel)
	defer stop()
	p.mu.Lock()
	p.keep = min(n, cap(p.places))
	missing := p.keep - len(p.idle)
	p.mu.Unlock()
	for range missing {
		if err := p.acquire(ctx); err != nil {
			return nil, p.reason(err)
		}
		proc, failure, err := p.start(ctx, Invocation{ID: newID(), Timeout: timeout})
		if proc != nil {
			p.give(proc)
		}
		<-p.places
		if failure != nil || err != nil {
			return failure, p.reason(err)
		}
	}
	return nil, nil
}

func orNone(r *Result) Result {
	if r == nil {
		return Result{}
	}
	return *r
}

// cancelOn calls cancel when c is closed, until stop.
func cancelOn(c <-chan struct{}, cancel func()) (stop func()) {
	over := make(chan struct{})
	go func() {
		select {
		case <-c:
			cancel()
		case <-over:
		}
	}()
	return func() { close(over) }
}

// reason says ErrClosed where an invocation was cut off by Close.
func (p *Pool) reason(err error) error {
	if err == nil {
		return nil
	}
	select {
	case <-p.cut:
		return ErrClosed
	default:
		return err
	}
}

func (p *Pool) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.busy.Add(1)
	return true
}

// acquire waits for a place.
func (p *Pool) acquire(ctx context.Context) error {
	select {
	case p.places <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(p.wait)
	defer timer.Stop()
	select {
	case p.places <- struct{}{}:
		return nil
	case <-timer.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take returns a process that is ready, a new one if need be, or the failure of
// one that did not get ready.
func (p *Pool) take(ctx context.Context, in Invocation) (*process, *Result, error) {
	if proc := p.takeIdle(); proc != nil {
		return proc, nil, nil
	}
	return p.start(ctx, in)
}

// start starts a process that is ready.
func (p *Pool) start(ctx context.Context, in Invocation) (*process, *Result, error) {
	proc, failure, err := p.launch(ctx, in, p.initLimit)
	if !errors.Is(err, errSlow) {
		return proc, failure, err
	}
	// As on AWS: a start that takes too long is tried once more, as a part of
	// the invocation.
	proc, failure, err = p.launch(ctx, in, in.Timeout)
	if errors.Is(err, errSlow) {
		out := failed(in.ID, failTimeout, "Task timed out after %.2f seconds", in.Timeout.Seconds())
		return nil, &out, nil
	}
	return proc, failure, err
}

// launch starts a process that has to be ready in time; errSlow says that it
// was not.
func (p *Pool) launch(ctx context.Context, in Invocation, limit time.Duration) (*process, *Result, error) {
	began := time.Now()
	proc, failure, err := launch(ctx, p.spawner, p.spec, in.ID, limit)
	switch {
	case errors.Is(err, errClosed):
		return nil, nil, ErrClosed
	case errors.Is(err, errSlow), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil, nil, err
	case err != nil:
		return nil, new(failed(in.ID, failEntry, "%s", err)), nil
	case failure != nil:
		return nil, failure, nil
	}
	failure, err = proc.awaitReady(ctx, in.ID, limit-time.Since(began))
	if failure != nil || err != nil {
		proc.end()
		return nil, failure, err
	}
	return proc, nil, nil
}

func (p *Pool) takeIdle() *process {
	var ended []*process
	defer func() { endAll(ended) }()
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := len(p.idle); n > 0; n = len(p.idle) {
		proc := p.idle[n-1]
		p.idle = p.idle[:n-1]
		if !proc.gone() {
			return proc
		}
		ended = append(ended, proc)
	}
	return nil
}

// give takes a process back, if it still is of use.
func (p *Pool) give(proc *process) {
	if proc.gone() || proc.api.current("") != nil || proc.beside.reason() != nil {
		proc.end()
		return
	}
	proc.since = time.Now()
	p.mu.Lock()
	stay := !p.closed
	if stay {
		p.idle = append(p.idle, proc)
	}
	p.mu.Unlock()
	if !stay {
		proc.end()
	}
}

// Sweep ends the processes that nobody has needed for some minutes.
func (p *Pool) Sweep() {
	p.mu.Lock()
	var old, rest []*process
	for _, proc := range p.idle {
		if time.Since(proc.since) > idleLimit && len(p.idle)-len(old) > p.keep || proc.gone() {
			old = append(old, proc)
			continue
		}
		rest = append(rest, proc)
	}
	p.idle = rest
	p.mu.Unlock()
	endAll(old)
}

// endAll ends processes beside each other: each may take its time.
func endAll(list []*process) {
	var all sync.WaitGroup
	for _, proc := range list {
		all.Go(proc.end)
	}
	all.Wait()
}

// Retire ends the pool without cutting off what runs in it; further
// invocations get ErrClosed.
func (p *Pool) Retire() {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	endAll(idle)
}

// Close ends the pool and every process of it, and returns when they have
// gone.
func (p *Pool) Close() {
	p.Retire()
	p.mu.Lock()
	select {
	case <-p.cut:
	default:
		close(p.cut)
	}
	p.mu.Unlock()
	p.busy.Wait()
}
