package schema

import (
	"reflect"
	"testing"
)

// Tags are read as reflect reads them, also those that are written wrongly.
func TestReadTags(t *testing.T) {
	for _, text := range []string{
		``,
		`param:"a"`,
		`param:"a,required" doc:"What it is: a \"thing\", or \\ two." min:"1" max:"2"`,
		`  param:"a"   doc:""  alias:"b,c" `,
		`param:"a" param:"b"`,
		"param:\"a\"\tdoc:\"b\"",
		`param:"\u00e9\x41" doc:"é"`,
		`param:"\q" doc:"behind one that is no text"`,
		`param:"open`,
		`param:"open\`,
		`param:"open\"`,
		`param: "a"`,
		`param:a doc:"b"`,
		`param`,
		`param:`,
		`:"a"`,
		`"a"`,
		"par\x7fam:\"a\"",
		`doc:"a"param:"b"`,
		`json:"x,omitempty" param:"y" pattern:"^[a-z]{1,3}$"`,
	} {
		tag := reflect.StructTag(text)
		read := readTags(tag)
		for _, name := range []string{"param", "doc", "min", "max", "alias", "pattern", "json", "enum", ""} {
			want, wantOK := tag.Lookup(name)
			if got, ok := read.lookup(name); got != want || ok != wantOK {
				t.Errorf("%q: %s is %q, %v, want %q, %v", text, name, got, ok, want, wantOK)
			}
			if got := read.get(name); got != tag.Get(name) {
				t.Errorf("%q: get gives %q for %s", text, got, name)
			}
		}
	}
}

func FuzzReadTags(f *testing.F) {
	f.Add(`param:"a,required" doc:"What \"it\" is."`, "doc")
	f.Fuzz(func(t *testing.T, text, name string) {
		want, wantOK := reflect.StructTag(text).Lookup(name)
		if got, ok := readTags(reflect.StructTag(text)).lookup(name); got != want || ok != wantOK {
			t.Errorf("%q: %s is %q, %v, want %q, %v", text, name, got, ok, want, wantOK)
		}
	})
}
