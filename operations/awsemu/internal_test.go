package awsemu

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The additional version is never more than one invocation ahead of its share
// or behind it, whatever the weight.
func TestSplitIsSmooth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weight := float64(rapid.IntRange(0, 1000).Draw(t, "thousandths")) / 1000
		var s split
		chosen := 0
		for n := 1; n <= 1000; n++ {
			if s.additional(weight) {
				chosen++
			}
			if off := float64(chosen) - weight*float64(n); off > 1 || off < -1 {
				t.Fatalf("%d of %d at %v", chosen, n, weight)
			}
		}
		if want := int(weight*1000 + 0.5); chosen != want {
			t.Fatalf("%d of 1000, want %d", chosen, want)
		}
	})
}

// gate is a runner whose functions last until it is opened.
type gate struct {
	entered chan struct{}
	open    chan struct{}
	ended   atomic.Int32
}

func (g *gate) run(ctx context.Context, _ invocation) (outcome, error) {
	g.entered <- struct{}{}
	select {
	case <-g.open:
	case <-ctx.Done():
	}
	g.ended.Add(1)
	return outcome{payload: []byte("null")}, nil
}

func (*gate) forget(functionRef) {}
func (*gate) close()             {}

// gated is Lambda with one function whose runs last until g opens.
func gated(t *testing.T) (*lambdaAPI, *gate) {
	t.Helper()
	f, err := ReadFixture("f.yaml", []byte("functions: {f: {timeout: 900}}\nlimits: {concurrentExecutions: 2}"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Fixture: f})
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{entered: make(chan struct{}, 8), open: make(chan struct{})}
	l := e.lambda.(*lambdaAPI)
	l.runner = g
	return l, g
}

func invokeCall(kind string) *call {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(""))
	r.Header.Set("X-Amz-Invocation-Type", kind)
	return &call{http: r, vars: map[string]string{"FunctionName": "f"}, caller: rootIdentity(Account), region: "us-east-1"}
}

func TestConcurrencyLimit(t *testing.T) {
	l, g := gated(t)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if _, err := l.invoke(invokeCall("")); err != nil {
				t.Error(err)
			}
		})
		<-g.entered
	}
	_, err := l.invoke(invokeCall(""))
	refusal := asAPIError(err)
	if refusal.code != "TooManyRequestsException" || refusal.status != 429 {
		t.Errorf("got %v", err)
	}
	close(g.open)
	all.Wait()
	if _, err := l.invoke(invokeCall("")); err != nil {
		t.Errorf("after the others have ended: %v", err)
	}
}

func TestCloseWaitsForEvents(t *testing.T) {
	l, g := gated(t)
	e := &Emulator{tasks: l.tasks}
	if _, err := l.invoke(invokeCall("Event")); err != nil {
		t.Fatal(err)
	}
	<-g.entered
	time.AfterFunc(20*time.Millisecond, func() { close(g.open) })
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if g.ended.Load() != 1 {
		t.Error("Close returned before the event had run")
	}
}

func TestKeyringForgets(t *testing.T) {
	k := &keyring{keys: map[string]credential{}}
	now := time.Now()
	for i := range sweepFrom {
		k.add(credential{keyID: strings.Repeat("k", i+1), token: "t", expires: now}, now)
	}
	later := now.Add(forgetAfter + time.Second)
	k.add(credential{keyID: "new", expires: later.Add(time.Hour)}, later)
	if _, known := k.find("new"); !known || len(k.keys) != 1 {
		t.Errorf("%d keys are left", len(k.keys))
	}
}

func TestRoutesAreComplete(t *testing.T) {
	l := &lambdaAPI{}
	seen := map[string]string{}
	for _, r := range append(l.routes(), missingRoutes()...) {
		key := r.method + " " + r.pattern
		if other, twice := seen[key]; twice {
			t.Errorf("%s is both %s and %s", key, other, r.name)
		}
		seen[key] = r.name
		if r.handle == nil || r.limit == 0 {
			t.Errorf("%s is not complete", r.name)
		}
	}
	if len(seen) != 88 {
		t.Errorf("%d operations, want the 88 of the SDK", len(seen))
	}
}

func TestBodiesShareABudget(t *testing.T) {
	b, done := newBudget(100), make(chan struct{})
	if !b.take(60, done) {
		t.Fatal("the first part was refused")
	}
	got := make(chan bool)
	go func() { got <- b.take(60, done) }()
	select {
	case <-got:
		t.Fatal("more was given out than there is")
	case <-time.After(20 * time.Millisecond):
	}
	b.give(60)
	if !<-got {
		t.Error("what was given back was not given out")
	}
	close(done)
	if b.take(60, done) {
		t.Error("more was given out than there is")
	}
}
