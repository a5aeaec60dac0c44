package sound_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
)

type echoIn struct {
	Value any `param:"value"`
}

type needIn struct {
	N int    `param:"n,required"`
	S string `param:"s,required"`
	L []int  `param:"l,required"`
}

type failIn struct {
	When bool `param:"when"`
}

func registry(t *testing.T) *connector.Registry {
	t.Helper()
	fail := func(_ context.Context, in failIn) (any, error) {
		if in.When {
			return nil, &connector.Error{Code: "Broken", Class: connector.ClassUnavailable, Message: "it broke"}
		}
		return nil, nil
	}
	reg, err := connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{
		connector.Op("test.echo", "Give back a value.", func(_ context.Context, in echoIn) (any, error) { return in.Value, nil }),
		connector.Op("test.need", "Take values.", func(context.Context, needIn) (any, error) { return nil, nil }),
		connector.Op("test.fail", "Fail where told.", fail, connector.WithEffect(connector.EffectReadOnly)),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

const subFlow = `flow: sub
inputs: {n: {type: integer, required: true}, s: {type: string, default: x}}
output: {n: "${ctx.n}", s: "${ctx.s}"}
`

// of the values, and not of the types: what no check can see.
var ofValues = []string{
	"division by zero", "integer overflow", "too large for a number", "longer than 292 years", "not within the years", "index out of range",
	"too much", "more than", "the argument is not", "is not a time", "is not a duration", "the text is not an integer", "the text is not a number",
}

// A number becomes an integer where it is a whole one.
var fraction = regexp.MustCompile(`expected an integer, found -?[0-9]+\.[0-9]`)

// Other flows are tried by hand; what fails of them is mended, too.
var seed = flag.Uint64("seed", 110, "which flows are generated")

// What passes the check without a word does not fail for a type, a name or a
// null that the check could have seen.
func TestGeneratedFlows(t *testing.T) {
	programs := 600 // and not so many that pass: a change of the check would bring others
	if testenv.Thorough() {
		programs = 20_000
	}
	reg := registry(t)
	g := &generator{Rand: rand.New(rand.NewPCG(13, *seed)), wrong: 4} //nolint:gosec // the same flows each time
	passed, refused, failures := 0, 0, 0
	for range programs {
		if failures == 10 {
			break
		}
		program := g.program()
		source, err := json.Marshal(program)
		if err != nil {
			t.Fatal(err)
		}
		flow, err := flows.Load(fstest.MapFS{"f.json": {Data: source}, "sub.yaml": {Data: []byte(subFlow)}}, "f.json", reg)
		if err != nil || flow.Warnings() != nil {
			refused++
			continue
		}
		passed++
		for _, given := range []map[string]any{nil, {"on": 1, "os": "a", "ob": true, "ol": []any{1}, "od": "1s", "n": 0, "s": "", "b": false, "l": []any{}, "t": []any{}}} {
			if found := unforeseen(t, flow, given); found != "" {
				delete(program, "inputs")
				shown, _ := json.Marshal(program) //nolint:errcheck,errchkjson // it was written before
				t.Errorf("%s\nwith %v\n%s", found, given, shown)
				failures++
				break
			}
		}
	}
	if passed < programs*2/5 && failures == 0 {
		t.Errorf("%d programs passed and %d did not", passed, refused)
	}
	t.Logf("%d programs passed the check and ran, %d were refused", passed, refused)
}

// unforeseen runs a flow and returns a failure of a step, also one that was
// caught, that the check should have seen.
func unforeseen(t *testing.T, flow *flows.Flow, given map[string]any) (found string) {
	t.Helper()
	var mu sync.Mutex
	look := func(err error) {
		var failure *report.RunError
		if !errors.As(err, &failure) || failure.Code == "Broken" || failure.Code == "RepeatExhausted" || failure.Code == "Canceled" || failure.Code == "Timeout" {
			return
		}
		if fraction.MatchString(failure.Message) {
			return
		}
		for _, ok := range ofValues {
			if strings.Contains(failure.Message, ok) {
				return
			}
		}
		mu.Lock()
		defer mu.Unlock()
		found = failure.Error()
	}
	synctest.Test(t, func(t *testing.T) {
		_, err := flow.Run(t.Context(), given, flows.WithListener(func(e report.Event) {
			if e.Err != nil {
				look(e.Err)
			}
		}))
		if err != nil {
			look(err)
		}
	})
	return found
}
