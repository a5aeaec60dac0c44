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
		{"${type(ctx.a) == 'list'}", true, nil},
		{"${any(ctx.a, # > ctx.b)}", true, []string{"ctx.a"}},
		{"${steps.s.ok}", true, []string{"steps.s.ok"}},
		{"${(ctx.a ?? 1) > 0}", true, nil},
		{"text ${ctx.a}", true, nil},
		{"${ctx.a >}", true, nil},
	}
	e := NewEngine()
	for _, tt := range tests {
		got := e.Proofs(tt.condition, tt.holds)
		slices.Sort(got)
		if diff := cmp.Diff(tt.want, slices.Compact(got)); diff != "" {
			t.Errorf("%s, %t (-want +got):\n%s", tt.condition, tt.holds, diff)
		}
	}
}
