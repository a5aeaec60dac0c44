package bind

import (
	"strings"
	"testing"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sameTree fails where glance reads a source and makes another tree than expr's parser.
// It returns whether glance reads it.
func sameTree(t interface {
	Helper()
	Fatalf(string, ...any)
}, e *Engine, src string,
) bool {
	t.Helper()
	got := glance(src)
	if got == nil {
		return false
	}
	want, err := parser.ParseWithConfig(src, e.parse)
	if err != nil {
		t.Fatalf("%q is read at a glance, and by expr's parser not: %v", src, err)
		return true
	}
	if got.Source != want.Source {
		t.Fatalf("the source of %q is %q", src, got.Source.String())
	}
	if diff := cmp.Diff(dumpPlaced(want.Node), dumpPlaced(got.Node)); diff != "" {
		t.Fatalf("the tree of %q (-expr +glance):\n%s", src, diff)
	}
	return true
}

// dumpPlaced writes a tree with the place and the nature of each node, in the order in
// which expr walks it.
func dumpPlaced(n ast.Node) []any {
	v := &placed{all: []any{ast.Dump(n)}}
	ast.Walk(&n, v)
	return v.all
}

type placed struct{ all []any }

func (p *placed) Visit(node *ast.Node) {
	n := *node
	if m, ok := n.(*ast.MemberNode); ok {
		p.all = append(p.all, m.Optional, m.Method)
	}
	p.all = append(p.all, n.Location().From, n.Location().To, n.Nature().Type == nil, n.String())
}

func TestGlance(t *testing.T) {
	e := NewEngine()
	for src, read := range map[string]bool{
		"ctx.n > 3": true, "ctx.count > 1 && steps.s0.Name != 'old'": true, " a  ==\n\"b\"\t": true,
		"a or b and c or d": true, "a||b&&c": true, "true == nil": true, "1 < 2": true, "a == b and c <= 4": true, "not1 == a": true,
		"orders or android": true, "null != ctx.a": true, "a.b.c": true,
		"a < b < c": false, "a == b == c": false, "not a": false, "!a": false, "a.not": false, "a?.b == 1": false, "a[0] == 1": false,
		"f(a) == 1": false, "a == -1": false, "a == 1.5": false, "a == 1_0": false, "a == 0x1": false, "a == 9223372036854775807": false,
		`a == 'x\n'`: false, "a == 'ü'": false, "ü == 1": false, "a$ == 1": false, "a | b": false, "a & b": false, "a = b": false,
		"a === b": false, "a <> b": false, "a <& b": false, "(a == b)": false, "a ? b : c": false, "a ?? b": false, "a == ": false,
		"or a": false, "a or": false, "a orb": false, "a b": false, "": false, "a in b": false, "a == 'b": false, "a == 1 ; b": false,
		"a == b // c": false, "a == 'b'.c": false, "true.a": false, "a. b": false, "a == 1..3": false, "let a = 1; a": false,
		"a == '" + strings.Repeat("x", mostGlanced) + "'": false,
	} {
		if got := sameTree(t, e, src); got != read {
			t.Errorf("%q is read at a glance: %v, want %v", src, got, read)
		}
	}
}

// Where a source is read at a glance, its tree is that of expr's parser.
func TestGlanceProperty(t *testing.T) {
	e, read := NewEngine(), 0
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{
			"ctx.n", "a", "steps.s1.Name", "true", "nil", "null", "12", "'x y'", `"z"`, "not", "a.b", "0", "'it'", "or", "if",
			" ", " ", " == ", " != ", "<", ">=", " && ", "||", " and ", " or ", "|", "&", "!", ".", "1.5", "(", ")", "?", "[0]", "\n", "in", "$", "#",
		})
		if sameTree(t, e, strings.Join(rapid.SliceOfN(part, 1, 12).Draw(t, "parts"), "")) {
			read++
		}
	})
	if read == 0 {
		t.Error("nothing was read at a glance")
	}
}

func FuzzGlance(f *testing.F) {
	for _, src := range []string{"ctx.n > 3 and ctx.name != 'x'", "a.b||c<1", "a == nil or true", "not a", `a=="b"&&1>=c`, "a <& b", "a in b"} {
		f.Add(src)
	}
	e := NewEngine()
	f.Fuzz(func(t *testing.T, src string) { sameTree(t, e, src) })
}
