package interp

import (
	"sync"
)

// leftRuns are runs of a program that have ended, of which nobody has anything any more.
type leftRuns struct {
	once  sync.Once
	loose bool // no operation that is called keeps anything of its call
	pool  sync.Pool
}

// Leave leaves a run that has ended well to the next one of its program, where nobody has
// any of it any more. The caller is not to touch it again.
func (x *Run) Leave() {
	if !x.isLeft() {
		return
	}
	left := &x.program.runs
	*x = Run{}
	left.pool.Put(x)
}

// isLeft reports whether nobody has any of a run that has ended well. An operation that
// keeps what writes to the log has the run by that, and so has one that was left behind or
// may have left something behind when it failed; whoever carried the run, watched it, or
// can stop it; and what hides secrets.
func (x *Run) isLeft() bool {
	o, w := &x.options, &x.shared
	switch {
	case o.Runtime != nil, o.Begin != nil, o.Observer != nil, o.Net != nil, o.Answered != nil, o.Sandbox != nil:
		return false
	case w.interrupt != nil, x.renewals != nil, !x.secrets.empty(), len(x.program.AllSecrets()) > 0:
		return false
	}
	return x.program.isLoose() && !w.lent.isStopped() && w.connections.isAlone()
}

// isLoose reports whether no operation that the program calls, or one of those that it
// calls, keeps its call or what writes to the log.
func (p *Program) isLoose() bool {
	p.runs.once.Do(func() { p.runs.loose = !p.callsAny(func(c *CallStep) bool { return !c.planned().sheds }) })
	return p.runs.loose
}

// isAlone reports whether no call was left behind that may use a connection.
func (p *connectionPool) isAlone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.behind == 0
}

func (l *lent) isStopped() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopped
}
