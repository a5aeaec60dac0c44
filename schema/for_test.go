package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/medlar-flow/medlar/internal/value"
)

type (
	raw   []byte
	label string

	// Base is embedded, so its fields count as those of its owner.
	Base struct {
		ID   string `param:"id,required"`
		Kind string
	}

	all struct {
		Base
		Text     string
		Label    label
		On       bool
		Int      int
		Int8     int8
		Uint     uint
		Uint16   uint16
		Float    float64
		Float32  float32
		Wait     time.Duration
		At       time.Time
		Blob     []byte
		Raw      raw
		Token    Secret
		Any      any
		Ref      *int
		Inner    struct{ A string }
		InnerRef *Base
		List     []string
		Lists    [][]int
		Structs  []struct{ N int }
		Map      map[string]float64
		Labels   map[label]*string
		Left     chan int `param:"-"`
		//lint:ignore U1000 reflection sees it
		hidden chan int //nolint:unused // For leaves it out
	}
)

func TestForTypes(t *testing.T) {
	c, err := For[all]()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range c.Schema().Fields() {
		line := f.Name + ": " + f.TypeName()
		if f.Required {
			line += ", required"
		}
		if f.Nullable {
			line += ", nullable"
		}
		if f.Minimum != nil {
			line += " from " + value.FormatFloat(*f.Minimum)
		}
		if f.Maximum != nil {
			line += " to " + value.FormatFloat(*f.Maximum)
		}
		got = append(got, line)
	}
	want := []string{
		"id: string, required", "kind: string", "text: string", "label: string", "on: boolean", "int: integer",
		"int8: integer from -128 to 127", "uint: integer from 0", "uint16: integer from 0 to 65535",
		"float: number", "float32: number", "wait: duration", "at: timestamp", "blob: bytes", "raw: bytes", "token: secret",
		"any: any, nullable", "ref: integer, nullable", "inner: object", "innerRef: object, nullable",
		"list: list of string", "lists: list of list of integer", "structs: list of object", "map: map of number", "labels: map of string",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestCodecRoundTrip(t *testing.T) {
	c, err := For[all]()
	if err != nil {
		t.Fatal(err)
	}
	full := all{
		Base: Base{"i", "k"}, Text: "t", Label: "l", On: true, Int: -1, Int8: math.MinInt8, Uint: 7, Uint16: math.MaxUint16, Float: 0.5, Float32: 0.25,
		Wait: 90 * time.Second, At: time.Date(2026, 1, 31, 8, 0, 0, 250, time.UTC), Blob: []byte{0, 255}, Raw: raw("r"), Token: "hush",
		Any: map[string]any{"a": []any{int64(1)}}, Ref: ptr(3), Inner: struct{ A string }{"a"}, InnerRef: &Base{ID: "j"}, List: []string{"x", ""}, Lists: [][]int{{1}, {}},
		Structs: []struct{ N int }{{1}, {2}}, Map: map[string]float64{"m": 1.5}, Labels: map[label]*string{"a": ptr("b"), "none": nil},
	}
	for name, in := range map[string]all{"zero": {}, "full": full} {
		t.Run(name, func(t *testing.T) {
			v, err := c.Encode(in)
			if err != nil {
				t.Fatal(err)
			}
			out, err := c.Decode(v.(map[string]any))
			if err != nil {
				t.Fatal(err)
			}
			compare := cmp.AllowUnexported(all{})
			if diff := cmp.Diff(in, out, compare); diff != "" {
				t.Errorf("Decode of Encode (-want +got):\n%s", diff)
			}
			if name == "zero" {
				return // which lacks what is required
			}
			v.(map[string]any)["labels"] = nil // whose null a parameter would refuse
			converted, err := c.Schema().Convert(v.(map[string]any))
			if err != nil {
				t.Fatalf("the schema refuses what the type gives: %v", err)
			}
			out, err = c.Decode(converted)
			in.Labels = nil
			if diff := cmp.Diff(in, out, compare); err != nil || diff != "" {
				t.Errorf("Decode of Convert: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestEncodeOfNothing(t *testing.T) {
	type some struct {
		List []string
		Map  map[string]int
		Blob []byte
		Ref  *Base
		Any  any
		Big  uint64
	}
	c, err := For[some]()
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Encode(some{Big: math.MaxUint64})
	want := map[string]any{"list": nil, "map": nil, "blob": nil, "ref": nil, "any": nil, "big": new(big.Int).SetUint64(math.MaxUint64)}
	if diff := cmp.Diff(any(want), got, bigIntegers); err != nil || diff != "" {
		t.Errorf("Encode: %v (-want +got):\n%s", err, diff)
	}
	if out, err := c.Decode(nil); err != nil || out.List != nil {
		t.Errorf("Decode of nil gives %v, %v", out, err)
	}
}

func TestForOtherThanStructs(t *testing.T) {
	ref, err := For[*Base]()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ref.Decode(map[string]any{"id": "i"}); err != nil || got == nil || got.ID != "i" {
		t.Errorf("Decode gives %v, %v", got, err)
	}
	if got, err := ref.Encode(nil); err != nil || got != nil {
		t.Errorf("Encode of nil gives %v, %v", got, err)
	}
	list, err := For[[]Secret]()
	if err != nil {
		t.Fatal(err)
	}
	if list.Schema() != nil || list.Field().TypeName() != "list of secret" {
		t.Errorf("a list has the schema %v, the type %s", list.Schema(), list.Field().TypeName())
	}
	if _, err := list.Decode(map[string]any{}); err == nil {
		t.Error("Decode makes a list of a map")
	}
}

func TestEncodeNamesTheMember(t *testing.T) {
	type holder struct{ Any any }
	c, err := For[map[string][]holder]()
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Encode(map[string][]holder{"k": {{}, {func() {}}}})
	if want := "k: [1]: any: a func() is not a value of a flow"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestEmbedded(t *testing.T) {
	type Inner struct{ A, B string }
	type Named struct{ C string }
	type Left struct{ D chan int }
	type unexported struct{ E string }
	type outer struct {
		*Inner
		Named `param:"named"`
		Left  `param:"-"`
		unexported
		time.Time
		B int // in front of Inner's
	}
	c, err := For[outer]()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "named", "e", "time", "b"}, c.Schema().Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	got, err := c.Decode(map[string]any{"a": "x", "named": map[string]any{"c": "y"}, "e": "z", "b": int64(1), "time": "1970-01-01T00:00:00Z"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Inner == nil || got.A != "x" || got.Inner.B != "" || got.C != "y" || got.E != "z" || got.B != 1 || got.Unix() != 0 {
		t.Errorf("Decode gives %+v", got)
	}
	empty, err := c.Encode(outer{})
	want := map[string]any{"a": nil, "named": map[string]any{"c": ""}, "e": "", "b": int64(0), "time": "0001-01-01T00:00:00Z"}
	if diff := cmp.Diff(any(want), empty); err != nil || diff != "" {
		t.Errorf("Encode: %v (-want +got):\n%s", err, diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	c, err := For[all]()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		in   map[string]any
		want string
	}{
		{"text", map[string]any{"text": int64(1)}, "text: expected text, found an integer"},
		{"boolean", map[string]any{"on": "true"}, "on: expected a boolean, found text"},
		{"integer", map[string]any{"int8": int64(128)}, "int8: expected an integer of int8, found an integer"},
		{"negative", map[string]any{"uint": int64(-1)}, "uint: expected an integer of uint, found an integer"},
		{"number", map[string]any{"float32": 1e300}, "float32: expected a number of float32, found a number"},
		{"duration", map[string]any{"wait": int64(1)}, "wait: expected a duration, found an integer"},
		{"timestamp", map[string]any{"at": int64(1)}, "at: expected a timestamp, found an integer"},
		{"bytes", map[string]any{"blob": "aGk="}, "blob: expected bytes, found text"},
		{"list", map[string]any{"list": "a"}, "list: expected a list, found text"},
		{"element", map[string]any{"lists": []any{[]any{"a"}}}, "lists: [0]: [0]: expected an integer of int, found text"},
		{"map", map[string]any{"map": []any{}}, "map: expected a map, found a list"},
		{"entry", map[string]any{"map": map[string]any{"a": true}}, "map: a: expected a number, found a boolean"},
		{"struct", map[string]any{"inner": "a"}, "inner: expected a map, found text"},
		{"pointer", map[string]any{"ref": "a"}, "ref: expected an integer of int, found text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := c.Decode(tt.in); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func ExampleFor() {
	type deploy struct {
		Function string        `param:"functionName,required" doc:"The function." alias:"FunctionName"`
		Memory   int           `param:"memorySize" min:"128" max:"10240" default:"128"`
		Timeout  time.Duration // named timeout, and not required
		Token    Secret
	}
	codec, err := For[deploy]()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range codec.Schema().Fields() {
		fmt.Println(f.Name, f.TypeName())
	}
	values, err := codec.Schema().Convert(map[string]any{"FunctionName": "orders", "timeout": "90s", "token": "hush"})
	if err != nil {
		fmt.Println(err)
		return
	}
	in, err := codec.Decode(values)
	fmt.Printf("%+v %v\n", in, err)
	// Output:
	// functionName string
	// memorySize integer
	// timeout duration
	// token secret
	// {Function:orders Memory:128 Timeout:1m30s Token:***} <nil>
}

func ExampleCodec_Encode() {
	type alias struct {
		Arn    string `param:"AliasArn"`
		Weight *float64
		At     time.Time
	}
	codec, err := For[alias]()
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := codec.Encode(alias{Arn: "arn:1", At: time.Date(2026, 1, 31, 9, 0, 0, 0, time.FixedZone("", 3600))})
	text, _ := json.Marshal(v)
	fmt.Println(string(text), err)
	// Output: {"AliasArn":"arn:1","at":"2026-01-31T08:00:00Z","weight":null} <nil>
}
