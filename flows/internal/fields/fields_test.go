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
