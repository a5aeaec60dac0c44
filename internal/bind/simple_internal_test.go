package bind

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/schema"
)

// threeScope has the names a, b and c in the slots 0 to 2, each with a type.
type threeScope [3]*schema.Field

var threeNames = []string{"a", "b", "c"}

func (s threeScope) Roots() []string { return threeNames }

func (s threeScope) Resolve(ref Ref) (Binding, *Problem) {
	i := slices.Index(threeNames, ref.Root)
	if i < 0 || ref.Name != "" {
		return Binding{}, &Problem{}
	}
	return Binding{Slot: i, Type: s[i]}, nil
}

// both evaluates an expression that is simple from its tree, as flows do, and by expr's
// machine. It is false where it is not simple.
func both(p *Program, v Vars) (out, want any, err, wantErr error, ok bool) {
	out, err = p.Eval(v)
	c := p.expr.code
	if c == nil || !c.simple {
		return nil, nil, nil, nil, false
	}
	if !c.runs() {
		return nil, nil, nil, nil, false
	}
	c.simple = false
	want, wantErr = p.Eval(v)
	return out, want, err, wantErr, true
}

// What is evaluated from its tree gives what expr's machine gives; for values that only
// the machine takes, also its messages.
func TestSimpleProperty(t *testing.T) {
	e, seen, failed := NewEngine(), 0, 0
	types := []*schema.Field{
		nil,
		{Type: schema.Integer},
		{Type: schema.Number},
		{Type: schema.String},
		{Type: schema.Boolean},
		{Type: schema.Integer, Nullable: true},
		{Type: schema.String, Nullable: true},
	}
	values := []any{
		nil, true, false, int64(0), int64(3), int64(-1), int64(1<<53 + 1), int64(math.MaxInt64), 0.0, 3.0, 2.5, math.NaN(), math.Inf(1),
		float64(1 << 53), "", "x", "y",
		[]any{},
		map[string]any{},
		[]byte("x"), new(big.Int).Lsh(big.NewInt(1), 70),
	}
	operand := rapid.SampledFrom([]string{"a", "b", "c", "a", "b", "3", "0", "2.5", "'x'", "nil", "true", "9007199254740993"})
	comparison := rapid.Custom(func(t *rapid.T) string {
		op := rapid.SampledFrom([]string{"", " == ", " != ", " < ", " <= ", " > ", " >= "}).Draw(t, "operator")
		if op == "" {
			return operand.Draw(t, "alone")
		}
		return operand.Draw(t, "left") + op + operand.Draw(t, "right")
	})
	between := rapid.SampledFrom([]string{" and ", " && ", " or ", " || "})
	rapid.Check(t, func(t *rapid.T) {
		var scope threeScope
		vars := make(testValues, len(scope))
		for i := range scope {
			scope[i] = rapid.SampledFrom(types).Draw(t, "type")
			vars[i] = rapid.SampledFrom(values).Draw(t, "value")
		}
		text := comparison.Draw(t, "first")
		for range rapid.IntRange(0, 2).Draw(t, "more") {
			text += between.Draw(t, "between") + comparison.Draw(t, "next")
		}
		p, _ := e.Compile("${"+text+"}", scope)
		if p == nil {
			return
		}
		got, want, err, wantErr, ok := both(p, vars)
		if !ok {
			return
		}
		seen++
		if wantErr != nil {
			failed++
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmp.Comparer(func(x, y *big.Int) bool { return x.Cmp(y) == 0 })); diff != "" {
			t.Errorf("%q with %v (-machine +tree):\n%s", text, vars, diff)
		}
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Errorf("%q with %v: %v, the machine has %v", text, vars, err, wantErr)
		}
	})
	if seen == 0 || failed == 0 {
		t.Errorf("%d expressions were evaluated from their tree, %d failed", seen, failed)
	}
}

// testValues are values by their slots.
type testValues []any

func (v testValues) Load(slot int, _ bool) any { return v[slot] }
func (testValues) Payloads() bool              { return true }

func TestSimple(t *testing.T) {
	for text, want := range map[string]bool{
		"${ctx.n > 3 and ctx.name != 'x'}": true, "${ctx.n == 1 || ctx.on}": true, "${steps.alias.AliasArn == nil}": true, "${1 < ctx.x}": true,
		"${ctx.n + 1 > 3}": false, "${not ctx.on}": false, "${ctx.name in ['x']}": false, "${len(ctx.name) > 3}": false,
		"${ctx.any == ctx.name}": true, "${ctx.any < ctx.n}": false, "${ctx.any == ctx.x}": false,
		"${ctx.n == 1 or ctx.x == 1 or ctx.name == '' or ctx.on or ctx.nothing == ''}": false,
	} {
		p := mustCompile(t, text)
		if c := p.expr.code; !c.ready() || c.simple != want {
			t.Errorf("%s is evaluated from its tree: %t, want %t", text, c.simple, want)
		}
	}
}
