package flowtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// onRuntime runs a body and gives how long it took on the test's clock.
func onRuntime(t *testing.T, body func(rt *carrier)) time.Duration {
	t.Helper()
	return onRuntimeWith(t.Context(), body)
}

func onRuntimeWith(ctx context.Context, body func(rt *carrier)) time.Duration {
	w := &world{ctx: ctx, seed: "s", scheduler: scheduler{now: defaultStart()}}
	w.answer = func(_ *Call, a runtime.Attempt) (*reply, bool) {
		after, _ := a.Params["after"].(time.Duration)
		return &reply{after: after, result: "done"}, true
	}
	body(newRuntime(w))
	return w.now.Sub(defaultStart())
}

func sleep(rt runtime.Runtime, d time.Duration) error { return rt.Sleep("/s", rt.Now().Add(d)) }

// seconds sleeps i seconds in branch i.
func seconds(rt runtime.Runtime, i int64) error { return sleep(rt, time.Duration(i)*time.Second) }

func attempt(rt runtime.Runtime, effect connector.Effect, after, timeout time.Duration) error {
	_, err := rt.Attempt(runtime.Attempt{
		Path: "/a", Number: 1, Operation: &connector.Operation{Name: "test.op", Effect: effect},
		Params: map[string]any{"after": after}, Timeout: timeout,
	})
	return err
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return report.AsRunError(err).Code
}

