package flowtest

import (
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/internal/yamlfile"
)

type (
	dict = map[string]any
	list = []any
)

func TestDiff(t *testing.T) {
	long := strings.Repeat("x", 1000)
	tests := []struct {
		name      string
		want, got any
		shown     string
	}{
		{"scalars", int64(1), "1", "- 1\n+ \"1\""},
		{"members", dict{"a": int64(1), "b": true, "c": "x"}, dict{"a": int64(2), "c": "x", "d": nil, "e": "y"}, "- a: 1\n+ a: 2\n- b: true\n+ e: y\n  … 1 equal"},
		{"deep", dict{"a": dict{"b": list{int64(1), dict{"c": int64(2)}}}}, dict{"a": dict{"b": list{int64(1), dict{"c": int64(3)}}}}, "  a:\n    b:\n      … 1 equal\n      [1]:\n-       c: 2\n+       c: 3"},
		{"an item more", list{"a", "c"}, list{"a", "b", "c"}, "  … 1 equal\n+ [1]: b\n  … 1 equal"},
		{"an item less", list{"a", "b"}, list{"b"}, "- [0]: a\n  … 1 equal"},
		{"another kind", dict{"a": list{}}, dict{"a": dict{}}, "- a: []\n+ a: {}"},
		{"a null", dict{"a": "b"}, dict{}, "- a: b"},
		{"long texts", long + "a", long + "b", "- \"…" + strings.Repeat("x", 30) + "a\"\n+ \"…" + strings.Repeat("x", 30) + "b\""},
		{"bytes", []byte("a"), []byte("b"), `- {"$bytes":"YQ=="}` + "\n" + `+ {"$bytes":"Yg=="}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.shown, diff(tt.want, tt.got)); diff != "" {
				t.Errorf("shown (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	huge := new(big.Int).Lsh(big.NewInt(1), 70)
	tests := []struct {
		name            string
		want, got       any
		equal, contains bool
	}{
		{"integer and number", int64(2), 2.0, true, true},
		{"number and integer", 2.0, int64(2), true, true},
		{"integer and text", int64(2), "2", false, false},
		{"large integers", huge, new(big.Int).Set(huge), true, true},
		{"null and none", dict{"a": nil}, dict{}, true, true},
		{"none and null", dict{}, dict{"a": nil}, true, true},
		{"more members", dict{"a": int64(1)}, dict{"a": int64(1), "b": int64(2)}, false, true},
		{"more members inside", list{dict{}}, list{dict{"b": int64(2)}}, false, true},
		{"fewer members", dict{"a": int64(1), "b": int64(2)}, dict{"a": int64(1)}, false, false},
		{"more items", list{int64(1)}, list{int64(1), int64(2)}, false, false},
		{"bytes that hold JSON", dict{"a": int64(1)}, []byte(`{"a":1,"b":2}`), false, true},
		{"bytes that hold text", "a", []byte("a"), true, true},
		{"no map", dict{"a": nil}, "text", false, false},
		{"an empty map and null", dict{}, nil, false, true},
		{"null and a value", nil, int64(0), false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := equal(tt.want, tt.got); got != tt.equal {
				t.Errorf("equal gives %t", got)
			}
			if got := contains(tt.want, tt.got); got != tt.contains {
				t.Errorf("contains gives %t", got)
			}
		})
	}
}

func values() *rapid.Generator[any] {
	scalars := rapid.OneOf(
		rapid.Int64().AsAny(), rapid.Bool().AsAny(), rapid.String().AsAny(), rapid.Just[any](nil),
		rapid.SampledFrom([]any{"", "~", "null", "yes", "true", "012", "1e3", "-", "a: b", "a #b", "[x", "2026-01-01", " x", "x ", "a:b", "<<", "$LATEST", "é", "…"}),
		rapid.Float64Range(-1e6, 1e6).AsAny(),
	)
	return rapid.OneOf(scalars,
		rapid.SliceOfN(scalars, 0, 4).AsAny(), // []any as any
		rapid.MapOfN(rapid.String(), scalars, 0, 4).AsAny(),
		rapid.MapOfN(rapid.String(), rapid.SliceOfN(scalars, 0, 3), 0, 3).AsAny(),
	)
}

// generic returns what rapid makes as flows hold it.
func generic(v any) any {
	switch x := v.(type) {
	case []any:
		return copied(x)
	case map[string][]any:
		out := dict{}
		for k, items := range x {
			out[k] = items
		}
		return out
	default:
		return v
	}
}

// What is shown can stand in a test file: it is read back as the same value.
func TestShownIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := generic(values().Draw(t, "value"))
		text := flowStyle(v)
		r := &reader{source: yamlfile.NewFile("v.yaml", []byte("v: "+text))}
		root, _, wrong := r.source.Parse()
		if len(wrong) > 0 {
			t.Fatalf("%s: %v", text, wrong)
		}
		back := r.value(root.Get("v"), nil, kind{})
		if len(r.diags) > 0 || !equal(v, back) || !equal(back, v) {
			t.Fatalf("%s is read as %#v: %v", text, back, r.diags)
		}
	})
}

// A value contains itself, and a copy is equal.
func TestCompareProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := generic(values().Draw(t, "a")), generic(values().Draw(t, "b"))
		if !equal(a, copied(a)) || !contains(a, a) || !equal(a, project(a, a)) {
			t.Fatal("not equal to itself")
		}
		if equal(a, b) != equal(b, a) || equal(a, b) && !contains(a, b) {
			t.Fatal("equal is one-sided")
		}
	})
}
