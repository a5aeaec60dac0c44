package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"sync/atomic"
	"time"
)

// initLimit is how long a process may take until it asks for an invocation.
const initLimit = 10 * time.Second

// longestInit is longer than any start: a runtime may connect at once, and send
// nothing until its code is loaded. The server would end that connection.
const longestInit = 20 * time.Minute

// watchEvery is how often the memory of a busy process is looked at.
const watchEvery = 25 * time.Millisecond

// process is one execution environment: a running function with its Runtime
// API, and the programs beside it.
type process struct {
	cmd     *exec.Cmd
	api     *runtimeAPI
	beside  *extensions
	server  *http.Server
	served  chan struct{}
	output  *output
	memory  int64 // the limit
	address string
	secret  []string // environment of this process alone

	exited   chan struct{} // closed when it has ended
	exit     error         // how, after exited
	programs []*program    // extensions
	leaving  atomic.Bool   // programs may end
	reason   string        // of the end, for extensions

	init    time.Duration // how long it took to get ready; 0 once told
	most    int64         // bytes that it held at the most
	starved bool          // it was ended because of its memory
	since   time.Time     // when it was last given back
}

// launch starts a process, after the programs beside it have registered. It
// gives a failure where these do not, and an error where there is nothing to
// run.
func launch(ctx context.Context, s *Spawner, spec Spec, id string, limit time.Duration) (*process, *Result, error) {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	from, to, err := os.Pipe()
	if err != nil {
		_ = listener.Close()
		return nil, nil, err
	}
	defer to.Close()
	p := newProcess(spec, listener)
	if p.output, err = collect(from); err != nil {
		_ = from.Close()
		p.end()
		return nil, nil, err
	}
	failure, err := p.startBeside(ctx, s, spec, to, id, limit)
	if err == nil && failure == nil {
		err = p.start(s, spec, to)
	}
	if err != nil || failure != nil {
		p.end()
		return nil, failure, err
	}
	return p, nil, nil
}

// newProcess makes a process that has not been started, with its APIs.
func newProcess(spec Spec, listener net.Listener) *process {
	p := &process{memory: spec.Memory, address: listener.Addr().String(), served: make(chan struct{}), exited: make(chan struct{}), reason: "spindown"}
	p.beside = newExtensions(spec.About, namesOf(spec.Extensions))
	p.api = newRuntimeAPI(p.beside)
	zone := newMetadata(spec.About.Zone)
	p.api.mux.Handle("/2026-01-15/metadata/execution-environment", zone)
	p.secret = append(zone.env(p.address), "AWS_LAMBDA_RUNTIME_API="+p.address)
	p.server = &http.Server{Handler: p.api.mux, ReadHeaderTimeout: longestInit}
	go func() {
		defer close(p.served)
		_ = p.server.Serve(listener) // ends with close
	}()
	return p
}

func (p *process) start(s *Spawner, spec Spec, output *os.File) error {
	cmd := exec.Command(spec.Command[0], spec.Command[1:]...) //nolint:gosec,noctx // running functions is what this is for; see end
	cmd.Dir, cmd.Stdout, cmd.Stderr = spec.Dir, output, output
	cmd.Env = slices.Concat(spec.Env, p.secret)
	if err := s.start(cmd); err != nil {
		return err
	}
	p.cmd = cmd
	go func() {
		p.exit = p.cmd.Wait()
		close(p.exited)
	}()
	return nil
}

// end lets extensions say farewell, kills the process and returns when all of
// it has gone.
func (p *process) end() {
	p.farewell()
	if p.cmd != nil {
		killGroup(p.cmd.Process)
	}
	for _, one := range p.programs {
		killGroup(one.cmd.Process)
	}
	_ = p.server.Close()
	if p.cmd != nil {
		<-p.exited
	}
	for _, one := range p.programs {
		<-one.exited
	}
	<-p.served
	if p.output != nil {
		p.output.close()
	}
}

