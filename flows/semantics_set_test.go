package flows_test

import "testing"

// ctx is changed in place where nobody else holds it: those who do keep what
// they had.
func TestSetKeepsWhatOthersHold(t *testing.T) {
	got := output(t, &recorder{}, `flow: t
steps:
  - set: {n: 1, before: "${ctx}"}
  - set: {copy: "${ctx}", n: 2}
  - set: {n: 3}
  - set: {n: 4}
  - id: loop
    forEach: [a, b]
    do: [{set: {n: "${ctx.n + 1}", own: "${item}"}}, {set: {n: "${ctx.n * 10}"}}]
    collect: "${ctx.n}"
  - parallel:
      left: [{set: {l: "${ctx.n}"}}, {set: {l: "${ctx.l + 1}"}}]
      right: [{set: {r: "${ctx.n}"}}]
  - set: {n: 5}
  - try:
      - set: {n: 6, seen: "${ctx}"}
      - {call: test.fail, with: {name: f, times: 1}}
    retry: {attempts: 2, delay: 1ms}
  - set: {n: 7, after: "${[ctx]}"}
output: {copy: "${ctx.copy.n}", loop: "${steps.loop}", n: "${ctx.n}", l: "${ctx.l}", r: "${ctx.r}", seen: "${ctx.seen.n}", after: "${ctx.after[0].n}"}
`, nil)
	if want := `{"after":6,"copy":1,"l":5,"loop":[50,50],"n":7,"r":4,"seen":5}`; got != want {
		t.Errorf("output %s, want %s", got, want)
	}
}

// An undo sees ctx as it was when its step finished.
func TestUndoKeepsCtx(t *testing.T) {
	r := &recorder{}
	failure(t, r, `flow: t
steps:
  - set: {n: 1}
  - {call: test.change, with: {name: "a${ctx.n}"}, undo: {call: test.change, with: {name: "undo${ctx.n}"}}}
  - set: {n: 2}
  - set: {n: 3}
  - {call: test.change, with: {name: "b${ctx.n}"}, undo: {call: test.change, with: {name: "undo${ctx.n}"}}}
  - set: {n: 4}
  - {fail: {code: X, message: x}}
`, nil)
	if got, want := r.noted(), "change:a1 change:b3 change:undo3 change:undo1"; got != want {
		t.Errorf("calls %s, want %s", got, want)
	}
}
