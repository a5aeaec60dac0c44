package schema

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/medlar-flow/medlar/internal/value"
)

func person() *Schema {
	return MustNew(
		&Field{Name: "fullName", Aliases: []string{"FullName", "name"}, Type: String, Required: true},
		&Field{Name: "age", Type: Integer, Default: 18},
		&Field{Name: "address", Type: Object, Accept: Accept{JSONText: true}, Members: MustNew(
			&Field{Name: "zipCode", Aliases: []string{"ZipCode"}, Type: String, Required: true},
			&Field{Name: "lines", Type: List, Elem: &Field{Type: String}},
		)},
		&Field{Name: "labels", Type: Map, Elem: &Field{Type: Number}},
		&Field{Name: "pets", Type: List, Accept: Accept{BareElement: true, JSONText: true}, Elem: &Field{Type: Object, Members: MustNew(
			&Field{Name: "name", Aliases: []string{"Name"}, Type: String, Required: true},
			&Field{Name: "legs", Type: Integer, Default: int64(4)},
		)}},
		&Field{Name: "words", Type: List, Accept: Accept{BareElement: true, JSONText: true}, Elem: &Field{Type: String}},
		&Field{Name: "version", Type: String, Enum: []any{"v1"}, Accept: Accept{Drop: true}},
		&Field{Name: "extra"},
	)
}

