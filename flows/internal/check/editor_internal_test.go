package check

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/editor"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// The schema has the keys that the check takes, no more and no fewer.
func TestJSONSchemaHasTheKeysOfTheCheck(t *testing.T) {
	registry, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	root := editor.JSONSchema(registry)
	compare := func(what string, want []string, js any) {
		t.Helper()
		got := value.SortedKeys(at(js, "properties").(editor.JsonObject))
		want = slices.Compact(slices.Sorted(slices.Values(want)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the keys of %s (-check +schema):\n%s", what, diff)
		}
	}
	compare("a flow", headerKeys, root)
	_, places := secretKeys()
	compare("a secret", places, at(root, "properties", "secrets", 0, "additionalProperties", 0))
	definitions := root["definitions"]
	for verb, keys := range verbKeys {
		compare(verb, slices.Concat(keys, modifierKeys, []string{verb}), at(definitions, "step."+verb))
	}
	if len(verbKeys) != len(editor.EditorVerbs()) {
		t.Errorf("%d verbs, and the schema has %d", len(verbKeys), len(editor.EditorVerbs()))
	}
	compare("an input", fieldKeys, at(definitions, "input", 0))
	compare("a handler", handlerKeys, at(definitions, "step.try", "properties", "catch", "items"))
	compare("a case", caseKeys, at(definitions, "step.switch", "properties", "cases", "items"))

	types := slices.Sorted(slices.Values(schema.TypeNames()))
	if diff := cmp.Diff(types, slices.Sorted(maps.Keys(editor.InputTypes))); diff != "" {
		t.Errorf("the types of inputs that are explained (-types +explained):\n%s", diff)
	}
}

// at follows keys; a number is the else of that member of an anyOf.
func at(js any, path ...any) any {
	for _, step := range path {
		if i, ok := step.(int); ok {
			js = js.(editor.JsonObject)["anyOf"].([]any)[i].(editor.JsonObject)["else"]
			continue
		}
		js = js.(editor.JsonObject)[step.(string)]
	}
	return js
}

func TestPortablePatterns(t *testing.T) {
	for pattern, want := range map[string]bool{
		`^[A-Za-z0-9-_:.$]+$`: true, `^(?:a|b)\.c$`: true, `^\d{4}-\w+\s*$`: true, `^\$LATEST(\.PUBLISHED)?$`: true,
		`(?i)abc`: false, `^[[:alpha:]]+$`: false, `\Aabc\z`: false, `^\pL+$`: false, `(?P<x>a)`: false, `a\-b`: false,
	} {
		if got := editor.IsPortable(pattern); got != want {
			t.Errorf("isPortable(%q) is %v", pattern, got)
		}
	}
}
