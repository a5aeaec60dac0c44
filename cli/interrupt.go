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
// returns the last signal, nil for none, and whether work ended.
func (a *app) interruptible(ctx context.Context, work func(context.Context)) (last os.Signal, ended bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return a.watch(func(os.Signal) { cancel() }, func() { work(ctx) })
}

// watch runs work and calls stop, which must not wait, for the first signal. It
// waits for work, but not beyond a second signal. It returns the last signal,
// nil for none, and whether work ended.
func (a *app) watch(stop func(os.Signal), work func()) (last os.Signal, ended bool) {
	if a.listening != nil {
		<-a.listening // nothing is done before a signal can have it undone
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
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
			stop(s)
		}
	}
}
