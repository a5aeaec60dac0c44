package schema

import (
	"fmt"
	"maps"
	"math/rand/v2"
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

func TestWith(t *testing.T) {
	names := func(s *Schema) string {
		var names []string
		for _, f := range s.Fields() {
			names = append(names, fmt.Sprintf("%s %s", f.Name, f.Type))
		}
		return strings.Join(names, ", ")
	}
	base := MustNew(&Field{Name: "a", Aliases: []string{"A"}, Type: String}, &Field{Name: "b", Type: String})
	two := base.With(&Field{Name: "b", Type: Integer}).With(&Field{Name: "c", Aliases: []string{"C"}, Type: Integer})
	three := two.With(&Field{Name: "a", Type: Boolean})
	list := two.With(&Field{Name: "c", Type: List})
	other := two.With(&Field{Name: "d", Type: Map})
	for what, tt := range map[string]struct{ got, want string }{
		"the schema that it began with":           {names(base), "a string, b string"},
		"one field more, one replaced":            {names(two), "a string, b integer, c integer"},
		"a field of the first replaced":           {names(three), "a boolean, b integer, c integer"},
		"a newer field replaced":                  {names(list), "a string, b integer, c list"},
		"beside that":                             {names(other), "a string, b integer, c integer, d map"},
		"onto nothing":                            {names((*Schema)(nil).With(&Field{Name: "e"})), "e any"},
		"by spelling":                             {fmt.Sprint(two.Field("A").Type), "string"},
		"by a newer spelling":                     {fmt.Sprint(three.Field("C").Type), "integer"},
		"by the spelling of a replaced field":     {fmt.Sprint(three.Field("A") == nil), "true"},
		"by that of a newer field, replaced":      {fmt.Sprint(list.Field("C") == nil), "true"},
		"a name that is another field's spelling": {fmt.Sprint(base.With(&Field{Name: "A", Type: Integer}).Field("A").Type), "integer"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", what, tt.got, tt.want)
		}
	}
	got, err := two.Convert(map[string]any{"A": 1, "b": "2"})
	if diff := cmp.Diff(map[string]any{"a": "1", "b": int64(2)}, got); err != nil || diff != "" {
		t.Errorf("Convert: %v (-want +got):\n%s", err, diff)
	}
	if two.IsOpen() || !base.Open().With(&Field{Name: "c"}).IsOpen() {
		t.Error("a schema with one field more is open where the first one is")
	}
}

// A schema that grows field by field stays what a map of the fields is, and
// every version of it stays as it was.
func TestWithMany(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	type version struct {
		s    *Schema
		want map[string]*Field
	}
	versions := []version{{MustNew(&Field{Name: "n0"}), nil}}
	versions[0].want = map[string]*Field{"n0": versions[0].s.Field("n0")}
	for range 2000 {
		from := versions[max(0, len(versions)-1-rng.IntN(3))]
		f := &Field{Name: fmt.Sprintf("n%d", rng.IntN(300))}
		want := maps.Clone(from.want)
		want[f.Name] = f
		versions = append(versions, version{from.s.With(f), want})
	}
	for i, v := range versions {
		if fields := v.s.Fields(); len(fields) != len(v.want) {
			t.Fatalf("version %d has %d fields, want %d", i, len(fields), len(v.want))
		}
		for name, f := range v.want {
			if v.s.Field(name) != f {
				t.Fatalf("version %d: field %s is not the last one given", i, name)
			}
		}
		layers := 0
		for l := v.s; l != nil; l = l.parent {
			layers++
		}
		if layers > 12 {
			t.Fatalf("version %d of %d fields has %d layers", i, len(v.want), layers)
		}
	}
}

// A type whose parts are shared has few schemas and very many paths.
func TestReachesLooksOnce(t *testing.T) {
	f := &Field{Name: "x", Type: String}
	for range 200 {
		x, y := *f, *f
		x.Name, y.Name = "x", "y"
		f = &Field{Type: Object, Members: MustNew(&x, &y)}
	}
	looks := 0
	if f.Reaches(func(*Field) bool { looks++; return false }) || looks > 1000 {
		t.Errorf("%d looks at a type of 200 schemas", looks)
	}
	if f.HasSecret() || f.HoldsPayload() {
		t.Error("a type of texts holds a secret or a payload")
	}
}

func TestHasSecret(t *testing.T) {
	secret := &Field{Name: "s", Type: String, Secret: true}
	tree := func(member *Field) *Field {
		node := &Field{Name: "node", Type: Object}
		node.Members = MustNew(member, &Field{Name: "children", Type: List, Elem: node})
		return node
	}
	nested := MustNew(secret).With(&Field{Name: "plain"})
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

// What is declared of a member, of a map, an object, and of what has none.
func TestMember(t *testing.T) {
	text := &Field{Type: String}
	members := MustNew(&Field{Name: "name", Type: String, Aliases: []string{"title"}})
	for _, c := range []struct {
		of   *Field
		name string
		want *Field
	}{
		{nil, "name", nil},
		{&Field{Type: String}, "name", nil},
		{&Field{Type: Map}, "name", nil},
		{&Field{Type: Map, Elem: text}, "name", text},
		{&Field{Type: Object}, "name", nil},
		{&Field{Type: Object, Members: members}, "name", members.Field("name")},
		{&Field{Type: Object, Members: members}, "title", members.Field("name")},
		{&Field{Type: Object, Members: members}, "other", nil},
	} {
		if got := c.of.Member(c.name); got != c.want {
			t.Errorf("%+v: %s is %+v", c.of, c.name, got)
		}
	}
}
