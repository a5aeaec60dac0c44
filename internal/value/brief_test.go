package value

import (
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBrief(t *testing.T) {
	long := strings.Repeat("ä", 301)
	many := make([]any, 25)
	for i := range many {
		many[i] = int64(i)
	}
	members := map[string]any{}
	for _, c := range "abcdefghijklmnopqrstuvwxyz" {
		members[string(c)] = nil
	}
	deep := any("end")
	for range 10 {
		deep = map[string]any{"in": deep}
	}
	for name, tt := range map[string]struct{ give, want any }{
		"null":         {nil, nil},
		"short":        {map[string]any{"a": []any{"x", int64(1), true}}, map[string]any{"a": []any{"x", int64(1), true}}},
		"long text":    {long, strings.Repeat("ä", 300) + "…"},
		"just fits":    {strings.Repeat("ä", 300), strings.Repeat("ä", 300)},
		"bytes":        {[]byte("abc"), "… 3 bytes"},
		"large number": {new(big.Int).Lsh(big.NewInt(1), 5000), "… a number of 5001 bits"},
		"payload":      {NewPayload([]byte(`{"a":"x"}`)), map[string]any{"a": "x"}},
		"list":         {many, append(append([]any{}, many[:20]...), "… 5 more")},
		"deep": {deep, map[string]any{"in": map[string]any{"in": map[string]any{"in": map[string]any{
			"in": map[string]any{"in": map[string]any{"in": "… 1 inside"}},
		}}}}},
	} {
		if diff := cmp.Diff(tt.want, Brief(tt.give)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	cut, _ := Brief(members).(map[string]any)
	if len(cut) != 21 || cut["…"] != "6 more" {
		t.Errorf("26 members become %v", cut)
	}
}

// TestBriefIsBounded holds a value that is large in each direction at once.
func TestBriefIsBounded(t *testing.T) {
	v := any(strings.Repeat("x", 1000))
	for range 8 {
		v = []any{v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v}
	}
	text, err := EncodeJSON(Brief(v))
	if err != nil || len(text) > 100<<10 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
