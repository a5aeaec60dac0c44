package schema

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTypeNames(t *testing.T) {
	for _, name := range TypeNames() {
		got, secret, ok := ParseType(name)
		if !ok || secret != (name == "secret") || !secret && got.String() != name {
			t.Errorf("ParseType(%q) = %v, %t, %t", name, got, secret, ok)
		}
	}
	for _, name := range []string{"", "String", "int", "type(11)"} {
		if got, _, ok := ParseType(name); ok || got != Any {
			t.Errorf("ParseType(%q) = %v, %t", name, got, ok)
		}
	}
	if got := Type(200).String(); got != "type(200)" {
		t.Errorf("an unknown type is %q", got)
	}
	TypeNames()[0] = "changed"
	if got := Any.String(); got != "any" {
		t.Errorf("a caller changed the names: %q", got)
	}
}

func TestFieldTypeName(t *testing.T) {
	itself := &Field{Type: List}
	itself.Elem = itself
	tests := []struct {
		name  string
		field *Field
		want  string
	}{
		{"the zero field", &Field{}, "any"},
		{"secret text", &Field{Type: String, Secret: true}, "secret"},
		{"secret number", &Field{Type: Number, Secret: true}, "number"},
		{"list of anything", &Field{Type: List}, "list"},
		{"list of maps of secrets", &Field{Type: List, Elem: &Field{Type: Map, Elem: &Field{Type: String, Secret: true}}}, "list of map of secret"},
		{"list of itself", itself, "list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.field.TypeName(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name   string
		fields []*Field
		want   string
	}{
		{"two of a name", []*Field{{Name: "a"}, {Name: "a"}}, `the name "a" belongs to the fields "a" and "a"`},
		{"a name and a spelling", []*Field{{Name: "a", Aliases: []string{"b"}}, {Name: "b"}}, `the name "b" belongs to the fields "a" and "b"`},
		{"two of a spelling", []*Field{{Name: "a", Aliases: []string{"x"}}, {Name: "b", Aliases: []string{"x"}}}, `the name "x" belongs`},
		{"a pattern", []*Field{{Name: "a", Pattern: "("}}, `field "a": pattern: `},
		{"a pattern of an element", []*Field{{Name: "a", Type: List, Elem: &Field{Pattern: "("}}}, `field "a": pattern: `},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.fields...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New fails with %v, want %q in it", err, tt.want)
			}
			defer func() {
				if recover() == nil {
					t.Error("MustNew does not panic")
				}
			}()
			MustNew(tt.fields...)
		})
	}
	if _, err := New(&Field{Name: "id", Aliases: []string{"id", "ID"}}); err != nil {
		t.Errorf("a spelling that is the name: %v", err)
	}
}

