package bind

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever stands between two values leaves them where they are: nothing of its
// evaluation stays behind.
func TestValuesKeepTheirPlace(t *testing.T) {
	vars := map[string]any{
		"x": []any{int64(5), int64(6), int64(7)},
		"o": []any{map[string]any{"i": int64(1)}, map[string]any{"i": int64(2)}},
	}
	tests := map[string]any{
		"last(x)": int64(7), "last([])": nil, "first(x)": int64(5), "first([])": nil,
		"last(o).i": int64(2), "last(o)?.i ?? 3": int64(2), "last(filter(x, # < 7))": int64(6), "last(map(x, last([#, 1])))": int64(1),
		"find(x, # > 5)": int64(6), "find(x, # > 50)": nil, "findIndex(x, # > 5)": int64(1), "findIndex(x, # > 50)": nil,
		"findLast(x, # < 7)": int64(6), "findLast(x, # > 50)": nil, "findLast(x, true)": int64(7),
		"findLastIndex(x, # < 7)": int64(1), "findLastIndex(x, # > 50)": nil,
		"any(x, # > 5)": true, "all(x, # > 5)": false, "none(x, # > 5)": false, "one(x, # > 6)": true, "count(x, # > 5)": int64(2),
		"len(filter(x, # > 5))": int64(2), "sum(x)": int64(18), "sum(x, # * 2)": int64(36), "reduce(x, #acc + #, 0)": int64(18), "reduce(x, #index, 0)": int64(2),
		"1 < 2 < 3": true, "null ?? 2": int64(2), "(let a = 2; a + 1)": int64(3), "x[0] > 4 ? 1 : 2": int64(1),
	}
	for src, want := range tests {
		t.Run(src, func(t *testing.T) {
			p, err := CompileValue("${['before', "+src+", 'after', {k: "+src+"}]}", "x", "o")
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Eval(vars)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]any{"before", want, "after", map[string]any{"k": want}}, got); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
		})
	}
}
