package serve

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
)

// A call that comes with the key of another one waits for its run from the moment on at
// which it has found it, also before it has begun, so that who leaves it meanwhile cancels
// nothing; what it waited for in vain, or was not its own, it cancels if nobody else waits.
func TestCallsThatFindARun(t *testing.T) {
	begins, holds := make(chan struct{}, 1), make(chan struct{})
	reg, err := connector.NewRegistry(&connector.Connector{Name: "shop", Summary: "A shop.", Operations: []*connector.Operation{
		connector.Op("shop.hold", "Hold.", func(ctx context.Context, _ struct{}) (struct{}, error) {
			begins <- struct{}{}
			select {
			case <-ctx.Done():
			case <-holds:
			}
			return struct{}{}, ctx.Err()
		}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte("flow: f\ninputs: {n: {type: integer, default: 1}}\ntriggers: [{tool: {name: hold, description: Hold.}}]\nsteps: [{call: shop.hold}]\noutput: \"${ctx.n}\"\n")}}, "f.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Config{Flows: []Served{{Flow: flow}}, Registry: reg, OnlyTools: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.end()
	call := func(ctx context.Context, key string, n int) <-chan *ToolResult {
		over := make(chan *ToolResult, 1)
		go func() {
			r, err := s.CallTool(ctx, ToolCall{Name: "hold", Key: key, Arguments: map[string]any{"n": n}})
			if err != nil {
				t.Error(err)
			}
			over <- r
		}()
		return over
	}
	running := func() *running {
		for _, g := range s.runs.list() {
			return g
		}
		t.Fatal("nothing runs")
		return nil
	}

	// The second one has found the run, and has not looked at it yet, when the first one leaves.
	first, cancel := context.WithCancel(t.Context())
	over := call(first, "a", 1)
	<-begins
	g := running()
	if _, mine := s.runs.await(g.id, g.digest, g.route); mine {
		t.Fatal("the run is not there")
	}
	cancel()
	if r := <-over; r.Problem == nil || r.Problem.Code != "CallCanceled" {
		t.Errorf("the first one that leaves is told %+v", r)
	}
	if h := s.runs.handleOf(g); h == nil || !s.leave(g) { // as the second one does
		t.Error("the second one is not the last")
	}
	<-g.done
	if g.answer == nil || stateOf(g.err) != "canceled" {
		t.Errorf("the run ended with %v", g.err)
	}

	// One with other arguments finds it, too, and waits for nothing.
	second, cancelSecond := context.WithCancel(t.Context())
	over = call(second, "b", 1)
	<-begins
	if r := <-call(t.Context(), "b", 2); r.Problem == nil || r.Problem.Code != "KeyReused" {
		t.Errorf("other arguments are told %+v", r)
	}
	g = running()
	cancelSecond()
	<-over
	<-g.done
	if stateOf(g.err) != "canceled" {
		t.Errorf("the run ended with %v", g.err)
	}

	// One whose caller has gone leaves the run to the others.
	over = call(t.Context(), "c", 1)
	<-begins
	gone, leave := context.WithCancel(t.Context())
	leave()
	<-call(gone, "c", 1)
	close(holds)
	if r := <-over; r.Problem != nil {
		t.Errorf("the one that waits is told %+v", r.Problem)
	}
}
