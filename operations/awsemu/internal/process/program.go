package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// program is an extension that is a program of its own.
type program struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has ended
}

// How long an environment may take to end that has extensions, and how long of
// that its function.
const (
	farewellLimit = 2 * time.Second
	runtimeLimit  = 300 * time.Millisecond
)

func namesOf(paths []string) []string {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = filepath.Base(path)
	}
	return names
}

// notBeside are variables that functions have and extensions do not.
var notBeside = []string{"_HANDLER=", "AWS_EXECUTION_ENV=", "AWS_LAMBDA_LOG_GROUP_NAME=", "AWS_LAMBDA_LOG_STREAM_NAME=", "LAMBDA_RUNTIME_DIR=", "LAMBDA_TASK_ROOT="}

// startBeside starts the extensions and waits until all have registered.
func (p *process) startBeside(ctx context.Context, s *Spawner, spec Spec, output *os.File, id string, limit time.Duration) (*Result, error) {
	if len(spec.Extensions) == 0 {
		return nil, nil
	}
	env := slices.DeleteFunc(slices.Concat(spec.Env, p.secret), func(entry string) bool {
		return slices.ContainsFunc(notBeside, func(name string) bool { return strings.HasPrefix(entry, name) })
	})
	for _, path := range spec.Extensions {
		cmd := exec.Command(path) //nolint:gosec,noctx // running what layers hold is what this is for; see end
		cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = filepath.Dir(filepath.Dir(path)), output, output, env
		if err := s.start(cmd); errors.Is(err, errClosed) {
			return nil, err
		} else if err != nil {
			return new(failed(id, "Extension.LaunchError", "%s", err)), nil
		}
		one := &program{cmd: cmd, exited: make(chan struct{})}
		p.programs = append(p.programs, one)
		go p.attend(one, filepath.Base(path))
	}
	return p.awaitRegistered(ctx, id, limit)
}

// attend waits for the end of an extension, which is its failure unless the
// environment ends.
func (p *process) attend(one *program, name string) {
	err := one.cmd.Wait()
	if !p.leaving.Load() {
		how := "exited without providing a reason"
		if err != nil {
			how = err.Error()
		}
		p.beside.fail(failExtension, "the extension "+name+": "+how)
	}
	close(one.exited)
}

func (p *process) awaitRegistered(ctx context.Context, id string, most time.Duration) (*Result, error) {
	limit := time.NewTimer(most)
	defer limit.Stop()
	for {
		all, changed := p.beside.registered()
		if all {
			return nil, nil
		}
		select {
		case <-changed:
		case <-p.beside.failed:
			return new(p.extensionFailed(id)), nil
		case <-limit.C:
			return nil, errSlow
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// extensionFailed tells how an extension failed.
func (p *process) extensionFailed(id string) Result {
	p.reason = "failure"
	why := p.beside.reason()
	out := failed(id, why.kind, "%s", why.message)
	out.Log = fmt.Appendf(p.output.take(), "RequestId: %s Error: %s\n%s\n", id, why.message, why.kind)
	return out
}

// farewell lets extensions that want to know of the end do what they have to
// do, for two seconds at the most.
func (p *process) farewell() {
	p.leaving.Store(true)
	if len(p.programs) == 0 {
		return
	}
	limit := time.NewTimer(farewellLimit)
	defer limit.Stop()
	deadline := time.Now().Add(farewellLimit)
	if p.cmd != nil && !p.gone() {
		terminate(p.cmd.Process)
		soon := time.NewTimer(runtimeLimit)
		defer soon.Stop()
		select {
		case <-p.exited:
		case <-soon.C:
		}
	}
	if !p.beside.ending(p.reason, deadline) {
		return
	}
	for _, one := range p.programs {
		select {
		case <-one.exited:
		case <-limit.C:
			return
		}
	}
}

// settled waits until every extension has done with an invocation; it gives
// false where that takes longer than deadline, or does not happen.
func (p *process) settled(deadline time.Time, cut <-chan struct{}) bool {
	limit := time.NewTimer(time.Until(deadline))
	defer limit.Stop()
	for {
		quiet, changed := p.beside.quiet()
		if quiet {
			return true
		}
		select {
		case <-changed:
		case <-p.beside.failed:
			return false
		case <-p.exited:
			return false
		case <-cut:
			return false
		case <-limit.C:
			p.reason = "timeout"
			return false
		}
	}
}
