package bind

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// In whatever order texts are compiled, also more than once, they mean what they
// mean when they are compiled alone.
func TestAheadCompilesInAnyOrder(t *testing.T) {
	texts := make([]string, 60)
	for i := range texts {
		texts[i] = fmt.Sprintf("${ctx.n + %d > %d}", i, 2*i)
	}
	e, vars := NewEngine(), Vars(newVars())
	want := make([]any, len(texts))
	for i, text := range texts {
		want[i], _ = mustCompile(t, text).Eval(vars)
	}
	forward := make([]int, len(texts))
	for i := range forward {
		forward[i] = i
	}
	order := rapid.OneOf(rapid.Just(forward), rapid.Permutation(forward), rapid.SliceOf(rapid.IntRange(0, len(texts)-1)))
	rapid.Check(t, func(t *rapid.T) {
		ahead := e.ReadAhead(texts)
		turns := slices.Clone(order.Draw(t, "order"))
		programs := make([]*Program, len(turns))
		for k, i := range turns {
			var problems []Problem
			if programs[k], problems = ahead.Compile(i, texts[i], newScope()); programs[k] == nil {
				t.Fatal(problems)
			}
		}
		ahead.Finish()
		for k, i := range turns {
			if got, err := programs[k].Eval(vars); got != want[i] || err != nil {
				t.Errorf("%s is %v, %v; want %v", texts[i], got, err, want[i])
			}
		}
	})
}
