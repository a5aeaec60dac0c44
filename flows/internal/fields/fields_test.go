package fields_test

import (
	"testing"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/schema"
)

func TestArticle(t *testing.T) {
	of := func(types ...schema.Type) *schema.Field {
		f := &schema.Field{Type: types[len(types)-1]}
		for i := len(types) - 2; i >= 0; i-- {
			f = &schema.Field{Type: types[i], Elem: f}
		}
		return f
	}
	for want, f := range map[string]*schema.Field{
		"text": of(schema.String), "an integer": of(schema.Integer), "a number": of(schema.Number), "a boolean": of(schema.Boolean), "bytes": of(schema.Bytes),
		"a duration": of(schema.Duration), "a timestamp": of(schema.Timestamp), "a list": of(schema.List), "a map": of(schema.Map), "an object": of(schema.Object), "any value": of(schema.Any),
		"a list of strings": of(schema.List, schema.String), "a list of bytes": of(schema.List, schema.Bytes), "a map of lists of integers": of(schema.Map, schema.List, schema.Integer),
	} {
		if got := fields.Article(f); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What a name keeps may be another map by now, whose names are not known.
func TestWithoutKeys(t *testing.T) {
	text := &schema.Field{Type: schema.String}
	headers := &schema.Field{Name: "headers", Type: schema.Map, Elem: text, Keys: schema.LowerKeys}
	answer := fields.ObjectOf([]*schema.Field{headers, {Name: "status", Type: schema.Integer}})
	for name, f := range map[string]*schema.Field{"a map": headers, "an object": answer, "a list": {Type: schema.List, Elem: answer}} {
		out := fields.WithoutKeys(f)
		if out.Reaches(func(f *schema.Field) bool { return f != nil && f.Keys != nil }) || !fields.Covers(out, f) || fields.Covers(f, out) {
			t.Errorf("%s: got %+v", name, out)
		}
	}
	if fields.WithoutKeys(text) != text || headers.Keys == nil {
		t.Error("a type without keys is another one, or the one that was given changed")
	}
	if joined := fields.Join(headers, &schema.Field{Type: schema.Map, Elem: text}); joined.Keys != nil {
		t.Error("what is headers or another map has the names of headers")
	}
	if fields.Covers(headers, &schema.Field{Type: schema.Map, Elem: text}) {
		t.Error("the type of headers covers another map")
	}
}
