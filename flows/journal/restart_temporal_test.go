package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/restart"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// onTemporal runs a flow on Temporal until it fails, or is canceled at a call.
func onTemporal(t *testing.T, flow *flows.Flow, c *calls, id, cancel string, worker ...temporal.Option) *temporal.Ended {
	t.Helper()
	fail := c.fail
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	c.fail = func(name string) error {
		if name == cancel {
			stop()
			time.Sleep(30 * time.Millisecond) // until the workflow knows
		}
		return fail(name)
	}
	p, err := temporal.Prepare(t.Context(), flow, nil, temporal.PrepareOptions{}, flows.WithRunID(id))
	if err != nil {
		t.Fatal(err)
	}
	_, ended, err := temporaltest.RunPrepared(ctx, p, c.registry(t), nil, worker)
	if err == nil || ended == nil {
		t.Fatalf("the first run did not fail: %v", err)
	}
	return ended
}

// again restarts a run on Temporal.
func again(t *testing.T, ended *temporal.Ended, c *calls, how journal.Restart, worker ...temporal.Option) (*flows.Result, *temporal.Ended, error) {
	t.Helper()
	plan, err := restart.FromEnded(t.Context(), nil, ended, c.registry(t), how, temporal.PrepareOptions{})
	if err != nil {
		return nil, nil, err
	}
	return temporaltest.RunPrepared(t.Context(), plan.Prepared(), c.registry(t), nil, worker)
}

// The rows of the matrix hold for runs on Temporal, too, also where each is
// continued by other workflows.
func TestRestartMatrixOnTemporal(t *testing.T) {
	for name, holder := range holders {
		for _, end := range endings {
			for _, changed := range []bool{false, true} {
				if end.stepChanged != changed && (end.name != "failed" || !testenv.Thorough()) {
					continue
				}
				t.Run(fmt.Sprintf("%s, %s, changed %v", name, end.name, changed), func(t *testing.T) {
					var worker []temporal.Option
					if changed {
						worker = append(worker, temporal.WithLimits(temporal.Limits{Records: 1}))
					}
					first, second := &calls{fail: failing(end.fails)}, &calls{}
					first.block = func(context.Context) {
						for !slices.Contains(first.noted(), "o") {
							time.Sleep(time.Millisecond)
						}
						time.Sleep(5 * time.Millisecond) // until its branch has ended
					}
					cancel := ""
					if end.cancel {
						cancel = "s"
					}
					ended := onTemporal(t, matrixFlow(t, first, holder.text, end.undo, "1", false), first, "r", cancel, worker...)
					before := strings.TrimSuffix(holder.path, "s") + "i"
					place := strings.NewReplacer("S", holder.path, "I", before)
					how := journal.Restart{From: place.Replace(end.from)}
					value := "1"
					if end.stepChanged {
						value = "2"
					}
					if changed {
						how.Flow = matrixFlow(t, second, holder.text, end.undo, value, true)
					}
					if end.beside != "" && (strings.Contains(holder.text, "forEach") || strings.Contains(holder.text, "parallel")) {
						end.calls, end.refused, end.outcome = end.beside, "", "done null"
					}
					result, _, err := again(t, ended, second, how, worker...)
					var refused *journal.RestartError
					if errors.As(err, &refused) || end.refused != "" {
						if refused == nil || end.refused == "" || !strings.Contains(refused.Reason, end.refused) || refused.Latest != place.Replace(end.latest) {
							t.Fatalf("%v, latest %q", err, refusedLatest(refused))
						}
						return
					}
					if got := keyed(first, second); !slices.Equal(got, strings.Fields(end.calls)) {
						t.Errorf("calls %v, want %s", got, end.calls)
					}
					if got := outcome(t, result, err); got != strings.Replace(end.outcome, "at S", "at "+holder.path, 1) {
						t.Errorf("%s, want %s", got, end.outcome)
					}
				})
			}
		}
	}
}
