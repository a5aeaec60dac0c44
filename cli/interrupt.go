package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
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

// interruptible runs work with a context that the first signal cancels. It
// waits for work, so that undos can run, but not beyond a second signal. It
// gives the last signal, nil for none, and whether work ended.
func (a *app) interruptible(ctx context.Context, work func(context.Context)) (last os.Signal, ended bool) {
	return a.interruptibleBy(ctx, func(os.Signal) error { return nil }, work)
}

// interruptibleBy is interruptible with the cause that a signal gives to the
// end of the context.
func (a *app) interruptibleBy(
	ctx context.Context, cause func(os.Signal) error, work func(context.Context),
) (last os.Signal, ended bool) {
	if a.listening != nil {
		<-a.listening // nothing is done before a signal can have it undone
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		work(ctx)
	}()
	for {
		select {
		case <-done:
			return last, true
		case s := <-a.Signals:
			if last != nil {
				return s, false
			}
			last = s
			cancel(cause(s))
		}
	}
}
