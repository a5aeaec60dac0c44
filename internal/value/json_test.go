package value

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEncodeJSON(t *testing.T) {
	tests := []struct {
		name string
		in   any
		want string
	}{
		{"null", nil, "null"},
		{"boolean", true, "true"},
		{"integer", int64(math.MinInt64), "-9223372036854775808"},
		{"Go integer", 7, "7"},
		{"big integer", huge(), "1180591620717411303424"},
		{"number", 0.1, "0.1"},
		{"whole number", 3.0, "3"},
		{"largest whole number without an exponent", float64(1<<63 - 1024), "9223372036854775000"},
		{"number beyond 64-bit integers", float64(1 << 63), "9.223372036854776e+18"},
		{"large number", 1e20, "1e+20"},
		{"small number", 1e-6, "0.000001"},
		{"smaller number", 1.5e-7, "1.5e-7"},
		{"smallest number", math.SmallestNonzeroFloat64, "5e-324"},
		{"zero with a sign", math.Copysign(0, -1), "0"},
		{"text", `a"b\c/d<e>&`, `"a\"b\\c/d<e>&"`},
		{"control characters", "\n\r\t\x00\x1f\x7f", "\"\\n\\r\\t\\u0000\\u001f\x7f\""},
		{"beyond ASCII", "Grüße \u2028 😀", "\"Grüße \u2028 😀\""},
		{"no UTF-8", "a\xffb\xc3", "\"a\ufffdb\ufffd\""},
		{"bytes", []byte("hi"), `{"$bytes":"aGk="}`},
		{"list", []any{int64(1), []any{}, nil}, `[1,[],null]`},
		{"sorted keys", map[string]any{"b": 1, "a": map[string]any{"d": 1, "c": 2}, "B": 3}, `{"B":3,"a":{"c":2,"d":1},"b":1}`},
		{"Go types", map[string]any{"a": []string{"x"}, "b": map[text]int8{"y": 1}}, `{"a":["x"],"b":{"y":1}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := EncodeJSON(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("EncodeJSON (-want +got):\n%s", diff)
			}
			if !json.Valid(got) {
				t.Errorf("%s is not JSON", got)
			}
		})
	}
}

func TestEncodeJSONRefuses(t *testing.T) {
	for name, v := range map[string]any{
		"NaN": math.NaN(), "infinity": []any{math.Inf(-1)}, "channel": map[string]any{"a": make(chan int)}, "struct": struct{}{},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := EncodeJSON(v); err == nil {
				t.Errorf("EncodeJSON gives %s, want an error", got)
			}
		})
	}
}

func TestAppendJSON(t *testing.T) {
	got, err := AppendJSON([]byte("x="), []any{"a"})
	if err != nil || string(got) != `x=["a"]` {
		t.Errorf("AppendJSON gives %q, %v", got, err)
	}
}

func TestDecodeJSON(t *testing.T) {
	beyond, _ := new(big.Int).SetString("-9223372036854775809", 10)
	tests := []struct {
		name string
		in   string
		want any
	}{
		{"null", "null", nil},
		{"space around", " \n\ttrue\r\n ", true},
		{"integer", "-12", int64(-12)},
		{"zero with a sign", "-0", int64(0)},
		{"largest", "9223372036854775807", int64(math.MaxInt64)},
		{"beyond 64 bits", "-9223372036854775809", beyond},
		{"number", "1.10", 1.1},
		{"whole number with a point", "1.0", 1.0},
		{"exponent", "1E3", 1000.0},
		{"escapes", `"\u00fc\ud83d\ude00\/\n"`, "ü😀/\n"},
		{"half of a pair", `"\ud83d"`, "\ufffd"},
		{"list", `[1, "a", []]`, []any{int64(1), "a", []any{}}},
		{"map", `{"a": {"b": 1}}`, map[string]any{"a": map[string]any{"b": int64(1)}}},
		{"bytes", `[{"$bytes": "aGk="}]`, []any{[]byte("hi")}},
		{"bytes of no base64", `{"$bytes": "hi!"}`, map[string]any{"$bytes": "hi!"}},
		{"bytes of no text", `{"$bytes": 1}`, map[string]any{"$bytes": int64(1)}},
		{"bytes and more", `{"$bytes": "aGk=", "a": 1}`, map[string]any{"$bytes": "aGk=", "a": int64(1)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DecodeJSON([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, bigIntegers); diff != "" {
				t.Errorf("DecodeJSON (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeJSONRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", "not JSON"},
		{"a word", "yes", "not JSON"},
		{"half", `{"a":`, "not JSON"},
		{"two values", "1 2", "not JSON: text after the value"},
		{"a bracket too many", "[1]]", "not JSON: text after the value"},
		{"leading zero", "012", "not JSON"},
		{"single quotes", "'a'", "not JSON"},
		{"too large", `{"a":[1e999]}`, `"1e999" is not a number that fits into 64 bits`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DecodeJSON([]byte(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("DecodeJSON gives %v, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestDepth(t *testing.T) {
	for levels, fits := range map[int]bool{MaxDepth + 1: true, MaxDepth + 2: false, 20_000: false} {
		t.Run(fmt.Sprint(levels), func(t *testing.T) {
			_, err := DecodeJSON([]byte(strings.Repeat("[", levels) + strings.Repeat("]", levels)))
			if (err == nil) != fits {
				t.Errorf("DecodeJSON: %v", err)
			}
			v := any([]any{})
			for range levels - 1 {
				v = []any{v}
			}
			_, normalizeErr := Normalize(v)
			_, encodeErr := EncodeJSON(v)
			for what, err := range map[string]error{"Normalize": normalizeErr, "EncodeJSON": encodeErr} {
				if fits && err != nil || !fits && !errors.Is(err, ErrDepth) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

func TestParseNumber(t *testing.T) {
	tests := []struct {
		in   string
		want any // nil: refused
	}{
		{"0", int64(0)},
		{"-12", int64(-12)},
		{"1180591620717411303424", huge()},
		{"1.50", 1.5},
		{"1e2", 100.0},
		{"", nil},
		{"-", nil},
		{"012", nil},
		{"+1", nil},
		{".5", nil},
		{"1.", nil},
		{"0x10", nil},
		{"0x1p4", nil},
		{"1_000", nil},
		{"NaN", nil},
		{"Infinity", nil},
		{"1e999", nil},
		{" 1", nil},
		{"1 ", nil},
		{"true", nil},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := ParseNumber(tt.in)
			if (err != nil) != (tt.want == nil) {
				t.Fatalf("ParseNumber gives %v, %v", got, err)
			}
			if diff := cmp.Diff(tt.want, got, bigIntegers); diff != "" {
				t.Errorf("ParseNumber (-want +got):\n%s", diff)
			}
		})
	}
}

// What is read can be written, and reads back as the same.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{
		`null`, `{"a":[1,-2.5e-7,"\u00fc\n",true,{"$bytes":"aGk="}]}`, `123456789012345678901234567890`, `1e20`, `-0.0`, `9223372036854775808.0`,
		`{"$bytes":"x"}`, `"\ud800"`, "\"\xff\"", `[[[[]]]]`, `1 2`, `{"$bytes":"aGk=\n"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := DecodeJSON(src)
		if err != nil {
			return
		}
		text, err := EncodeJSON(v)
		if err != nil {
			t.Fatalf("%#v was read, and cannot be written: %v", v, err)
		}
		again, err := DecodeJSON(text)
		if err != nil {
			t.Fatalf("%s was written, and cannot be read: %v", text, err)
		}
		second, err := EncodeJSON(again)
		if err != nil || string(second) != string(text) {
			t.Fatalf("%s reads back as %s, %v", text, second, err)
		}
		if diff := cmp.Diff(v, again, bigIntegers, wholeNumbers); diff != "" {
			t.Errorf("round trip (-first +second):\n%s", diff)
		}
	})
}

// wholeNumbers lets 3.0 equal 3: JSON text does not tell them apart.
var wholeNumbers = cmp.FilterValues(func(a, b any) bool {
	_, aFloat := a.(float64)
	_, aInt := a.(int64)
	_, bFloat := b.(float64)
	_, bInt := b.(int64)
	return aFloat && bInt || aInt && bFloat
}, cmp.Comparer(func(a, b any) bool {
	x, _ := magnitude(a)
	y, _ := magnitude(b)
	return x == y
}))

func ExampleEncodeJSON() {
	text, err := EncodeJSON(map[string]any{"raw": []byte("hi"), "n": 1, "html": "<b>"})
	fmt.Println(string(text), err)
	// Output: {"html":"<b>","n":1,"raw":{"$bytes":"aGk="}} <nil>
}

func ExampleDecodeJSON() {
	v, err := DecodeJSON([]byte(`[12345678901234567890, 1, 1.0, {"$bytes": "aGk="}]`))
	for _, item := range v.([]any) {
		fmt.Printf("%T %v\n", item, item)
	}
	fmt.Println(err)
	// Output:
	// *big.Int 12345678901234567890
	// int64 1
	// float64 1
	// []uint8 [104 105]
	// <nil>
}

// Objects of each size are written in the order of their names.
func TestEncodeJSONSorts(t *testing.T) {
	for n := range 40 {
		m := map[string]any{}
		for i := range n {
			m[strconv.Itoa(i*7919%100)] = int64(i)
		}
		var want []string
		for _, name := range SortedKeys(m) {
			want = append(want, fmt.Sprintf("%q:%d", name, m[name]))
		}
		got, err := EncodeJSON(m)
		if diff := cmp.Diff("{"+strings.Join(want, ",")+"}", string(got)); diff != "" || err != nil {
			t.Errorf("%d names: %v (-want +got)\n%s", n, err, diff)
		}
	}
}
