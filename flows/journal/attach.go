package journal

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/medlar-flow/medlar/flows"
)

var (
	errNobody = errors.New("no process runs it")
	errLetGo  = errors.New("the waiting for it was ended; it goes on in its process")
)

// Attach finds a run that another process runs, or that has ended. Wait of its
// handle waits until it has ended and returns its result as people may see it,
// in Output too: secrets are "***". It is an *InterruptedError where no process
// runs the run, or its process ends before the run does; Resume goes on with it.
// Cancel asks the run's process to cancel it; where that cannot be written down,
// Wait returns why.
//
// The end of ctx ends the waiting, as Interrupt does.
func (j *Journal) Attach(ctx context.Context, id string) (*Handle, error) {
	if _, err := j.find(ctx, id); err != nil {
		return nil, j.orLost(id, err)
	}
	var result *flows.Result
	var err error
	waiting, end := context.WithCancelCause(ctx)
	h := &Handle{
		id: id, done: make(chan struct{}), came: func() (*flows.Result, error) { return result, err }, interrupt: func() { end(&InterruptedError{RunID: id, Err: errLetGo}) },
		cancel: func() {
			var ended *StateError
			if err := j.Cancel(context.WithoutCancel(ctx), id); err != nil && !errors.As(err, &ended) {
				end(err)
			}
		},
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		end(nil)
		return nil, ErrClosed
	}
	j.watching.Go(func() {
		defer close(h.done)
		defer end(nil)
		result, err = j.await(waiting, id)
	})
	return h, nil
}

// await waits until a run has ended, or nobody runs it.
func (j *Journal) await(ctx context.Context, id string) (*flows.Result, error) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		result, ended, err := j.outcome(context.WithoutCancel(ctx), id)
		if ended || err != nil {
			return result, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			if why := context.Cause(ctx); !errors.Is(why, ctx.Err()) {
				return nil, why //nolint:wrapcheck // it names the run
			}
			return nil, &InterruptedError{RunID: id, Err: errLetGo}
		case <-j.quit:
			return nil, &InterruptedError{RunID: id, Err: errLetGo}
		}
	}
}

// outcome returns how a run ended, if it has.
func (j *Journal) outcome(ctx context.Context, id string) (result *flows.Result, ended bool, err error) {
	row, err := j.find(ctx, id)
	if err != nil {
		return nil, false, err
	}
	state, err := j.standing(ctx, row.Run, map[string]bool{})
	switch {
	case err != nil:
		return nil, false, err
	case state == Running || state == Waiting:
		return nil, false, nil
	case state == Interrupted:
		// It may have ended between the two looks, in the last that its process wrote.
		if err := j.caughtUp(ctx); err != nil {
			return nil, false, err
		}
		if row, err = j.find(ctx, id); err != nil || row.State == Running {
			return nil, false, cmp.Or(err, error(&InterruptedError{RunID: id, Err: errNobody}))
		}
	}
	d, err := j.Show(ctx, id)
	switch {
	case err != nil:
		return nil, false, err
	case d.Err != nil:
		return nil, true, d.Err
	}
	return &flows.Result{RunID: id, Output: d.Output, Shown: d.Output}, true, nil
}
