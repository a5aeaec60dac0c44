package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/internal/bench/figures"
	"github.com/medlar-flow/medlar/internal/bench/load"
	"github.com/medlar-flow/medlar/internal/bench/stub"
)

// measureMemory makes calls that all wait for the stub at the same time, and
// gives what each of them holds.
func measureMemory(ctx context.Context, o *order) (samples, error) {
	t, err := newTarget(ctx, o)
	if err != nil {
		return nil, err
	}
	defer t.close() //nolint:errcheck // what was measured is known
	gate := &gate{address: o.Stub}
	for range 10 { // what is made once is no memory of a call
		if err := t.call(ctx, stub.Small); err != nil {
			return nil, err
		}
		if _, err := gate.held(ctx); err != nil {
			return nil, err
		}
	}
	live, grown := held(), grownTo()
	var calls sync.WaitGroup
	failures := make(chan error, o.AtOnce)
	for range o.AtOnce {
		calls.Go(func() { failures <- t.call(ctx, stub.Hold) })
	}
	err = gate.wait(ctx, o.AtOnce, failures)
	s := figures.Sample{}
	if err == nil {
		if now, ok := load.Resident(); ok {
			s["rss_kib"] = (now - grown) / 1024 / float64(o.AtOnce)
		}
		s["live_kib"] = (held() - live) / 1024 / float64(o.AtOnce)
	}
	err = errors.Join(err, gate.release(ctx))
	calls.Wait()
	for range o.AtOnce - len(failures) {
		failures <- nil // wait took some
	}
	for range o.AtOnce {
		err = errors.Join(err, <-failures)
	}
	return samples{o.Client: s}, err
}

// held returns the memory that objects and stacks hold when no garbage is left.
func held() float64 {
	runtime.GC()
	runtime.GC() // also empties what pools kept over the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse)
}

func grownTo() float64 {
	size, _ := load.Resident()
	return size
}

// gate is the stub's side of the calls that wait.
type gate struct{ address string }

// wait waits until n calls are held, or one has failed.
func (g *gate) wait(ctx context.Context, n int, failures <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		got, err := g.held(ctx)
		if err != nil || got == n {
			return err
		}
		select {
		case err := <-failures:
			return fmt.Errorf("a call ended before it was released: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("%d of %d calls reached the stub: %w", got, n, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (g *gate) held(ctx context.Context) (int, error) {
	text, err := g.send(ctx, http.MethodGet, "/held")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(text) //nolint:wrapcheck // it is the stub's own number
}

func (g *gate) release(ctx context.Context) error {
	_, err := g.send(ctx, http.MethodPost, "/release")
	return err
}

func (g *gate) send(ctx context.Context, method, path string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+g.address+path, http.NoBody)
	if err != nil {
		return "", fmt.Errorf("asking the stub: %w", err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", fmt.Errorf("asking the stub: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read to its end
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", fmt.Errorf("asking the stub: %w", err)
	}
	return string(text), nil
}