func TestVirtualDurations(t *testing.T) {
	ten := func(rt runtime.Runtime, _ int64) error { return sleep(rt, 10*time.Second) }
	tests := []struct {
		name string
		body func(rt *carrier) error
		want time.Duration
		code string
	}{
		{"one sleep", func(rt *carrier) error { return sleep(rt, 10*time.Minute) }, 10 * time.Minute, ""},
		{"a sleep that is over", func(rt *carrier) error { return sleep(rt, -time.Hour) }, 0, ""},
		{"two at the same time", func(rt *carrier) error { return rt.Fork("/f", 2, 2, nil, ten) }, 10 * time.Second, ""},
		{"one after the other", func(rt *carrier) error { return rt.Fork("/f", 2, 1, nil, ten) }, 20 * time.Second, ""},
		{"five on two", func(rt *carrier) error { return rt.Fork("/f", 5, 2, nil, ten) }, 30 * time.Second, ""},
		{"a worker takes the next as soon as it can", func(rt *carrier) error { return rt.Fork("/f", 4, 2, nil, seconds) }, 4 * time.Second, ""},
		{"none", func(rt *carrier) error { return rt.Fork("/f", 0, 2, nil, ten) }, 0, ""},
		{"forks in forks", func(rt *carrier) error {
			return rt.Fork("/f", 3, 3, nil, func(rt runtime.Runtime, i int64) error { return rt.Fork("/g", i+1, 2, nil, ten) })
		}, 20 * time.Second, ""},
		{"a limit that is kept", func(rt *carrier) error {
			in, done := rt.Within("/w", time.Minute)
			defer done()
			return sleep(in, 59*time.Second)
		}, 59 * time.Second, ""},
		{"a limit that is over", func(rt *carrier) error {
			in, done := rt.Within("/w", time.Minute)
			defer done()
			return sleep(in, time.Hour)
		}, time.Minute, "Timeout"},
		{"a limit of no time", func(rt *carrier) error {
			in, done := rt.Within("/w", 0)
			defer done()
			return sleep(in, 0)
		}, 0, "Timeout"},
		{"the inner limit is shorter", func(rt *carrier) error {
			outer, done := rt.Within("/w", time.Minute)
			defer done()
			inner, innerDone := outer.Within("/v", time.Second)
			defer innerDone()
			if code := codeOf(sleep(inner, time.Hour)); code != "Timeout" {
				return errors.New(code)
			}
			return sleep(outer, time.Second)
		}, 2 * time.Second, ""},
		{"the outer limit is shorter", func(rt *carrier) error {
			outer, done := rt.Within("/w", time.Second)
			defer done()
			inner, innerDone := outer.Within("/v", time.Minute)
			defer innerDone()
			return sleep(inner, time.Hour)
		}, time.Second, "Timeout"},
		{"a limit for branches", func(rt *carrier) error {
			in, done := rt.Within("/w", 15*time.Second)
			defer done()
			return in.Fork("/f", 5, 2, nil, ten)
		}, 15 * time.Second, "Timeout"},
		{"a released limit stops nothing", func(rt *carrier) error {
			_, done := rt.Within("/w", time.Second)
			done()
			return sleep(rt, time.Minute)
		}, time.Minute, ""},
		{"detached goes on", func(rt *carrier) error {
			in, done := rt.Within("/w", time.Second)
			defer done()
			_ = sleep(in, time.Hour)
			apart, end := in.Detached("/undo", 30*time.Second)
			defer end()
			return sleep(apart, 20*time.Second)
		}, 21 * time.Second, ""},
		{"detached has a limit once all is stopped", func(rt *carrier) error {
			in, done := rt.Within("/w", time.Second)
			defer done()
			_ = sleep(in, time.Hour)
			apart, end := in.Detached("/undo", 30*time.Second)
			defer end()
			return sleep(apart, time.Hour)
		}, 31 * time.Second, "Timeout"},
		{"detached has a limit from then on", func(rt *carrier) error {
			in, done := rt.Within("/w", time.Minute)
			defer done()
			apart, end := in.Detached("/undo", 30*time.Second)
			defer end()
			return sleep(apart, time.Hour)
		}, 90 * time.Second, "Timeout"},
		{"detached has no limit while nothing is stopped", func(rt *carrier) error {
			apart, end := rt.Detached("/undo", 30*time.Second)
			defer end()
			return sleep(apart, time.Hour)
		}, time.Hour, ""},
		{"an attempt takes its time", func(rt *carrier) error { return attempt(rt, connector.EffectMutating, time.Hour, 0) }, time.Hour, ""},
		{"an attempt in time", func(rt *carrier) error { return attempt(rt, connector.EffectMutating, time.Second, time.Minute) }, time.Second, ""},
		{"an attempt that is late", func(rt *carrier) error { return attempt(rt, connector.EffectMutating, time.Hour, time.Minute) }, time.Minute, "Timeout"},
		{"a child is a part of its parent", func(rt *carrier) error {
			_, err := rt.Child("/c", func(rt runtime.Runtime) (any, error) { return nil, sleep(rt, time.Second) })
			return err
		}, time.Second, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var err error
			got := onRuntime(t, func(rt *carrier) { err = tt.body(rt) })
			if got != tt.want || codeOf(err) != tt.code {
				t.Errorf("it took %s and gave %v, want %s and %q", got, err, tt.want, tt.code)
			}
		})
	}
}

// The first error stops the branches beside it: what waits and what only reads
// ends at once, what changes something is waited for.
func TestSiblings(t *testing.T) {
	first := errors.New("first")
	tests := []struct {
		name  string
		other func(rt runtime.Runtime) error
		took  time.Duration
		code  string
	}{
		{"a sleep ends", func(rt runtime.Runtime) error { return sleep(rt, time.Hour) }, time.Second, "Canceled"},
		{"a call that reads ends", func(rt runtime.Runtime) error { return attempt(rt, connector.EffectReadOnly, time.Hour, 0) }, time.Second, "Canceled"},
		{"a call that changes something ends well", func(rt runtime.Runtime) error { return attempt(rt, connector.EffectMutating, time.Hour, 0) }, time.Hour, ""},
		{"at most its time limit", func(rt runtime.Runtime) error { return attempt(rt, connector.EffectIdempotent, time.Hour, time.Minute) }, time.Minute, "Timeout"},
		{"what is inside ends, too", func(rt runtime.Runtime) error {
			in, done := rt.Within("/w", time.Minute)
			defer done()
			return in.Fork("/g", 2, 2, nil, func(rt runtime.Runtime, _ int64) error { return sleep(rt, time.Hour) })
		}, time.Second, "Canceled"},
		{"what is detached goes on", func(rt runtime.Runtime) error {
			apart, done := rt.Detached("/undo", time.Hour)
			defer done()
			return sleep(apart, time.Minute)
		}, time.Minute, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var err, other error
			var cause runtime.Cause
			started := 0
			took := onRuntime(t, func(rt *carrier) {
				err = rt.Fork("/f", 3, 2, nil, func(rt runtime.Runtime, i int64) error {
					started++
					if i == 0 {
						_ = sleep(rt, time.Second)
						return first
					}
					other = tt.other(rt)
					cause = rt.Stopped()
					return other
				})
				if rt.Stopped() != runtime.NotStopped {
					t.Error("what forked is stopped, too")
				}
			})
			if !errors.Is(err, first) || codeOf(other) != tt.code || took != tt.took || cause != runtime.BySibling || started != 2 {
				t.Errorf("the fork gave %v, the other %v, stopped by %q after %s; %d started", err, other, cause, took, started)
			}
		})
	}
}

