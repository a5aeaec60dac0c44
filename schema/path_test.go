package schema

import (
	"errors"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/value"
)

// A mistake is named by its whole path, also below what a trail holds without
// taking memory.
func TestPathOfDeepMistakes(t *testing.T) {
	field := &Field{Type: Integer}
	value := any("x")
	var want strings.Builder
	for i := range 12 {
		if i%2 == 0 {
			field, value = &Field{Type: List, Elem: field}, []any{0, value}
		} else {
			field, value = &Field{Type: Map, Elem: field}, map[string]any{"k": value}
		}
	}
	s := MustNew(&Field{Name: "top", Type: Map, Elem: field})
	want.WriteString("top.a" + strings.Repeat(".k[1]", 6))
	_, err := s.Convert(map[string]any{"top": map[string]any{"a": value}})
	var errs Errors
	if !errors.As(err, &errs) || len(errs) == 0 || errs[len(errs)-1].Path != want.String() {
		t.Errorf("got %v, want a mistake at %s", err, want.String())
	}
}

// Convert shares what needed no change, and makes the rest anew.
func TestConvertShares(t *testing.T) {
	list, kept := []any{"x"}, map[string]any{"n": int64(1)}
	member := &Field{Type: Object, Members: MustNew(&Field{Name: "n", Type: Integer})}
	s := MustNew(
		&Field{Name: "list", Type: List, Elem: &Field{Type: String}},
		&Field{Name: "kept", Type: Object, Members: member.Members},
		&Field{Name: "changed", Type: Object, Members: member.Members},
	)
	in := map[string]any{"list": list, "kept": kept, "changed": map[string]any{"n": "2"}}
	out, err := s.Convert(in)
	if err != nil {
		t.Fatal(err)
	}
	out["more"] = true
	if in["more"] != nil || in["changed"].(map[string]any)["n"] != "2" {
		t.Errorf("Convert changed its input: %v", in)
	}
	if &out["list"].([]any)[0] != &list[0] || !value.Same(kept, out["kept"]) {
		t.Error("what needed no change is copied")
	}
	if out["changed"].(map[string]any)["n"] != int64(2) {
		t.Errorf("changed is %v", out["changed"])
	}
}
