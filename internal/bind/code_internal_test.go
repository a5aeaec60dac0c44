package bind

import (
	"strings"
	"sync"
	"testing"
)

// The code of an expression is made once, by the first of those who evaluate it.
func TestCodeIsMadeByTheFirst(t *testing.T) {
	p, v := mustCompile(t, "${ctx.n + 1 > 0 ? 'yes' : 'no'}"), Vars(newVars())
	if p.expr.code.program != nil {
		t.Error("it is made before")
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := p.Eval(v); got != "yes" || err != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	all.Wait()
	if p.expr.code.tree != nil {
		t.Error("its tree is kept")
	}
}

// What is so long that expr's compiler may refuse it is compiled where the flow is read,
// which says so.
func TestLongExpressionsAreCompiledAtOnce(t *testing.T) {
	for _, n := range []int{10, surelyCompiles} {
		text := "${" + strings.Repeat(" ", n-5) + "ctx.n + 1}"
		p := mustCompile(t, text)
		if made := p.expr.code.program != nil; made != (len(text)-3 > surelyCompiles) {
			t.Errorf("%d bytes: made %t", len(text)-3, made)
		}
		if got, err := p.Eval(newVars()); got == nil || err != nil {
			t.Errorf("got %v, %v", got, err)
		}
	}
}

// Where expr's compiler panics all the same, the evaluation fails.
func TestCodeThatCannotBeMade(t *testing.T) {
	p := mustCompile(t, "${ctx.n + 1}")
	p.expr.code.tree = nil
	for range 2 {
		if _, err := p.Eval(newVars()); err == nil || !strings.Contains(err.Error(), uncompiled) {
			t.Errorf("got %v", err)
		}
	}
}