// What the scope around a fork does stops the branches for its own reason.
func TestCausesGoDown(t *testing.T) {
	var causes []runtime.Cause
	onRuntime(t, func(rt *carrier) {
		in, done := rt.Within("/w", time.Second)
		defer done()
		err := in.Fork("/f", 2, 2, nil, func(rt runtime.Runtime, _ int64) error {
			_ = sleep(rt, time.Hour)
			causes = append(causes, rt.Stopped())
			return nil
		})
		if codeOf(err) != "Timeout" || rt.Stopped() != runtime.NotStopped {
			t.Errorf("the fork gave %v, outside it is stopped by %q", err, rt.Stopped())
		}
	})
	if diff := cmp.Diff([]runtime.Cause{runtime.ByTimeout, runtime.ByTimeout}, causes); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
}

// Branches that never wait take turns.
func TestFairness(t *testing.T) {
	var order []string
	onRuntime(t, func(rt *carrier) {
		err := rt.Fork("/f", 3, 3, nil, func(rt runtime.Runtime, i int64) error {
			for range 3 {
				order = append(order, string(rune('a'+i)))
				if err := attempt(rt, connector.EffectReadOnly, 0, 0); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	if got := strings.Join(order, ""); got != "abcabcabc" {
		t.Errorf("the order is %s", got)
	}
}

func TestTimersOfOneTimeGoInOrder(t *testing.T) {
	var order []int64
	onRuntime(t, func(rt *carrier) {
		_ = rt.Fork("/f", 50, 50, nil, func(rt runtime.Runtime, i int64) error {
			_ = sleep(rt, time.Second)
			order = append(order, i)
			return nil
		})
	})
	for i, n := range order {
		if n != int64(i) {
			t.Fatalf("the order is %v", order)
		}
	}
}

// A hundred runs of a busy program give the same events at the same times.
func TestDeterminism(t *testing.T) {
	program := func() string {
		var b strings.Builder
		took := onRuntime(t, func(rt *carrier) {
			err := rt.Fork("/f", 40, 7, nil, func(rt runtime.Runtime, i int64) error {
				pause := time.Duration(rt.Random(fmt.Sprint(i), 0)%1000) * time.Millisecond
				fmt.Fprintf(&b, "%d starts at %s\n", i, rt.Now())
				in, done := rt.Within("/w", 800*time.Millisecond)
				defer done()
				err := in.Fork("/g", 3, 2, nil, func(rt runtime.Runtime, j int64) error {
					err := sleep(rt, pause/time.Duration(j+1))
					fmt.Fprintf(&b, "%d.%d wakes at %s: %v\n", i, j, rt.Now(), err)
					return err
				})
				if i == 33 {
					return errors.New("33 fails")
				}
				fmt.Fprintf(&b, "%d ends: %v, %s\n", i, err, rt.Stopped())
				return nil
			})
			fmt.Fprintln(&b, err)
		})
		return b.String() + took.String()
	}
	want := program()
	for range 99 {
		if diff := cmp.Diff(want, program()); diff != "" {
			t.Fatalf("another run (-first +this):\n%s", diff)
		}
	}
	if !strings.Contains(want, "the time limit is over") || !strings.Contains(want, "33 fails") {
		t.Errorf("the program is not busy:\n%s", want)
	}
}

// Whoever runs the test can end it, also where the flow never waits.
func TestEndedFromOutside(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	rounds := 0
	onRuntimeWith(ctx, func(rt *carrier) {
		for rt.Stopped() == runtime.NotStopped && rounds < 1000 {
			if rounds++; rounds == 10 {
				cancel()
			}
		}
		if err := attempt(rt, connector.EffectReadOnly, 0, 0); codeOf(err) != "Canceled" || rt.Stopped() != runtime.ByUser {
			t.Errorf("the attempt gave %v, stopped by %q", err, rt.Stopped())
		}
		apart, done := rt.Detached("/undo", time.Hour)
		defer done()
		if err := sleep(apart, time.Second); codeOf(err) != "Canceled" {
			t.Errorf("what is detached gave %v", err)
		}
	})
	if rounds != 10 {
		t.Errorf("%d rounds", rounds)
	}
}

func TestRandomDependsOnItsPlace(t *testing.T) {
	seen := map[uint64]string{}
	for _, seed := range []string{"a", "b"} {
		rt := newRuntime(&world{ctx: t.Context(), seed: seed})
		for _, path := range []string{"/x", "/y"} {
			for count := range 2 {
				place, bits := fmt.Sprint(seed, path, count), rt.Random(path, count)
				if other, twice := seen[bits]; twice || bits != rt.Random(path, count) {
					t.Errorf("%s gives the bits of %s", place, other)
				}
				seen[bits] = place
			}
		}
	}
}

func TestStaticPaths(t *testing.T) {
	s := newSteps([]report.StepInfo{
		{Path: "/smoke", ID: "smoke"},
		{Path: "/smoke/answer", Block: "/smoke", ID: "answer", Operation: "x.y"},
		{Path: "/2/try/1", Block: "/2/try"},
		{Path: "/2/catch[0]/1", Block: "/2/catch[0]"},
		{Path: "/2/catch[1]/1", Block: "/2/catch[1]"},
		{Path: "/sub", ID: "sub", Verb: "flow"},
		{Path: "/smoke/answer/undo/1", Block: "/smoke/answer/undo"},
	})
	for path, want := range map[string]string{
		"/smoke":                     "/smoke",
		"/smoke[17]/answer#2":        "/smoke/answer",
		"/smoke[17]/answer/undo/1":   "/smoke/answer/undo/1",
		"/2/catch[1]/1":              "/2/catch[1]/1",
		"/sub#2/loop[3]/step":        "/sub/loop/step",
		"/elsewhere[0]/catch[0]/a#3": "/elsewhere/catch/a",
	} {
		if got := s.Static(path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	tests := []struct {
		ref, path string
		want      bool
	}{
		{"answer", "/smoke[3]/answer", true},
		{"/smoke/answer", "/smoke[3]/answer", true},
		{"/smoke[3]/answer", "/smoke[3]/answer", true},
		{"/smoke[3]/answer", "/smoke[4]/answer", false},
		{"answer", "/smoke[3]/answer/undo/1", false},
		{"/smoke/answer/undo", "/smoke[3]/answer/undo/1", true},
		{"answer/undo", "/smoke[3]/answer/undo/1", true},
		{"/2/catch[1]/1", "/2/catch[1]/1", true},
		{"/2/catch[1]/1", "/2/catch[0]/1", false},
		{"/sub/inner", "/sub/inner", true},
	}
	for _, tt := range tests {
		ref := s.find(tt.ref)
		if ref == nil || ref.fits(tt.path) != tt.want {
			t.Errorf("%s fits %s: want %t", tt.ref, tt.path, tt.want)
		}
	}
	for _, unknown := range []string{"nobody", "/9", "/smoke[3]/nobody", "/smoke/nobody", "nobody/undo", "answer/redo"} {
		if s.find(unknown) != nil {
			t.Errorf("%s is found", unknown)
		}
	}
}
