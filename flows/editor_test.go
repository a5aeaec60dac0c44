package flows_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/schema"
)

func ExampleJSONSchema() {
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := value.EncodeJSON(flows.JSONSchema(registry))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(json.Valid(text), bytes.Contains(text, []byte("lambda.invoke")))
	// Output: true true
}

// validator checks values as an editor does. Making it also checks the schema
// against the schema of schemas. part is a place in it; empty for all.
func validator(t testing.TB, reg *connector.Registry) *jsonschema.Schema {
	t.Helper()
	text, err := value.EncodeJSON(flows.JSONSchema(reg))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("flow.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("flow.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// asEdited reads YAML as editors do: timestamps are text, keys are text.
func asEdited(t testing.TB, text []byte) any {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return editedValue(t, doc.Content[0])
}

func editedValue(t testing.TB, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.AliasNode:
		return editedValue(t, n.Alias)
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, editedValue(t, item))
		}
		return list
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = editedValue(t, n.Content[i+1])
		}
		return m
	}
	if n.ShortTag() == "!!timestamp" {
		return n.Value
	}
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func registryOf(t testing.TB, connectors ...*connector.Connector) *connector.Registry {
	t.Helper()
	reg, err := connector.NewRegistry(connectors...)
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// An editor must load it fast. The limit leaves room for some more services.
func TestJSONSchemaIsSmallAndTheSameEachTime(t *testing.T) {
	first, err := value.EncodeJSON(flows.JSONSchema((&recorder{}).registry(t)))
	if err != nil {
		t.Fatal(err)
	}
	second, err := value.EncodeJSON(flows.JSONSchema((&recorder{}).registry(t)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("the same registry gives two texts")
	}
	if most := 600 << 10; len(first) > most {
		t.Errorf("%d bytes, want at most %d", len(first), most)
	}
}

func TestJSONSchemaAcceptsExamples(t *testing.T) {
	paths := append(examples(t), "testdata/leaky.yaml")
	accepts(t, (&recorder{}).registry(t), paths...)
	accepts(t, registryOf(t, append(operations.All(), Pay())...), "testdata/charge.yaml")
}

// testdata/editor holds every verb, with every key and each form of its value.
func TestJSONSchemaAcceptsEveryVerb(t *testing.T) {
	paths, err := filepath.Glob("testdata/editor/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no flows: %v", err)
	}
	accepts(t, (&recorder{}).registry(t), paths...)
	for _, path := range paths {
		if _, err := flows.Load(os.DirFS("testdata/editor"), filepath.Base(path), (&recorder{}).registry(t)); err != nil {
			t.Errorf("%s is no right flow: %v", path, err)
		}
	}
}

func accepts(t *testing.T, reg *connector.Registry, paths ...string) {
	t.Helper()
	v := validator(t, reg)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Validate(asEdited(t, text)); err != nil {
			t.Errorf("%s: %#v", path, err)
		}
	}
}

// Editors complete the keys of properties. Other spellings stand elsewhere.
func TestJSONSchemaOffersCanonicalNamesOnly(t *testing.T) {
	definitions := flows.JSONSchema((&recorder{}).registry(t))["definitions"].(map[string]any)
	alias := definitions["with.lambda.createAlias"].(map[string]any)
	offered := value.SortedKeys(alias["properties"].(map[string]any))
	want := "description functionName functionVersion name routingConfig"
	if got := strings.Join(offered, " "); got != want {
		t.Errorf("offered are %s, want %s", got, want)
	}
	call := definitions["step.call"].(map[string]any)["properties"].(map[string]any)["call"].(map[string]any)
	names := call["anyOf"].([]any)[0].(map[string]any)
	docs := names["enumDescriptions"].([]any)
	for i, name := range names["enum"].([]any) {
		_, short, _ := strings.Cut(name.(string), ".")
		if short[0] >= 'A' && short[0] <= 'Z' || docs[i] == "" {
			t.Errorf("operation %q with the description %q is offered", name, docs[i])
		}
	}
}

// tree takes objects that hold objects of their own kind, and lists of lists.
func tree() *connector.Connector {
	children := &schema.Field{Name: "children", Type: schema.List, Elem: &schema.Field{Type: schema.Object}}
	lists := &schema.Field{Name: "lists", Type: schema.List}
	lists.Elem = lists
	params := schema.MustNew(
		&schema.Field{Name: "odd name/%", Aliases: []string{"n"}, Type: schema.String, Required: true, Pattern: "^(?i)[a-z]+$"},
		children, lists,
	)
	children.Elem.Members = params
	return &connector.Connector{Name: "tree", Aliases: []string{"wood"}, Operations: []*connector.Operation{{
		Name: "tree.plant", Aliases: []string{"Plant"}, Summary: "Plant.",
		Describe: func() connector.Shape { return connector.Shape{Params: params} },
		Run:      func(context.Context, *connector.Call) (any, error) { return nil, nil },
	}}}
}

// What connectors of other programs can bring: no connection, no operation,
// objects in themselves, names and patterns that JSON Schema reads otherwise.
func TestJSONSchemaOfAnyConnector(t *testing.T) {
	v := validator(t, registryOf(t, tree(),
		&connector.Connector{Name: "empty"},
		&connector.Connector{
			Name: "mail", Family: "net",
			Connection: schema.MustNew(&schema.Field{Name: "host", Type: schema.String, Required: true}),
		},
	))
	for step, right := range map[string]bool{
		`{call: tree.plant, with: {"odd name/%": A, children: [{"odd name/%": B, children: "${ctx.c}"}]}}`: true,
		`{call: wood.Plant, with: {n: A, lists: [[], [[]]]}}`:                                              true,
		`{call: wood.Plant, with: {n: [A]}}`:                                                               false,
		`{call: tree.plant, with: {children: []}}`:                                                         false,
		`{call: tree.plant, with: {"odd name/%": A, children: [{}]}}`:                                      false,
		`{call: tree.plant, with: {"odd name/%": A}, connection: oak}`:                                     false,
		`{call: empty.plant}`: false,
	} {
		text := `{flow: t, connections: {mail: {host: a}, net: {host: b}, other: {connector: mail, host: c}}, steps: [` + step + `]}`
		if err := v.Validate(asEdited(t, []byte(text))); (err == nil) != right {
			t.Errorf("%s: %#v", text, err)
		}
	}
	none := validator(t, registryOf(t))
	if err := none.Validate(asEdited(t, []byte(`{flow: t, steps: [{set: {a: 1}}]}`))); err != nil {
		t.Errorf("a runner without connectors: %#v", err)
	}
}
