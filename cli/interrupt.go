package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/resident"
)

// listen has the signals that end a run sent to a channel. It takes a fifth of
// a millisecond in which threads mostly wait for each other, so that it does not
// wait for them: what it gives is closed when it is done.
func listen(signals chan<- os.Signal) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		list := []os.Signal{os.Interrupt, syscall.SIGTERM}
		if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
			list = append(list, syscall.SIGHUP)
		}
		signal.Notify(signals, list...)
	}()
	return done
}

// heed waits until signals are listened to. It comes before whatever tells that a command
// is ready: who reads that may send one, and one that comes earlier is lost where a shell
// has begun the command in the background, since it is ignored there.
func (a *app) heed() {
	if a.listening != nil {
		<-a.listening
	}
}

// interruptible runs work with a context that the first signal cancels. It
// waits for work, so that undos can run, but not beyond a second signal. It
// returns the last signal, nil for none, and whether work ended.
func (a *app) interruptible(ctx context.Context, work func(context.Context)) (last os.Signal, ended bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return a.watch(func(os.Signal) { cancel() }, nil, func() { work(ctx) })
}

// load reads and checks a flow, until a signal comes: nothing is to be undone then,
// so nobody waits for the end of it.
func (a *app) load(ctx context.Context, file *flowFile, reg *connector.Registry) (*flows.Flow, *flows.CheckError, error) {
	type loaded struct {
		flow  *flows.Flow
		found *flows.CheckError
	}
	l, err := unlessStopped(ctx, a, func() loaded {
		flow, found := file.load(reg)
		return loaded{flow, found}
	})
	return l.flow, l.found, err
}

// unlessStopped gives what work returns, or an error as soon as somebody stops it.
func unlessStopped[T any](ctx context.Context, a *app, work func() T) (out T, err error) {
	done := make(chan T, 1)
	a.goroutines.run(func() { done <- work() })
	select {
	case out = <-done:
		return out, nil
	case s := <-a.Signals:
		return out, silently(signalCode(s))
	case <-ctx.Done():
		return out, silently(exitInterrupted)
	}
}

// lastWait is how long a second signal waits for runs that it interrupts: for
// the answer to a call that changes something, so that its outcome is known.
const lastWait = 2 * time.Second

// startTime is how long a command that stays has for its start. Then it gives back the
// memory that only that needed, and again what was needed once since then, each time
// after laterOn times as long: what works has its pages again in a moment.
const (
	startTime = 2 * time.Second
	laterOn   = 5
)

// watch runs work and calls stop for the first signal and again for the second;
// neither must wait, and again may be nil. It waits for work, but not longer
// than lastWait beyond the second signal, nor beyond a third, and not beyond the
// second at all without again. It returns the last signal, nil for none, and
// whether work ended.
func (a *app) watch(stop func(os.Signal), again func(), work func()) (last os.Signal, ended bool) {
	return a.watchOr(stop, again, nil, work)
}

// watchOr is watch, but for SIGHUP hangup is called and nothing stops, where it is not
// nil; also below nohup, which is for what stops.
func (a *app) watchOr(stop func(os.Signal), again, hangup, work func()) (last os.Signal, ended bool) {
	a.heed() // nothing is done before a signal can have it undone
	done := make(chan struct{})
	a.goroutines.run(func() {
		defer close(done)
		work()
	})
	pause, giveBack := startTime, resident.Shrink
	once := time.NewTimer(pause)
	defer once.Stop()
	var over <-chan time.Time
	ignored := make(chan os.Signal, 1)
	if hangup != nil && signal.Ignored(syscall.SIGHUP) {
		signal.Notify(ignored, syscall.SIGHUP)
		defer signal.Stop(ignored)
	}
	for {
		select {
		case <-done:
			return last, true
		case <-once.C:
			go giveBack()
			pause, giveBack = laterOn*pause, resident.Unmap
			once.Reset(pause)
		case <-ignored:
			hangup()
		case <-over:
			return last, false
		case s := <-a.Signals:
			switch {
			case s == syscall.SIGHUP && hangup != nil:
				hangup()
				continue
			case last == nil:
				stop(s)
			case again == nil || over != nil:
				return s, false
			default:
				again()
				over = time.After(lastWait)
			}
			last = s
		}
	}
}
