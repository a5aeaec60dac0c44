package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/medlar-flow/medlar/internal/value"
)

func indented(t *testing.T, v any) string {
	t.Helper()
	text, err := value.EncodeJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", " "); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFieldJSONSchema(t *testing.T) {
	secret := &Field{Name: "s", Type: String, Secret: true}
	itself := &Field{Type: List}
	itself.Elem = itself
	tests := []struct {
		name  string
		field Field
		want  string
	}{
		{"anything", Field{}, `{}`},
		{"text", Field{Type: String, Description: "A name.", Example: "x", Default: "y", Pattern: "^.$", MinLength: ptr(1), MaxLength: ptr(2)}, `{"type":"string","description":"A name.","examples":["x"],"default":"y","pattern":"^.$","minLength":1,"maxLength":2}`},
		{"integer", Field{Type: Integer, Minimum: ptr(1.0), Maximum: ptr(2.5), Default: 1}, `{"type":"integer","minimum":1,"maximum":2.5,"default":1}`},
		{"number", Field{Type: Number}, `{"type":"number"}`},
		{"boolean", Field{Type: Boolean, Default: false}, `{"type":"boolean","default":false}`},
		{"duration", Field{Type: Duration, Minimum: ptr(1.0)}, `{"type":"string"}`},
		{"timestamp", Field{Type: Timestamp}, `{"type":"string","format":"date-time"}`},
		{"bytes", Field{Type: Bytes, MaxLength: ptr(3), Default: []byte("hi"), Enum: []any{[]byte("hi")}}, `{"type":"string","contentEncoding":"base64","default":"aGk=","enum":["aGk="]}`},
		{"enum", Field{Type: Integer, Enum: []any{1, 2}}, `{"type":"integer","enum":[1,2]}`},
		{"open enum", Field{Type: String, Enum: []any{"a"}, Accept: Accept{OpenEnum: true}}, `{"type":"string","anyOf":[{"enum":["a"]},{}]}`},
		{"secret", Field{Type: String, Secret: true, Default: "hush"}, `{"type":"string","writeOnly":true}`},
		{"secret in it", Field{Type: Map, Elem: secret, Default: map[string]any{"a": "hush"}}, `{"type":"object","additionalProperties":{"type":"string","writeOnly":true}}`},
		{"list", Field{Type: List, MinLength: ptr(1), Elem: &Field{Type: Boolean}}, `{"type":"array","minItems":1,"items":{"type":"boolean"}}`},
		{"list of itself", *itself, `{"type":"array","items":{"type":"array"}}`},
		{"map", Field{Type: Map, MaxLength: ptr(2)}, `{"type":"object","maxProperties":2}`},
		{"undeclared object", Field{Type: Object}, `{"type":"object"}`},
		{"object", Field{Type: Object, Description: "It.", Members: MustNew(&Field{Name: "a"})}, `{"type":"object","description":"It.","properties":{"a":{}},"additionalProperties":false}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want, err := value.DecodeJSON([]byte(tt.want))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(indented(t, want), indented(t, tt.field.JSONSchema())); diff != "" {
				t.Errorf("JSONSchema (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSchemaJSONSchema(t *testing.T) {
	node := &Field{Name: "node", Type: Object}
	node.Members = MustNew(&Field{Name: "children", Type: List, Elem: node})
	either := func(names ...string) string {
		text := `{"anyOf":[`
		for i, name := range names {
			if i > 0 {
				text += ","
			}
			text += `{"required":["` + name + `"]}`
		}
		return text + "]}"
	}
	tests := []struct {
		name   string
		schema *Schema
		want   string
	}{
		{"nothing", MustNew(), `{"type":"object","properties":{},"additionalProperties":false}`},
		{"open", MustNew().Open(), `{"type":"object","properties":{}}`},
		{"required", MustNew(&Field{Name: "b", Required: true}, &Field{Name: "a", Required: true}, &Field{Name: "c", Required: true, Default: 1}), `{"type":"object","properties":{"a":{},"b":{},"c":{"default":1}},"required":["b","a"],"additionalProperties":false}`},
		{
			"required in any spelling", MustNew(&Field{Name: "a", Aliases: []string{"A"}, Required: true}, &Field{Name: "b", Aliases: []string{"B"}}),
			`{"type":"object","properties":{"a":{},"A":{},"b":{},"B":{}},"allOf":[` + either("a", "A") + `],"additionalProperties":false}`,
		},
		{
			"required, or reached into", MustNew(
				&Field{Name: "code", Type: Object, Required: true},
				&Field{Name: "bucket", Aliases: []string{"b"}, Required: true, Accept: Accept{Into: []string{"code", "bucket"}}},
				&Field{Name: "version", Required: true, Accept: Accept{Drop: true}},
			),
			`{"type":"object","properties":{"code":{"type":"object"},"bucket":{},"b":{},"version":{}},"allOf":[` + either("code", "bucket", "b") + `],"additionalProperties":false}`,
		},
		{
			"recursive", MustNew(node),
			`{"type":"object","properties":{"node":{"type":"object","properties":{"children":{"type":"array","items":{"type":"object"}}},"additionalProperties":false}},"additionalProperties":false}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want, err := value.DecodeJSON([]byte(tt.want))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(indented(t, want), indented(t, tt.schema.JSONSchema())); diff != "" {
				t.Errorf("JSONSchema (-want +got):\n%s", diff)
			}
		})
	}
}

func ExampleSchema_JSONSchema() {
	s := MustNew(&Field{Name: "memorySize", Type: Integer, Required: true, Minimum: ptr(128.0), Description: "Megabytes."})
	text, err := value.EncodeJSON(s.JSONSchema())
	fmt.Println(string(text), err)
	// Output: {"additionalProperties":false,"properties":{"memorySize":{"description":"Megabytes.","minimum":128,"type":"integer"}},"required":["memorySize"],"type":"object"} <nil>
}
