package schema_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/schema"
)

type mapsOfAll struct {
	Any    map[string]any            `param:"any"`
	Lists  map[string][]string       `param:"lists"`
	Inner  map[string]mapsMember     `param:"inner"`
	Points map[string]*mapsMember    `param:"points"`
	Deep   map[string]map[string]any `param:"deep"`
}

type mapsMember struct {
	A *string `param:"a"`
	N int     `param:"n"`
}

// Nothing of one entry of a map is left in another, and the maps are the
// struct's own.
func TestDecodeMaps(t *testing.T) {
	codec, err := schema.For[mapsOfAll]()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{
		"any":    map[string]any{"x": int64(1), "none": nil, "list": []any{"y"}},
		"lists":  map[string]any{"full": []any{"v"}, "none": nil, "empty": []any{}},
		"inner":  map[string]any{"full": map[string]any{"a": "t", "n": int64(7)}, "none": nil, "empty": map[string]any{}},
		"points": map[string]any{"full": map[string]any{"a": "t", "n": int64(7)}, "none": nil, "empty": map[string]any{}},
		"deep":   map[string]any{"full": map[string]any{"x": true}, "none": nil, "empty": map[string]any{}},
	}
	text := "t"
	full := mapsMember{A: &text, N: 7}
	want := mapsOfAll{
		Any:    map[string]any{"x": int64(1), "none": nil, "list": []any{"y"}},
		Lists:  map[string][]string{"full": {"v"}, "none": nil, "empty": {}},
		Inner:  map[string]mapsMember{"full": full, "none": {}, "empty": {}},
		Points: map[string]*mapsMember{"full": &full, "none": nil, "empty": {}},
		Deep:   map[string]map[string]any{"full": {"x": true}, "none": nil, "empty": {}},
	}
	for range 8 { // whatever order the entries come in
		got, err := codec.Decode(values)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("decoded (-want +got):\n%s", diff)
		}
		got.Any["x"] = "changed"
		got.Deep["full"]["x"] = "changed"
	}
	for _, name := range []string{"any", "lists", "inner"} {
		if _, err := codec.Decode(map[string]any{name: "text"}); err == nil {
			t.Errorf("a text is taken for the map %s", name)
		}
	}
}
