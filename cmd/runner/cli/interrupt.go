package cli

import (
	"context"
	"os"
)

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