func TestNames(t *testing.T) {
	s := MustNew(
		&Field{Name: "b", Aliases: []string{"B"}},
		&Field{Name: "a"},
		&Field{Name: "into", Aliases: []string{"Into"}, Accept: Accept{Into: []string{"a", "x"}}},
		&Field{Name: "dropped", Accept: Accept{Drop: true}},
	)
	if diff := cmp.Diff([]string{"b", "a"}, s.Names()); diff != "" {
		t.Errorf("Names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"b", "B", "a", "into", "Into", "dropped"}, s.Spellings()); diff != "" {
		t.Errorf("Spellings (-want +got):\n%s", diff)
	}
	if s.Field("Into") != s.Fields()[2] || s.Field("INTO") != nil {
		t.Error("Field does not find by spelling")
	}
	var none *Schema
	if none.Fields() != nil || none.Field("a") != nil || none.Names() != nil {
		t.Error("a nil schema has fields")
	}
}

func TestNested(t *testing.T) {
	names := func(fields []*Field) string {
		var names []string
		for _, f := range fields {
			names = append(names, fmt.Sprintf("%s %s", f.Name, f.Type))
		}
		return strings.Join(names, ", ")
	}
	outer := MustNew(&Field{Name: "a", Aliases: []string{"A"}, Type: String}, &Field{Name: "b", Type: String})
	inner := outer.Nested()
	if got := names(inner.Fields()); got != "a string, b string" {
		t.Errorf("an empty nested schema shows %s", got)
	}
	inner.Put(&Field{Name: "b", Type: Integer})
	inner.Put(&Field{Name: "c", Aliases: []string{"C"}, Type: Integer})
	innermost := inner.Nested()
	innermost.Put(&Field{Name: "a", Type: Boolean})
	for what, tt := range map[string]struct{ got, want string }{
		"outer":              {names(outer.Fields()), "a string, b string"},
		"inner":              {names(inner.Fields()), "a string, b integer, c integer"},
		"innermost":          {names(innermost.Fields()), "b integer, c integer, a boolean"},
		"inner's own":        {names(inner.Own()), "b integer, c integer"},
		"innermost's own":    {names(innermost.Own()), "a boolean"},
		"by spelling":        {names([]*Field{innermost.Field("A")}), "a string"},
		"by an own spelling": {names([]*Field{innermost.Field("C")}), "c integer"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", what, tt.got, tt.want)
		}
	}
	inner.Put(&Field{Name: "c", Type: List})
	if got := names(inner.Own()); got != "b integer, c list" {
		t.Errorf("after replacing: %s", got)
	}
	if inner.Field("C") != nil {
		t.Error("the spelling of a replaced field is still there")
	}
	got, err := inner.Convert(map[string]any{"A": 1, "b": "2"})
	if diff := cmp.Diff(map[string]any{"a": "1", "b": int64(2)}, got); err != nil || diff != "" {
		t.Errorf("Convert: %v (-want +got):\n%s", err, diff)
	}
	if inner.IsOpen() || !outer.Open().Nested().IsOpen() {
		t.Error("a nested schema is open where the outer one is")
	}
}

// Put does not mistake a spelling of another field for the field.
func TestPutBesideASpelling(t *testing.T) {
	s := MustNew(&Field{Name: "a", Aliases: []string{"b"}})
	s.Put(&Field{Name: "b", Type: Integer})
	if got := s.Names(); len(got) != 2 || s.Field("b").Type != Integer || s.Field("a") == nil {
		t.Errorf("names after Put: %v", got)
	}
}

func TestHasSecret(t *testing.T) {
	secret := &Field{Name: "s", Type: String, Secret: true}
	tree := func(member *Field) *Field {
		node := &Field{Name: "node", Type: Object}
		node.Members = MustNew(member, &Field{Name: "children", Type: List, Elem: node})
		return node
	}
	nested := MustNew(secret).Nested()
	nested.Put(&Field{Name: "plain"})
	itself := &Field{Type: List}
	itself.Elem = itself
	tests := []struct {
		name  string
		field *Field
		want  bool
	}{
		{"nothing", nil, false},
		{"itself", secret, true},
		{"text", &Field{Type: String}, false},
		{"element", &Field{Type: List, Elem: &Field{Type: Map, Elem: secret}}, true},
		{"member", &Field{Type: Object, Members: MustNew(&Field{Name: "o", Type: Object, Members: MustNew(secret)})}, true},
		{"undeclared members", &Field{Type: Object}, false},
		{"member of an outer scope", &Field{Type: Object, Members: nested}, true},
		{"recursive", tree(&Field{Name: "plain"}), false},
		{"recursive with a secret", tree(secret), true},
		{"element of itself", itself, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.field.HasSecret(); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	err := Errors{{Path: "a[0].b", Rule: RuleType, Message: "expected text, found null"}, {Rule: RuleType, Message: "whole"}}
	if got, want := err.Error(), "a[0].b: expected text, found null; whole"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func ExampleNew() {
	s, err := New(
		&Field{Name: "region", Type: String, Default: "eu-central-1"},
		&Field{Name: "maxAttempts", Aliases: []string{"attempts"}, Type: Integer},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Convert(map[string]any{"attempts": "3"}))
	// Output: map[maxAttempts:3 region:eu-central-1] <nil>
}
