package value

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNormalize(t *testing.T) {
	type flag bool
	var nilBig *big.Int
	tests := []struct {
		name string
		in   any
		want any
	}{
		{"nil", nil, nil},
		{"nil pointer", (*int)(nil), nil},
		{"nil big integer", nilBig, nil},
		{"nil slice of a Go type", []string(nil), nil},
		{"nil map of a Go type", map[string]int(nil), nil},
		{"nil raw JSON", json.RawMessage(nil), nil},
		{"boolean of a Go type", flag(true), true},
		{"integers", []any{int8(1), int16(2), int32(3), uint(4), uintptr(5)}, []any{int64(1), int64(2), int64(3), int64(4), int64(5)}},
		{"largest uint64", uint64(math.MaxUint64), new(big.Int).SetUint64(math.MaxUint64)},
		{"small big integer", big.NewInt(7), int64(7)},
		{"float32", float32(0.5), 0.5},
		{"JSON numbers", []any{json.Number("1"), json.Number("1.0"), json.Number(huge().String())}, []any{int64(1), 1.0, huge()}},
		{"raw JSON", json.RawMessage(`{"a":[1]}`), map[string]any{"a": []any{int64(1)}}},
		{"text of a Go type", text("x"), "x"},
		{"secret", secret("x"), "x"},
		{"bytes of a Go type", raw("x"), []byte("x")},
		{"array of bytes", [2]byte{1, 2}, []any{int64(1), int64(2)}},
		{"time", time.Date(2026, 1, 31, 1, 0, 0, 120_000_000, time.FixedZone("", -3600)), "2026-01-31T02:00:00.12Z"},
		{"duration", 1500 * time.Millisecond, "1.5s"},
		{"pointers", []*int{ptr(1), nil}, []any{int64(1), nil}},
		{"pointer to a pointer", ptr(ptr("x")), "x"},
		{"map of a Go type", map[text][]uint8{"a": {1}}, map[string]any{"a": []byte{1}}},
		{"mixed map", map[string]any{"a": 1, "b": "x", "c": []any{nil}}, map[string]any{"a": int64(1), "b": "x", "c": []any{nil}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Normalize(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, bigIntegers); diff != "" {
				t.Errorf("Normalize (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNormalizeRefuses(t *testing.T) {
	type node struct{}
	loop := map[string]any{}
	loop["loop"] = loop
	tests := []struct {
		name string
		in   any
		want string
	}{
		{"function", func() {}, "a func() is not a value of a flow"},
		{"struct", []any{node{}}, "a value.node is not a value of a flow"},
		{"complex number", map[string]any{"a": 1i}, "a complex128 is not a value of a flow"},
		{"keys that are no text", map[int]string{}, "a map with keys of type int is not a value of a flow"},
		{"raw text that is no JSON", json.RawMessage("{"), "not JSON: unexpected EOF"},
		{"a map in itself", loop, ErrDepth.Error()},
		{"the first of several", map[string]any{"a": func() {}, "b": 1i, "c": make(chan int)}, "a chan int is not a value of a flow"},
		{"the first of several in a Go map", map[string]fmt.Stringer{"a": complexText(1i), "b": &object{}}, "a value.complexText is not a value of a flow"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 5 {
				if got, err := Normalize(tt.in); err == nil || err.Error() != tt.want {
					t.Fatalf("Normalize gives %v, %v, want %s", got, err, tt.want)
				}
			}
		})
	}
}

type complexText complex128

func (complexText) String() string { return "" }

type object struct{}

func (*object) String() string { return "" }

// A container in which nothing changes is shared, one in which something does
// is copied as far as it must be.
func TestNormalizeShares(t *testing.T) {
	plain := []any{"a"}
	v, err := Normalize(map[string]any{"plain": plain, "changed": []any{1}})
	if err != nil {
		t.Fatal(err)
	}
	got := v.(map[string]any)
	if &got["plain"].([]any)[0] != &plain[0] {
		t.Error("a list of flow values was copied")
	}
	big := []any{int64(1), map[string]any{"a": "b"}}
	if n := testing.AllocsPerRun(20, func() { _, _ = Normalize(big) }); n > 2 {
		t.Errorf("%v allocations for a value that stays", n)
	}
}

func TestSortedKeys(t *testing.T) {
	if diff := cmp.Diff([]string{"A", "a", "b"}, SortedKeys(map[string]int{"b": 1, "a": 2, "A": 3})); diff != "" {
		t.Errorf("SortedKeys (-want +got):\n%s", diff)
	}
}

func ExampleNormalize() {
	v, err := Normalize(map[string]any{"wait": 90 * time.Second, "sizes": []int8{1, 2}})
	fmt.Println(v, err)
	_, err = Normalize(make(chan int))
	fmt.Println(err)
	// Output:
	// map[sizes:[1 2] wait:1m30s] <nil>
	// a chan int is not a value of a flow
}
