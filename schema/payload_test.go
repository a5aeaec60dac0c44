package schema

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/value"
)

func payload(text string) *value.Payload { return value.NewPayload([]byte(text)).(*value.Payload) }

func TestConversionOfPayloads(t *testing.T) {
	s := MustNew(
		&Field{Name: "any"}, &Field{Name: "kept", Accept: Accept{Payload: true}}, &Field{Name: "n", Type: Integer}, &Field{Name: "few", Enum: []any{"a"}},
		&Field{Name: "list", Type: List}, &Field{Name: "typed", Type: List, Elem: &Field{Type: String}, Accept: Accept{JSONText: true}},
	)
	in := map[string]any{
		"any": []any{payload("1.0")}, "kept": map[string]any{"p": payload("[ ]")}, "n": payload(`"7"`), "few": payload(`"a"`),
		"list": []any{payload("2")}, "typed": payload(`"[\"x\"]"`),
	}
	plain := map[string]any{
		"any": []any{1.0}, "kept": in["kept"], "n": int64(7), "few": "a", "list": []any{int64(2)}, "typed": []any{"x"},
	}
	compare := cmp.Comparer(func(a, b *value.Payload) bool { return a == b })
	got, err := s.Convert(in)
	if diff := cmp.Diff(plain, got, compare); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	got, err = s.ConvertLazy(in)
	plain["any"], plain["list"] = in["any"], in["list"]
	if diff := cmp.Diff(plain, got, compare); err != nil || diff != "" {
		t.Errorf("lazy: %v (-want +got):\n%s", err, diff)
	}
	if _, err := s.Convert(map[string]any{"n": payload("[1]")}); err == nil {
		t.Error("a list is taken for an integer")
	}
}

func TestHoldsPayload(t *testing.T) {
	self := &Field{Type: Object}
	self.Members = MustNew(&Field{Name: "again", Type: List, Elem: self})
	p := &Field{Name: "p", Accept: Accept{Payload: true}}
	for _, tt := range []struct {
		f    *Field
		want bool
	}{
		{nil, false},
		{&Field{}, false},
		{p, true},
		{self, false},
		{&Field{Type: List, Elem: p}, true},
		{&Field{Type: Object, Members: MustNew(self, p)}, true},
	} {
		if got := tt.f.HoldsPayload(); got != tt.want {
			t.Errorf("%+v: %v", tt.f, got)
		}
	}
}
