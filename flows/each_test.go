package flows_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations/core"
)

// An iteration has nothing of the one before it, whose memory it may have.
func TestIterationsBeginAnew(t *testing.T) {
	tests := []struct{ name, loop, want string }{
		{"a name that only some set", `do: [{if: "${n % 2 == 0}", set: {even: "${n}"}}], collect: "${ctx.even ?? 'none'}"`, `["none",2,"none",4]`},
		{"a name of the flow", `do: [{if: "${n == 2}", set: {base: c}}], collect: "${ctx.base}"`, `["b","c","b","b"]`},
		{"all of ctx is kept", `do: [{set: {mine: "${n}"}}], collect: "${ctx}"`, `[{"base":"b","mine":1},{"base":"b","mine":2},{"base":"b","mine":3},{"base":"b","mine":4}]`},
		{"a result that only some have", `do: [{id: r, if: "${n < 3}", call: test.echo, with: {value: "${n}"}}], collect: "${steps.r ?? 'none'}"`, `[1,2,"none","none"]`},
		{"a failure that is caught", `do: [{try: [{if: "${n == 2}", fail: {code: Bad, message: no}}, {set: {even: "${n}"}}], catch: [{do: [{set: {base: caught}}]}]}], collect: "${[ctx.base, ctx.even]}"`, `[["b",1],["caught",null],["b",3],["b",4]]`},
		{"errors that are gathered", `onError: collect, do: [{set: {even: "${n}"}}, {if: "${n == 2}", fail: {code: Bad, message: no}}], collect: "${ctx.even}"`, ``},
		{"loops inside", `do: [{id: inner, forEach: "${1..2}", as: m, do: [{set: {even: "${(ctx.even ?? 0) + n * 10 + m}"}}], collect: "${ctx.even}"}], collect: "${steps.inner}"`, `[[11,12],[21,22],[31,32],[41,42]]`},
		{"the item is not read", `indexAs: i, do: [{call: test.echo}], collect: "${i}"`, `[0,1,2,3]`},
	}
	for _, tt := range tests {
		for _, concurrency := range []int{1, 2} {
			text := fmt.Sprintf("flow: f\nsteps:\n  - set: {base: b}\n  - {if: false, set: {even: 0}}\n  - {id: l, forEach: \"${1..4}\", as: n, concurrency: %d, %s}\noutput: \"${steps.l}\"", concurrency, tt.loop)
			want := tt.want
			if want == "" {
				text = strings.Replace(text, "${steps.l}", "${[steps.l.items, len(steps.l.errors)]}", 1)
				want = `[[1,null,3,4],1]`
			}
			if diff := cmp.Diff(want, output(t, &recorder{}, text, nil)); diff != "" {
				t.Errorf("%s, %d at once (-want +got):\n%s", tt.name, concurrency, diff)
			}
		}
	}
}

// An operation that Op made and whose Run was replaced gets the whole call.
func TestReplacedRunGetsItsKey(t *testing.T) {
	var keys []string
	op := connector.Op("own.do", "Do nothing.", func(context.Context, struct{}) (any, error) { return nil, nil })
	inner := op.Run
	op.Run = func(ctx context.Context, call *connector.Call) (any, error) {
		keys = append(keys, call.IdempotencyKey)
		return inner(ctx, call)
	}
	registry, err := connector.NewRegistry(core.Log(), &connector.Connector{Name: "own", Operations: []*connector.Operation{op}})
	if err != nil {
		t.Fatal(err)
	}
	flow, err := loadWith(fstest.MapFS{"flow.yaml": {Data: []byte("flow: f\nsteps: [{forEach: [1, 2], do: [{call: own.do}]}]")}}, "flow.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := flow.Run(context.Background(), nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	if len(keys) != 2 || len(keys[0]) != 36 || keys[0] == keys[1] {
		t.Errorf("the calls have the keys %q", keys)
	}
}

// What goes wrong in a call that needs no name is told as of any other.
func TestCallAloneTellsItsFailure(t *testing.T) {
	registry, err := connector.NewRegistry(core.Log(), &connector.Connector{Name: "own", Operations: []*connector.Operation{
		connector.Op("own.panic", "Panic.", func(context.Context, struct{}) (any, error) { panic("oops") }),
	}})
	if err != nil {
		t.Fatal(err)
	}
	flow, err := loadWith(fstest.MapFS{"flow.yaml": {Data: []byte("flow: f\nsteps: [{id: l, forEach: [1], do: [{id: bad, call: own.panic}]}]")}}, "flow.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	for name, ctx := range map[string]context.Context{"that nobody ends": context.Background(), "that may end": t.Context()} {
		var logged []string
		_, err := flow.Run(ctx, nil, flows.WithListener(func(e flows.Event) {
			if e.Message != "" {
				logged = append(logged, e.Step+" "+e.Message)
			}
		}))
		if err == nil || !strings.Contains(err.Error(), "/l[0]/bad") || !strings.Contains(err.Error(), "own.panic panicked") {
			t.Errorf("a context %s: %v", name, err)
		}
		if diff := cmp.Diff([]string{"/l[0]/bad own.panic panicked: oops"}, logged); diff != "" {
			t.Errorf("a context %s: the log (-want +got):\n%s", name, diff)
		}
	}
}
