package fields_test

import (
	"testing"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/schema"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	m.Run()
}

var (
	anInteger = &schema.Field{Type: schema.Integer}
	aNumber   = &schema.Field{Type: schema.Number}
	aText     = &schema.Field{Type: schema.String}
	aTime     = &schema.Field{Type: schema.Timestamp}
	aSecret   = &schema.Field{Type: schema.String, Secret: true}
)

func listOf(t *schema.Field) *schema.Field { return &schema.Field{Type: schema.List, Elem: t} }

func objectOf(members map[string]*schema.Field) *schema.Field {
	var list []*schema.Field
	for _, name := range []string{"a", "b"} {
		if t := members[name]; t != nil {
			f := *t
			f.Name = name
			list = append(list, &f)
		}
	}
	return fields.ObjectOf(list)
}

// What is one type or another is covered by what they are joined to.
func TestJoin(t *testing.T) {
	a, b := objectOf(map[string]*schema.Field{"a": anInteger}), objectOf(map[string]*schema.Field{"a": aNumber, "b": aText})
	tests := []struct {
		name     string
		one, two *schema.Field
		want     schema.Type
		null     bool
	}{
		{"integer and number", anInteger, aNumber, schema.Number, false},
		{"integer and text", anInteger, aText, schema.Any, false},
		{"text and timestamp", aText, aTime, schema.String, false},
		{"null and text", fields.Null, aText, schema.String, true},
		{"null and null", fields.Null, fields.Null, schema.Any, true},
		{"lists", listOf(anInteger), listOf(aNumber), schema.List, false},
		{"lists of others", listOf(anInteger), listOf(aText), schema.List, false},
		{"objects", a, b, schema.Object, false},
		{"object and map", a, &schema.Field{Type: schema.Map, Elem: anInteger}, schema.Map, false},
		{"secret and text", aSecret, aText, schema.String, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := fields.Join(tt.one, tt.two)
			if got.Type != tt.want || fields.NullByFlow(got) != tt.null || got.HasSecret() != (tt.one.HasSecret() || tt.two.HasSecret()) {
				t.Errorf("joined to %s (null %t, secret %t)", got.TypeName(), fields.NullByFlow(got), got.HasSecret())
			}
			if !fields.Covers(got, tt.one) || !fields.Covers(got, tt.two) {
				t.Errorf("%s does not cover both", got.TypeName())
			}
		})
	}
	if both := fields.Join(a, b); !both.Members.Field("b").Nullable || both.Members.Field("a").Nullable {
		t.Error("a member of one of two objects can be null, one of both cannot")
	}
}

// A type that holds itself has an end.
func TestJoinRecursive(t *testing.T) {
	self := listOf(nil)
	self.Elem = self
	other := listOf(nil)
	other.Elem = other
	if got := fields.Join(self, other); !fields.Covers(got, self) {
		t.Errorf("joined to a %s", got.Type)
	}
	if ok, _ := fields.Holds(self, other); !ok {
		t.Error("one list of itself is none of another")
	}
}

func TestHolds(t *testing.T) {
	tests := []struct {
		name       string
		want, have *schema.Field
		path       string // of what does not fit; - where all fits
	}{
		{"integer as number", aNumber, anInteger, "-"},
		{"number as integer", anInteger, aNumber, ""},
		{"anything as text", aText, fields.Anything, "-"},
		{"text as anything", fields.Anything, aText, "-"},
		{"time as text", aText, aTime, ""},
		{"elements", listOf(anInteger), listOf(aText), "[]"},
		{"members", objectOf(map[string]*schema.Field{"a": listOf(aText)}), objectOf(map[string]*schema.Field{"a": listOf(anInteger), "b": aText}), ".a[]"},
		{"object as map", &schema.Field{Type: schema.Map, Elem: anInteger}, objectOf(map[string]*schema.Field{"b": aText}), ".b"},
		{"map as object", objectOf(map[string]*schema.Field{"b": aText}), &schema.Field{Type: schema.Map, Elem: anInteger}, ".b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ok, wrong := fields.Holds(tt.want, tt.have)
			if ok != (tt.path == "-") || !ok && wrong.Path != tt.path {
				t.Errorf("holds %t, at %q", ok, wrong.Path)
			}
		})
	}
}