func TestConvert(t *testing.T) {
	type dict = map[string]any
	type list = []any
	with := func(name string, v any) dict { return dict{"fullName": "Ann", "age": int64(18), name: v} }
	tests := []struct {
		name string
		in   dict
		want dict
	}{
		{"defaults", dict{"fullName": "Ann"}, dict{"fullName": "Ann", "age": int64(18)}},
		{"null counts as not given", dict{"fullName": "Ann", "age": nil, "extra": nil}, dict{"fullName": "Ann", "age": int64(18)}},
		{"another spelling", dict{"FullName": "Ann"}, dict{"fullName": "Ann", "age": int64(18)}},
		{"a null spelling beside it", dict{"FullName": nil, "name": "Ann", "fullName": nil}, dict{"fullName": "Ann", "age": int64(18)}},
		{"nested spelling", with("address", dict{"ZipCode": 10115}), with("address", dict{"zipCode": "10115"})},
		{"JSON text", with("address", `{"ZipCode":"1"}`), with("address", dict{"zipCode": "1"})},
		{"Go maps", with("address", map[string]string{"zipCode": "1"}), with("address", dict{"zipCode": "1"})},
		{"keys of a map stay", with("labels", dict{"FullName": "1"}), with("labels", dict{"FullName": int64(1)})},
		{"bare element", with("pets", dict{"Name": "Rex"}), with("pets", list{dict{"name": "Rex", "legs": int64(4)}})},
		{"bare element as JSON text", with("pets", `{"Name":"Rex"}`), with("pets", list{dict{"name": "Rex", "legs": int64(4)}})},
		{"list as JSON text", with("pets", `[{"Name":"Rex"}]`), with("pets", list{dict{"name": "Rex", "legs": int64(4)}})},
		{"bare text", with("words", "one"), with("words", list{"one"})},
		{"bare text that is a JSON number", with("words", "1.10"), with("words", list{"1.10"})},
		{"bare text that is JSON text", with("words", `"one"`), with("words", list{`"one"`})},
		{"bare text that is a JSON map", with("words", `{"a": 1}`), with("words", list{`{"a": 1}`})},
		{"bare integer", with("words", 7), with("words", list{"7"})},
		{"text of a list", with("words", `["one", "2"]`), with("words", list{"one", "2"})},
		{"dropped", with("version", "v1"), dict{"fullName": "Ann", "age": int64(18)}},
		{"anything", with("extra", list{1, dict{"a": float32(1)}}), with("extra", list{int64(1), dict{"a": 1.0}})},
		{"nil slice of a Go type", with("words", []string(nil)), dict{"fullName": "Ann", "age": int64(18)}},
		{"empty containers", with("labels", dict{}), with("labels", dict{})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := person().Convert(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Convert (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConvertErrors(t *testing.T) {
	type dict = map[string]any
	type list = []any
	const takes = "it takes: fullName, age, address, labels, pets, words, extra"
	tests := []struct {
		name string
		in   dict
		want Errors
	}{
		{"missing", dict{}, Errors{{Path: "fullName", Rule: RuleMissing, Message: "required, and not given"}}},
		{"null", dict{"fullName": nil}, Errors{{Path: "fullName", Rule: RuleMissing, Message: "required, and null was given"}}},
		{"wrong, so not missing", dict{"fullName": list{}}, Errors{{Path: "fullName", Rule: RuleType, Message: "expected text, found a list"}}},
		{"unknown", dict{"fullName": "Ann", "ages": 3}, Errors{{Path: "ages", Rule: RuleUnknown, Message: "unknown parameter", Help: takes}}},
		{"twice", dict{"fullName": "Ann", "name": "Bob"}, Errors{{Path: "fullName", Rule: RuleDuplicate, Message: `given twice, as "fullName" and as "name"`}}},
		{"twice, and alike", dict{"FullName": "Ann", "name": "Ann"}, Errors{{Path: "fullName", Rule: RuleDuplicate, Message: `given twice, as "FullName" and as "name"`}}},
		{"three times", dict{"FullName": "A", "fullName": "B", "name": "C"}, Errors{{Path: "fullName", Rule: RuleDuplicate, Message: `given 3 times, as "FullName", "fullName" and "name"`}}},
		{
			"twice, and the first is wrong",
			dict{"fullName": list{}, "name": "Bob"},
			Errors{{Path: "fullName", Rule: RuleDuplicate, Message: `given twice, as "fullName" and as "name"`}, {Path: "fullName", Rule: RuleType, Message: "expected text, found a list"}},
		},
		{
			"nested",
			dict{"fullName": "Ann", "address": dict{"zipCode": "1", "ZipCode": "2", "lines": list{"a", list{}, nil}, "street": "x"}},
			Errors{
				{Path: "address.lines[1]", Rule: RuleType, Message: "expected text, found a list"},
				{Path: "address.lines[2]", Rule: RuleType, Message: "expected text, found null"},
				{Path: "address.street", Rule: RuleUnknown, Message: "unknown parameter", Help: "it takes: zipCode, lines"},
				{Path: "address.zipCode", Rule: RuleDuplicate, Message: `given twice, as "ZipCode" and as "zipCode"`},
			},
		},
		{
			"all of them, sorted",
			dict{"pets": list{dict{"name": "Rex"}, dict{"legs": "four"}, nil, "Rex"}, "labels": dict{"b": "x", "a": nil}, "age": "x", "version": "v2"},
			Errors{
				{Path: "age", Rule: RuleType, Message: `expected an integer, found "x"`},
				{Path: "fullName", Rule: RuleMissing, Message: "required, and not given"},
				{Path: "labels.a", Rule: RuleType, Message: "expected a number, found null"},
				{Path: "labels.b", Rule: RuleType, Message: `expected a number, found "x"`},
				{Path: "pets[1].legs", Rule: RuleType, Message: `expected an integer, found "four"`},
				{Path: "pets[1].name", Rule: RuleMissing, Message: "required, and not given"},
				{Path: "pets[2]", Rule: RuleType, Message: "expected an object, found null"},
				{Path: "pets[3]", Rule: RuleType, Message: "expected an object, found text"},
				{Path: "version", Rule: RuleEnum, Message: `"v2" is none of v1`},
			},
		},
		{"text is no map", dict{"name": "Ann", "address": "{"}, Errors{{Path: "address", Rule: RuleType, Message: "expected an object, found text"}}},
		{"text of another kind", dict{"name": "Ann", "address": "[1]"}, Errors{{Path: "address", Rule: RuleType, Message: "expected an object, found a list"}}},
		{"text of null", dict{"name": "Ann", "address": "null"}, Errors{{Path: "address", Rule: RuleType, Message: "expected an object, found text"}}},
		{"text where JSON is not taken", dict{"name": "Ann", "labels": `{"a":1}`}, Errors{{Path: "labels", Rule: RuleType, Message: "expected a map of number, found text"}}},
		{"list for a map", dict{"name": "Ann", "labels": list{}}, Errors{{Path: "labels", Rule: RuleType, Message: "expected a map of number, found a list"}}},
		{"nil pointer in a list", dict{"name": "Ann", "words": []*string{nil}}, Errors{{Path: "words[0]", Rule: RuleType, Message: "expected text, found null"}}},
		{"no value", dict{"name": "Ann", "labels": make(chan int)}, Errors{{Path: "labels", Rule: RuleType, Message: "a chan int is not a value of a flow"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 5 { // maps are ranged over in any order
				got, err := person().Convert(tt.in)
				if got != nil {
					t.Errorf("a result beside the errors: %v", got)
				}
				if diff := cmp.Diff(tt.want, err); diff != "" {
					t.Fatalf("errors (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestConvertOpen(t *testing.T) {
	open := MustNew(&Field{Name: "a", Aliases: []string{"A"}, Type: Integer}).Open()
	got, err := open.Convert(map[string]any{"A": "1", "other": uint8(2), "none": nil})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"a": int64(1), "other": int64(2), "none": nil}, got); diff != "" {
		t.Errorf("Convert (-want +got):\n%s", diff)
	}
	if !open.IsOpen() || !(*Schema)(nil).IsOpen() || MustNew().IsOpen() {
		t.Error("IsOpen is wrong")
	}
}

func TestCoerce(t *testing.T) {
	s := MustNew(
		&Field{Name: "size", Type: Integer, Required: true, Maximum: ptr(9.0), Accept: Accept{Coerce: func(v any) (any, error) {
			switch v {
			case "small":
				return 1, nil
			case "null":
				return nil, nil
			case "odd":
				return nil, errors.New("the size is odd")
			}
			return v, nil
		}}},
		&Field{Name: "count", Type: Integer, Default: "7", Accept: Accept{Coerce: func(v any) (any, error) {
			if v == "null" {
				return nil, nil
			}
			return v, nil
		}}},
	)
	tests := []struct {
		name string
		in   map[string]any
		want map[string]any
		errs error
	}{
		{"another shape", map[string]any{"size": "small"}, map[string]any{"size": int64(1), "count": int64(7)}, nil},
		{"a shape that it does not know", map[string]any{"size": "3"}, map[string]any{"size": int64(3), "count": int64(7)}, nil},
		{"still checked", map[string]any{"size": "10"}, nil, Errors{{Path: "size", Rule: RuleRange, Message: "10 is more than 9"}}},
		{"its error", map[string]any{"size": "odd"}, nil, Errors{{Path: "size", Rule: RuleType, Message: "the size is odd"}}},
		{"null is not given", map[string]any{"size": "null"}, nil, Errors{{Path: "size", Rule: RuleMissing, Message: "required, and not given"}}},
		{"a nil pointer is not given", map[string]any{"size": (*int)(nil)}, nil, Errors{{Path: "size", Rule: RuleMissing, Message: "required, and not given"}}},
		{"null takes the default", map[string]any{"size": 1, "count": "null"}, map[string]any{"size": int64(1), "count": int64(7)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := s.Convert(tt.in)
			if diff := cmp.Diff(tt.errs, err); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Convert (-want +got):\n%s", diff)
			}
		})
	}
}

// What Convert accepts can be written: both count depth alike.
func TestConvertDepth(t *testing.T) {
	list := &Field{Name: "l", Type: List}
	list.Elem = list
	for name, s := range map[string]*Schema{"typed": MustNew(list), "any": MustNew(&Field{Name: "l"})} {
		for levels, fits := range map[int]bool{value.MaxDepth: true, value.MaxDepth + 1: false} {
			t.Run(fmt.Sprint(name, levels), func(t *testing.T) {
				v := any([]any{})
				for range levels - 1 {
					v = []any{v}
				}
				_, encodeErr := value.EncodeJSON(map[string]any{"l": v})
				_, err := s.Convert(map[string]any{"l": v})
				if (encodeErr == nil) != fits || (err == nil) != fits {
					t.Errorf("Convert: %v, EncodeJSON: %v", err, encodeErr)
				}
				if !fits && (err == nil || !strings.Contains(err.Error(), value.ErrDepth.Error())) {
					t.Errorf("error %v", err)
				}
			})
		}
	}
}

func ExampleSchema_Convert() {
	s := MustNew(
		&Field{Name: "functionName", Aliases: []string{"FunctionName"}, Type: String, Required: true},
		&Field{Name: "memorySize", Type: Integer, Minimum: ptr(128.0), Default: 128},
	)
	values, err := s.Convert(map[string]any{"FunctionName": "orders", "memorySize": "512"})
	fmt.Println(values, err)
	_, err = s.Convert(map[string]any{"memorySize": 64})
	fmt.Println(err)
	// Output:
	// map[functionName:orders memorySize:512] <nil>
	// functionName: required, and not given; memorySize: 64 is less than 128
}

func ExampleField_Convert() {
	f := &Field{Type: List, Elem: &Field{Type: Duration}}
	fmt.Println(f.Convert([]string{"90s", "1h"}))
	_, err := f.Convert([]any{"90s", 30})
	fmt.Println(err)
	// Output:
	// [1m30s 1h0m0s] <nil>
	// [1]: expected a duration such as 1m30s, found an integer
}
