package temporal

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// locals keeps the connections of runs for as long as they are used. Of a run that has
// none open, nothing is kept.
type locals struct {
	mu    sync.Mutex
	runs  map[string]*local
	swept time.Time // when it was last looked for what nobody uses
}

type local struct {
	runtime.Local
	opened func() bool
	close  func() error
	users  int
	since  time.Time // when the last user left; the zero value where the run has ended
}

// keepOpen is how long connections stay open that nobody uses, and sweepEvery how often
// they are looked for: there is one entry for each run.
const (
	keepOpen   = time.Minute
	sweepEvery = time.Second
)

// use returns what attempts of a run share. Call done when the attempt has ended.
func (l *locals) use(run string, sandbox *connector.Sandbox) (rt runtime.Local, done func()) {
	now := time.Now()
	for _, found := range l.unused(now) {
		_ = found.close() // nobody waits for it
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.runs[run]
	if found == nil {
		found = &local{}
		found.Local, found.opened, found.close = interp.NewLocal(context.Background(), run, sandbox)
		if l.runs == nil {
			l.runs = map[string]*local{}
		}
		l.runs[run] = found
	}
	found.users++
	return found.Local, func() { l.leave(run, found) }
}

// leave says that an attempt of a run has ended.
func (l *locals) leave(run string, found *local) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found.users--
	found.since = time.Now()
	if found.users == 0 && !found.opened() {
		delete(l.runs, run)
	}
}

// over says that a run has ended: nobody will use its connections.
func (l *locals) over(run string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if found := l.runs[run]; found != nil {
		found.since = time.Time{}
	}
}

// forget lets go of what attempts of the run shared, where it has just ended. A part of
// a loop leaves it to the others.
func (r *run) forget(ctx workflow.Context) {
	if workflow.GetInfo(ctx).WorkflowType.Name == flowWorkflow && !workflow.IsReplaying(ctx) {
		r.engine.locals.over(r.id)
	}
}

// unused takes out what nobody has used for a while, once in a while.
func (l *locals) unused(now time.Time) []*local {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) < sweepEvery {
		return nil
	}
	l.swept = now
	return l.take(now.Add(-keepOpen))
}

// take takes out what nobody has used since a time. The locals are locked.
func (l *locals) take(before time.Time) (all []*local) {
	for id, found := range l.runs {
		if found.users == 0 && found.since.Before(before) {
			all = append(all, found)
			delete(l.runs, id)
		}
	}
	return all
}

// close closes all connections. It is for a worker that has ended.
func (l *locals) close() {
	l.mu.Lock()
	all := l.take(time.Now().Add(time.Hour))
	l.mu.Unlock()
	for _, found := range all {
		_ = found.close() // nobody waits for it
	}
}
