//go:build !before

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/operations/core"
)

// makeOpenRuns makes a journal with n runs that were interrupted, each of which holds a
// text.
func makeOpenRuns(ctx context.Context, path string, n int64, text string) (err error) {
	registry, err := connector.NewRegistry(core.Log())
	if err != nil {
		return fmt.Errorf("making the registry: %w", err)
	}
	flow, err := flows.Load(fstest.MapFS{"open.yaml": {Data: []byte(openFlow)}}, "open.yaml", registry)
	if err != nil {
		return fmt.Errorf("loading the flow: %w", err)
	}
	j, err := journal.Open(path)
	if err != nil {
		return fmt.Errorf("making a journal: %w", err)
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	var next atomic.Int64
	var makers sync.WaitGroup
	failures := make([]error, 64)
	for i := range failures {
		makers.Go(func() {
			for next.Add(1) <= n && failures[i] == nil {
				h, err := j.Start(ctx, flow, map[string]any{"text": text})
				if err != nil {
					failures[i] = fmt.Errorf("beginning a run: %w", err)
					return
				}
				time.Sleep(10 * time.Millisecond) // it has come to its wait by then, or begins that anew
				h.Interrupt()
				_, _ = h.Wait(ctx) // it was interrupted
			}
		})
	}
	makers.Wait()
	return errors.Join(failures...)
}
