package bind

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The names of the functions that take null stand twice: conditions are read
// without an engine.
func TestTakeNull(t *testing.T) {
	e := NewEngine()
	var got []string
	for name, f := range e.functions {
		if f.nulls {
			got = append(got, name)
		}
	}
	want := slices.Sorted(slices.Values(takeNull))
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
}

// What a condition says of null.
func TestProofs(t *testing.T) {
	tests := []struct {
		condition string
		holds     bool
		want      []string
	}{
		{"${ctx.a != null}", true, []string{"ctx.a"}},
		{"${ctx.a != null}", false, nil},
		{"${ctx.a == null}", false, []string{"ctx.a"}},
		{"${not (ctx.a == null) and ctx.b}", true, []string{"ctx.a", "ctx.b"}},
		{"${ctx.a == null or ctx.b == null}", false, []string{"ctx.a", "ctx.b"}},
		{"${ctx.a == null or ctx.b == null}", true, nil},
		{"${ctx.a == 3}", true, []string{"ctx.a"}},
		{"${ctx.a == 3}", false, nil},
		{"${ctx.a == ctx.b}", true, nil},
		{"${ctx.a > 3}", false, []string{"ctx.a"}},
		{"${len(ctx.a.list) > 0}", true, []string{"ctx.a.list"}},
		{"${type(ctx.a) == 'list'}", true, []string{"ctx.a"}},
		{"${type(ctx.a) == 'list'}", false, nil},
		{"${type(ctx.a) == 'null'}", false, []string{"ctx.a"}},
		{"${type(ctx.a) != 'null'}", true, []string{"ctx.a"}},
		{"${ctx.a in ['x', 'y']}", true, []string{"ctx.a"}},
		{"${ctx.a in ['x', null]}", true, nil},
		{"${ctx.a in ctx.b}", true, nil},
		{"${ctx.a contains 'x'}", true, []string{"ctx.a"}},
		{"${ctx.a contains 'x'}", false, nil}, // null contains nothing
		{"${not ('x' startsWith ctx.a)}", true, nil},
		{"${(ctx.a ?? 0) > 5}", true, []string{"ctx.a"}},
		{"${(ctx.a ?? 0) > 5}", false, nil},
		{"${(ctx.a ?? 9) > 5}", false, []string{"ctx.a"}},
		{"${(ctx.a ?? '') != ''}", true, []string{"ctx.a"}},
		{"${(ctx.a ?? '') == ''}", false, []string{"ctx.a"}},
		{"${(ctx.a ?? 'x') == 'y'}", true, []string{"ctx.a"}},
		{"${(ctx.a ?? '60s') == '1m'}", true, nil}, // equal, where one is a duration
		{"${(ctx.a ?? '100s') > '90s'}", true, nil},
		{"${len(ctx.a ?? []) > 0}", true, []string{"ctx.a"}},
		{"${len(ctx.a.b ?? '') >= 3}", true, []string{"ctx.a.b"}},
		{"${ctx.a ?? false}", true, []string{"ctx.a"}},
		{"${ctx.a ?? true}", false, []string{"ctx.a"}},
		{"${not (ctx.a ?? true)}", true, []string{"ctx.a"}},
		{"${(ctx.a ?? false) and (ctx.b ?? 0) > 1}", true, []string{"ctx.a", "ctx.b"}},
		{"${(ctx.a ?? false) or (ctx.b ?? 0) > 1}", true, nil},
		{"${(ctx.a ?? ctx.b) == 1}", true, nil},
		{"${any(ctx.a, # > ctx.b)}", true, []string{"ctx.a"}},
		{"${steps.s.ok}", true, []string{"steps.s.ok"}},
		{"${(ctx.a ?? 1) > 0}", true, nil},
		{"text ${ctx.a}", true, nil},
		{"${ctx.a >}", true, nil},
	}
	e := NewEngine()
	for _, tt := range tests {
		got := slices.DeleteFunc(e.Proofs(tt.condition, tt.holds), func(p string) bool { return p[0] == Holds || p[0] == Fails })
		slices.Sort(got)
		if diff := cmp.Diff(tt.want, slices.Compact(got)); diff != "" && len(tt.want)+len(got) > 0 {
			t.Errorf("%s, %t (-want +got):\n%s", tt.condition, tt.holds, diff)
		}
	}
}

// What a condition says of its parts.
func TestParts(t *testing.T) {
	tests := []struct {
		condition string
		holds     bool
		want      []string
	}{
		{"${ctx.b}", true, []string{"+ctx.b"}},
		{"${not ctx.b}", true, []string{"-ctx.b"}},
		{"${ctx.b == false}", true, []string{"+ctx.b == false", "-ctx.b"}},
		{"${ctx.b != false}", true, []string{"+ctx.b", "-ctx.b == false"}},
		{"${ctx.b and ctx.n > 3}", true, []string{"+ctx.b", "+ctx.n > 3"}},
		{"${ctx.b and ctx.n > 3}", false, []string{"-ctx.b and ctx.n > 3"}},
		{"${ctx.b or not ctx.c}", false, []string{"+ctx.c", "-ctx.b"}},
		{"${'x' == ctx.s}", true, []string{`+"x" == ctx.s`}},
		{"${ctx.s != 'x'}", true, []string{`-"x" == ctx.s`}},
		{"${ctx.at < now()}", true, []string{"+?"}},
		{"${ctx.b and any(ctx.l, # > 1)}", true, []string{"+?", "+ctx.b"}},
	}
	e := NewEngine()
	for _, tt := range tests {
		got := slices.DeleteFunc(e.Proofs(tt.condition, tt.holds), func(p string) bool { return p[0] != Holds && p[0] != Fails })
		slices.Sort(got)
		if diff := cmp.Diff(tt.want, slices.Compact(got)); diff != "" && len(tt.want)+len(got) > 0 {
			t.Errorf("%s, %t (-want +got):\n%s", tt.condition, tt.holds, diff)
		}
	}
}
