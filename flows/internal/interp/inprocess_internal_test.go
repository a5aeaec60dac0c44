package interp

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// A bounded branch beside others still ends softly with them; one that is alone
// has one context.
func TestWithinKeepsTheContextsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		soft, cancel := context.WithCancelCause(t.Context())
		rt, done := (&inProcess{world: w, soft: soft, hard: t.Context(), apart: true}).Within("", time.Hour)
		beside := rt.(*inProcess)
		cancel(runtime.StopError{Cause: runtime.BySibling})
		synctest.Wait()
		if beside.Stopped() != runtime.BySibling || beside.hard.Err() != nil {
			t.Errorf("stopped by %q, the hard context by %v", beside.Stopped(), beside.hard.Err())
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if runtime.CauseOf(beside.hard) != runtime.ByTimeout {
			t.Errorf("the hard context is stopped by %q", runtime.CauseOf(beside.hard))
		}
		done()

		rt, done = newInProcess(t.Context(), w).Within("", time.Second)
		if alone := rt.(*inProcess); alone.soft != alone.hard {
			t.Error("a branch that is alone has two contexts")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if rt.Stopped() != runtime.ByTimeout {
			t.Errorf("stopped by %q", rt.Stopped())
		}
		done()
	})
}

// counted counts how often a connection is closed.
type counted struct{ closed *atomic.Int64 }

func (c counted) Close() error { c.closed.Add(1); return errors.New("no") }

// Whoever comes while a connection is being opened waits for it; a failure is
// forgotten, so that the next one tries again.
func TestConnectionPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened, closed atomic.Int64
		broken := errors.New("broken")
		owner := &connector.Connector{Name: "c", Open: func(_ context.Context, req connector.OpenRequest) (connector.Connection, error) {
			time.Sleep(time.Second)
			if n := opened.Add(1); n == 1 && req.Key == "a" {
				return nil, broken
			}
			return counted{&closed}, nil
		}}
		p := &connectionPool{}
		open := func(ctx context.Context, key string) error {
			_, err := p.open(ctx, &runtime.Attempt{Owner: owner, Connection: &runtime.ConnectionRef{Key: key}})
			return err
		}
		var failed atomic.Int64
		all := func(key string) {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if err := open(t.Context(), key); err != nil {
						failed.Add(1)
					}
				})
			}
			wg.Wait()
		}
		all("a")
		if opened.Load() != 1 || failed.Load() != 8 {
			t.Errorf("opened %d times, %d failures, want 1 and 8", opened.Load(), failed.Load())
		}
		all("a")
		all("b")
		all("a")
		if opened.Load() != 3 || failed.Load() != 8 {
			t.Errorf("opened %d times, %d failures, want 3 and 8", opened.Load(), failed.Load())
		}
		go all("c")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := open(ctx, "c"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who cannot wait gets %v", err)
		}
		time.Sleep(time.Minute)
		if err := p.close(); err == nil || closed.Load() != 3 {
			t.Errorf("closed %d of 3 connections, with %v", closed.Load(), err)
		}
		if err := p.close(); err != nil || closed.Load() != 3 {
			t.Error("a connection is closed twice")
		}
	})
}
