package cli

import (
	"context"
	"os"
)

// interruptible runs work with a context that the first signal cancels. It
// waits for work, so that undos can run, but not beyond a second signal. It
// gives the last signal, nil for none, and whether work ended.
func (a *app) interruptible(ctx context.Context, work func(context.Context)) (last os.Signal, ended bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
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
			cancel()
		}
	}
}
