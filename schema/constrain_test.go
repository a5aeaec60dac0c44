package schema

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func ptr[T any](v T) *T { return &v }

func TestConstraints(t *testing.T) {
	tests := []struct {
		name  string
		field Field
		in    any
		want  Errors // nil: it fits
	}{
		{"in the enum", Field{Type: String, Enum: []any{"a", "b"}}, "b", nil},
		{"not in the enum", Field{Type: String, Enum: []any{"a", "b", "c"}}, "B", Errors{{Rule: RuleEnum, Message: `"B" is none of a, b or c`}}},
		{"not in the open enum", Field{Type: String, Enum: []any{"a"}, Accept: Accept{OpenEnum: true}}, "B", nil},
		{"enum of Go integers", Field{Type: Integer, Enum: []any{1, 2}}, "2", nil},
		{"not in an enum of integers", Field{Type: Integer, Enum: []any{1, 2}}, 3, Errors{{Rule: RuleEnum, Message: "3 is none of 1 or 2"}}},
		{"enum of numbers", Field{Type: Number, Enum: []any{1, 2.5}}, 1.0, nil},
		{"large integers differ", Field{Type: Integer, Enum: []any{int64(math.MaxInt64)}}, int64(math.MaxInt64 - 1), Errors{{Rule: RuleEnum, Message: "9223372036854775806 is none of 9223372036854775807"}}},
		{"enum of durations", Field{Type: Duration, Enum: []any{"90s", time.Hour}}, "1m30s", nil},
		{"enum of bytes", Field{Type: Bytes, Enum: []any{[]byte("hi")}}, "aGk=", nil},
		{"enum of lists", Field{Type: List, Enum: []any{[]any{"a"}}}, []string{"a"}, nil},

		{"least", Field{Type: Integer, Minimum: ptr(1.0)}, 1, nil},
		{"less", Field{Type: Integer, Minimum: ptr(1.0)}, 0, Errors{{Rule: RuleRange, Message: "0 is less than 1"}}},
		{"most", Field{Type: Number, Maximum: ptr(1.5)}, 1.5, nil},
		{"more", Field{Type: Number, Maximum: ptr(1.5)}, "1.51", Errors{{Rule: RuleRange, Message: "1.51 is more than 1.5"}}},
		{"a short duration", Field{Type: Duration, Minimum: ptr(1.0), Maximum: ptr(60.0)}, "500ms", Errors{{Rule: RuleRange, Message: `"500ms" is less than 1s`}}},
		{"bounds of text are none", Field{Type: String, Minimum: ptr(5.0)}, "1s", nil},

		{"characters", Field{Type: String, MinLength: ptr(2), MaxLength: ptr(3)}, "äöü", nil},
		{"too short", Field{Type: String, MinLength: ptr(2)}, "ä", Errors{{Rule: RuleLength, Message: "has 1 characters, at least 2 are needed"}}},
		{"too many bytes", Field{Type: Bytes, MaxLength: ptr(2)}, []byte("ä1"), Errors{{Rule: RuleLength, Message: "has 3 bytes, at most 2 are allowed"}}},
		{"too few elements", Field{Type: List, MinLength: ptr(1)}, []any{}, Errors{{Rule: RuleLength, Message: "has 0 elements, at least 1 are needed"}}},
		{"too many entries", Field{Type: Map, MaxLength: ptr(1)}, map[string]any{"a": 1, "b": 2}, Errors{{Rule: RuleLength, Message: "has 2 entries, at most 1 are allowed"}}},

		{"matches", Field{Type: String, Pattern: "^[a-z]+$"}, "abc", nil},
		{"does not match", Field{Type: String, Pattern: "^[a-z]+$"}, "ABC", Errors{{Rule: RulePattern, Message: `"ABC" does not match the pattern ^[a-z]+$`}}},
		{
			"several",
			Field{Type: String, Pattern: "^[a-z]+$", MaxLength: ptr(2), Enum: []any{"a"}},
			"ABC",
			Errors{
				{Rule: RuleEnum, Message: `"ABC" is none of a`},
				{Rule: RulePattern, Message: `"ABC" does not match the pattern ^[a-z]+$`},
				{Rule: RuleLength, Message: "has 3 characters, at most 2 are allowed"},
			},
		},
		{"a wrong type is all", Field{Type: Integer, Enum: []any{1}, Minimum: ptr(1.0)}, "x", Errors{{Rule: RuleType, Message: `expected an integer, found "x"`}}},
		{
			"long values are cut",
			Field{Type: String, Enum: []any{"a"}},
			strings.Repeat("x", 100),
			Errors{{Rule: RuleEnum, Message: `"` + strings.Repeat("x", 59) + `… is none of a`}},
		},
		{"null has nothing to check", Field{Type: String, MinLength: ptr(2), Enum: []any{"a"}}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.field.Compile(); err != nil {
				t.Fatal(err)
			}
			_, err := tt.field.Convert(tt.in)
			got, _ := err.(Errors) //nolint:errorlint // Convert documents this type
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEnumText(t *testing.T) {
	tests := []struct {
		name string
		enum []any
		want string
	}{
		{"none", nil, ""},
		{"one", []any{"a"}, "a"},
		{"two", []any{"a", 2}, "a or 2"},
		{"more", []any{"a", true, 2.5, []any{"x"}}, `a, true, 2.5 or ["x"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := enumText(tt.enum); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A field copied from a compiled one checks its own pattern.
func TestPatternOfACopy(t *testing.T) {
	original := Field{Type: String, Pattern: "^a$"}
	if err := original.Compile(); err != nil {
		t.Fatal(err)
	}
	other, none := original, original
	other.Pattern, none.Pattern = "^b$", ""
	for _, f := range []*Field{&other, &none} {
		if err := f.Compile(); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Convert("b"); err != nil {
			t.Errorf("pattern %q: %v", f.Pattern, err)
		}
	}
}
