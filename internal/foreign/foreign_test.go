package foreign_test

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/foreign"
)

// anything is a scope of which nothing is known.
type anything struct{}

func (anything) Reads(string) bool         { return true }
func (anything) Type(string) string        { return "" }
func (anything) Has(root, _ string) bool   { return root == "ctx" }
func (anything) Function(name string) bool { return name == "len" || name == "filter" }

func TestFind(t *testing.T) {
	tests := []struct{ src, place, use string }{
		{"Object.keys(ctx.a)", "Object.keys(ctx.a)", "keys(ctx.a)"},
		{"1 + Object.keys(ctx.a).length * 2", "Object.keys(ctx.a).length", "len(keys(ctx.a))"},
		{"filter(ctx.l, (a) => a.b > [a][0])", "(a) => a.b > [a][0]", "#.b > [#][0]"},
		{"{a: x is null}", "x is null", "x == null"},
		{"'Object.keys(a)'", "", ""}, // a text
		{"a b c", "", ""},
		{"'open", "", ""},
		{"f'{'", "", ""},
		{strings.Repeat("typeof x ", 200), "", ""}, // too long
	}
	for _, tt := range tests {
		w, ok := foreign.Find(tt.src, nil, false, anything{})
		if place := tt.src[w.Offset : w.Offset+w.Length]; ok != (tt.use != "") || place != tt.place || w.Use != tt.use {
			t.Errorf("%s: got %q at %q, want %q at %q", tt.src, w.Use, place, tt.use, tt.place)
		}
	}
}

// Whatever stands there, a place of the expression is found, or none.
func FuzzFind(f *testing.F) {
	for _, seed := range []string{"[...a, b][::-1]", "f'{a:x}' % (b, c)", "a | b(c) | d", "(a, b) => a ~ b", "{...a}", "$x(function($v) { $v })", "a:-b", "#a", "States.Format('{}', x)", "x if y else z", "a.b.c().d", "((", "'", "not", "@1 $1", "a ? b : c"} {
		f.Add(seed, 0)
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, src string, place int) {
		for _, read := range []bool{true, false} {
			if w, ok := foreign.Find(src, []int{place}, read, anything{}); ok && (w.Offset < 0 || w.Offset+w.Length > len(src) || w.Use == "") {
				t.Errorf("%q: %+v", src, w)
			}
		}
		foreign.Settled(src, anything{})
	})
}