// gone says whether the process has ended.
func (p *process) gone() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// awaitReady waits until the process asks for its first invocation. It gives a
// failure where that does not happen.
func (p *process) awaitReady(ctx context.Context, id string, most time.Duration) (*Result, error) {
	started := time.Now()
	var ready <-chan struct{} = p.api.ready
	limit, watch := time.NewTimer(most), time.NewTicker(watchEvery)
	defer limit.Stop()
	defer watch.Stop()
	for {
		select {
		case <-ready:
			quiet, changed := p.beside.quiet()
			if quiet {
				p.init = time.Since(started)
				return nil, nil
			}
			ready = changed
		case <-p.beside.failed:
			return new(p.extensionFailed(id)), nil
		case <-p.exited:
			return new(p.initFailed(id)), nil
		case <-limit.C:
			return nil, errSlow
		case <-watch.C:
			if p.api.initError() != nil {
				return new(p.initFailed(id)), nil
			}
			p.watchMemory()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (p *process) initFailed(id string) Result {
	if body := p.api.initError(); body != nil {
		return Result{Payload: body, Failure: "Unhandled", Log: p.output.take()}
	}
	return p.crashed(id)
}

// crashed tells how a process ended that should not have.
func (p *process) crashed(id string) Result {
	p.reason = "failure"
	kind, how := failExit, "Runtime exited without providing a reason"
	if p.exit != nil {
		how = "Runtime exited with error: " + p.exit.Error()
	}
	if p.starved {
		kind = failMemory
	}
	out := failed(id, kind, "%s", how)
	out.Log = fmt.Appendf(p.output.take(), "RequestId: %s Error: %s\n%s\n", id, how, kind)
	return out
}

// errSlow is a process that was not ready in time.
var errSlow = errors.New("the process was not ready in time")

// watchMemory ends a process that holds too much.
func (p *process) watchMemory() {
	held := resident(p.cmd.Process.Pid)
	for _, one := range p.programs {
		held += resident(one.cmd.Process.Pid)
	}
	p.most = max(p.most, held)
	if p.memory > 0 && held > p.memory && !p.starved {
		p.starved = true
		killGroup(p.cmd.Process)
	}
}

// errGone is a process that ended before it took the invocation.
var errGone = errors.New("the process has ended")

// invoke returns the process one invocation and waits for what it comes to. The
// error is errGone, or that of ctx.
func (p *process) invoke(ctx context.Context, in Invocation) (Result, error) {
	started := time.Now()
	j := newJob(in)
	j.deadline = started.Add(in.Timeout)
	_ = p.output.take() // what was written between two invocations belongs to none
	limit, watch := time.NewTimer(in.Timeout), time.NewTicker(watchEvery)
	defer limit.Stop()
	defer watch.Stop()
	var out Result
	for jobs := p.api.jobs; ; {
		select {
		case jobs <- j:
			jobs = nil
			continue
		case out = <-j.done:
			out.Log = p.output.take()
		case <-p.exited:
			select {
			case out = <-j.done: // it answered with its last breath
				out.Log = p.output.take()
			default:
				if jobs != nil && !p.starved {
					return Result{}, errGone
				}
				out = p.crashed(in.ID)
			}
		case <-p.beside.failed:
			killGroup(p.cmd.Process)
			<-p.exited
			out = p.extensionFailed(in.ID)
		case <-limit.C:
			out = p.timedOut(in)
		case <-watch.C:
			p.watchMemory()
			continue
		case <-ctx.Done():
			killGroup(p.cmd.Process)
			return Result{}, ctx.Err()
		}
		out.Took, out.Init, p.init = time.Since(started), p.init, 0
		out.Memory = p.most
		return out, nil
	}
}

func (p *process) timedOut(in Invocation) Result {
	p.reason = "timeout"
	killGroup(p.cmd.Process)
	<-p.exited
	out := failed(in.ID, failTimeout, "Task timed out after %.2f seconds", in.Timeout.Seconds())
	out.Log = fmt.Appendf(p.output.take(), "%s %s Task timed out after %.2f seconds\n\n",
		time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), in.ID, in.Timeout.Seconds())
	return out
}
