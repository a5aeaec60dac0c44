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
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/restart"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// onTemporal runs a flow on Temporal until it fails, or is canceled at a call.
func onTemporal(t *testing.T, flow *flows.Flow, c *calls, id, cancel string, worker ...temporal.Option) *temporal.Ended {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	c.hold = func(call context.Context, name string) {
		if name == cancel {
			stop()
			<-call.Done() // the workflow knows
		}
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

// fromTheLoop restarts at a loop one of whose items is one record: that runs again
// with its keys, and not with another program.
func fromTheLoop(t *testing.T, ended *temporal.Ended, first *calls, how journal.Restart) {
	t.Helper()
	second := &calls{}
	how.From = "/h"
	result, _, err := again(t, ended, second, how)
	got := outcome(t, result, err)
	if how.Flow != nil && !strings.HasPrefix(got, "RestartDiverged at /h[") || how.Flow == nil && got != "done null" {
		t.Errorf("from the loop: %s", got)
	}
	for _, made := range keyed(first, second) {
		if made != "post+" && !strings.HasSuffix(made, "=") && slices.Contains(first.list, strings.TrimSuffix(made, "+")) {
			t.Errorf("from the loop: %s", made)
		}
	}
}

// The rows of the matrix hold for runs on Temporal, too, also where each is
// continued by other workflows.
func TestRestartMatrixOnTemporal(t *testing.T) {
	for name, holder := range holders {
		for _, end := range endings {
			for _, changed := range []bool{false, true} {
				if end.changes() != changed && (end.name != "failed" || !testenv.Thorough()) {
					continue
				}
				if !testenv.Thorough() && end.name != "failed, mended" && end.name != "failed, moved" && end.name != "not undone" {
					continue
				}
				t.Run(fmt.Sprintf("%s, %s, changed %v", name, end.name, changed), func(t *testing.T) {
					var worker []temporal.Option
					if changed {
						worker = append(worker, temporal.WithLimits(temporal.Limits{Records: 1}))
					}
					r := newMatrixRun(t, holder, end, changed)
					r.besideOthers("forEach", "parallel")
					ended := onTemporal(t, r.begun(t), r.first, "r", r.cancel, worker...)
					result, _, err := again(t, ended, r.second, r.how, worker...)
					var refused *journal.RestartError
					if errors.As(err, &refused) && strings.Contains(err.Error(), "one record") && strings.HasPrefix(holder.path, "/h[0]/f") && refused.Latest == "/h" {
						fromTheLoop(t, ended, r.first, r.how)
						return
					}
					r.judge(t, result, err)
				})
			}
		}
	}
}

// Chunks of loops are workflows of their own, and what they did is kept with the
// rest, over several restarts; so is what signals brought, and what is still to be
// undone.
func TestRestartGenerationsOnTemporal(t *testing.T) {
	flow := flowOf(undone("a"), `{id: l, forEach: "${1..9}", as: i, concurrency: 3, onError: collect, do: [{id: b, call: test.change, with: {name: "b${i}"}, undo: {call: test.change, with: {name: "ub${i}"}}}, {id: c, call: test.change, with: {name: "c${i}", value: "${i}"}}], collect: "${steps.c}"}`,
		`{id: k, call: test.change, with: {name: k, value: "${step.idempotencyKey}"}}`, call("d")) + "output: \"${[steps.k, steps.l.items, run.id]}\"\n"
	parts := temporal.WithLimits(temporal.Limits{Items: 2})
	var made [4]calls
	made[0].fail = failing("c4 d una ub1 ub2 ub3 ub5 ub6 ub7 ub8 ub9")
	ended := onTemporal(t, load(t, &made[0], flow), &made[0], "r", "", parts)
	made[1].fail = failing("d? una ub1 ub2 ub3 ub5 ub6 ub7 ub8 ub9")
	_, ended, err := again(t, ended, &made[1], journal.Restart{From: "/l[3]/b"}, parts)
	if got := outcome(t, nil, err); !strings.HasPrefix(got, "Broken at /d, undone /l[3]/b, not undone ") || !strings.HasSuffix(got, " /a") {
		t.Errorf("first restart: %s", got)
	}
	if got := strings.Join(keyed(&made[0], &made[1])[:4], " "); got != "b4+ c4+ k= d+" {
		t.Errorf("first restart: %s", got)
	}
	made[2].fail = failing("d una ub1 ub2 ub3 ub5 ub6 ub7 ub8 ub9")
	_, ended, err = again(t, ended, &made[2], journal.Restart{From: "/l[3]/b"}, parts)
	if err == nil || ended == nil || outcome(t, nil, err)[:12] != "Broken at /d" {
		t.Fatalf("second restart: %v", err)
	}
	if got := strings.Join(keyed(&made[1], &made[2])[:4], " "); got != "b4+ c4= k= d=" {
		t.Errorf("second restart: %s", got)
	}
	var refused *journal.RestartError
	if _, _, err := again(t, ended, &made[3], journal.Restart{}, parts); !errors.As(err, &refused) || refused.Latest != "/l[3]/b" {
		t.Errorf("what was undone is kept: %v", err)
	}
	result, _, err := again(t, ended, &made[3], journal.Restart{From: "/l[3]/b"}, parts)
	want := fmt.Sprintf(`done ["%s",[1,2,3,4,5,6,7,8,9],"r"]`, made[0].keys[slices.Index(made[0].list, "k")])
	if got := outcome(t, result, err); got != want || strings.Join(made[3].list, " ") != "b4 c4 k d" {
		t.Errorf("third restart: %s, want %s, calls %v", got, want, made[3].list)
	}
}

// What a signal brought is kept with its wait, one that nobody waited for goes
// along, and one for a wait that comes again is given anew.
func TestRestartBehindSignalsOnTemporal(t *testing.T) {
	flow := flowOf("{id: ok, wait: {signal: approval, timeout: 1h, accepts: {yes: {type: boolean}}}}", `{id: a, call: test.change, with: {name: "a-${steps.ok.yes}"}}`,
		"{id: go, wait: {signal: go, timeout: 1h, accepts: {}}}", call("b"), "{wait: {signal: late, timeout: 1h, accepts: {}}}")
	first, second := &calls{fail: failing("b")}, &calls{}
	p, err := temporal.Prepare(t.Context(), load(t, first, flow), nil, temporal.PrepareOptions{}, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	signals := []temporaltest.Signal{
		{After: time.Second, Name: "approval", Values: map[string]any{"yes": true}}, {After: 2 * time.Second, Name: "late"}, {After: 3 * time.Second, Name: "go"},
	}
	_, ended, err := temporaltest.RunPrepared(t.Context(), p, first.registry(t), signals, nil)
	if err == nil {
		t.Fatal("it did not fail")
	}
	_, _, err = again(t, ended, second, journal.Restart{From: "go"})
	if got := outcome(t, nil, err); got != "SignalTimeout at /go, undone , not undone " || len(second.list) > 0 {
		t.Errorf("without the signal: %s, calls %v", got, second.list)
	}
	plan, err := restart.FromEnded(t.Context(), nil, ended, second.registry(t), journal.Restart{From: "go"}, temporal.PrepareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var twice error
	more := []temporaltest.Signal{
		{After: time.Second, Name: "approval", Values: map[string]any{"yes": false}, Answer: func(err error) { twice = err }}, {After: 2 * time.Second, Name: "go"},
	}
	if _, _, err := temporaltest.RunPrepared(t.Context(), plan.Prepared(), second.registry(t), more, nil); err != nil {
		t.Fatal(err)
	}
	var conflict *report.SignalError
	if !errors.As(twice, &conflict) || conflict.Reason != report.SignalConflict || strings.Join(second.list, " ") != "b" {
		t.Errorf("%v, calls %v", twice, second.list)
	}
}
