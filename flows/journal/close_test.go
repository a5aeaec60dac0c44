package journal_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// A journal may be closed while somebody reads or writes: whoever comes too late is told.
func TestClosedWhileInUse(t *testing.T) {
	c := &calls{}
	registry, flow := c.registry(t), load(t, c, foldFlows["in turn"])
	use := map[string]func(j *journal.Journal, ctx context.Context) error{
		"runs": func(j *journal.Journal, ctx context.Context) error {
			_, err := j.Runs(ctx, journal.Filter{})
			return err
		},
		"label": func(j *journal.Journal, ctx context.Context) error {
			_, err := j.Runs(ctx, journal.Filter{Labels: map[string]string{"a": "b"}})
			return err
		},
		"show":  func(j *journal.Journal, ctx context.Context) error { _, err := j.Show(ctx, "r"); return err },
		"mark":  func(j *journal.Journal, ctx context.Context) error { _, err := j.Mark(ctx, "r"); return err },
		"stats": func(j *journal.Journal, ctx context.Context) error { _, err := j.Stats(ctx); return err },
		"ready": func(j *journal.Journal, ctx context.Context) error { return j.Ready(ctx) },
		"follow": func(j *journal.Journal, ctx context.Context) error {
			_, _, err := j.Follow("r", func(*journal.Step) {}).Read(ctx)
			return err
		},
		"verify": func(j *journal.Journal, ctx context.Context) error { _, _, err := j.Verify(ctx); return err },
		"prune": func(j *journal.Journal, ctx context.Context) error {
			_, err := j.Prune(ctx, time.Unix(1, 0))
			return err
		},
		"ticks":   func(j *journal.Journal, ctx context.Context) error { _, err := j.Ticks(ctx, "f", "t"); return err },
		"notices": func(j *journal.Journal, ctx context.Context) error { _, err := j.Notices(ctx, "x", 3); return err },
		"not undone": func(j *journal.Journal, ctx context.Context) error {
			_, _, err := j.NotUndone(ctx, journal.Filter{})
			return err
		},
		"answer": func(j *journal.Journal, ctx context.Context) error { _, err := j.Answer(ctx, "r"); return err },
		"attach": func(j *journal.Journal, ctx context.Context) error {
			h, err := j.Attach(ctx, "r")
			if err == nil {
				_, err = h.Wait(ctx)
			}
			return err
		},
		"run": func(j *journal.Journal, ctx context.Context) error {
			_, err := j.Run(ctx, flow, nil)
			return err
		},
		"load": func(j *journal.Journal, ctx context.Context) error { _, err := j.Load(ctx, "r", registry); return err },
	}
	for name, do := range use {
		for _, when := range []string{"at once", "in use"} {
			t.Run(name+" "+when, func(t *testing.T) {
				j := open(t, newPath(t))
				if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r")); err != nil {
					t.Fatal(err)
				}
				var using sync.WaitGroup
				began := make(chan struct{}, 4)
				for range 4 {
					using.Go(func() { useUntilClosed(t, began, func() error { return do(j, t.Context()) }) })
				}
				if when == "in use" {
					<-began
				}
				closed(t, j)
				using.Wait()
			})
		}
	}
}

func useUntilClosed(t *testing.T, began chan<- struct{}, do func() error) {
	for n := 0; ; n++ {
		err := do()
		if n == 0 {
			began <- struct{}{}
		}
		var interrupted *journal.InterruptedError
		switch {
		case err == nil, errors.As(err, &interrupted):
		case errors.Is(err, journal.ErrClosed):
			return
		default:
			t.Errorf("%d: %v", n, err)
			return
		}
	}
}
