package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations"
)

// Every example of `ops` is a step that the schema for editors accepts.
func TestSchemaAcceptsExamples(t *testing.T) {
	var out, errs bytes.Buffer
	code := Command{Connectors: operations.All(), Stdout: &out, Stderr: &errs}.Run(t.Context(), []string{"schema"})
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	doc, err := jsonschema.UnmarshalJSON(&out)
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
	reg, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range reg.Operations() {
		text := "flow: example\nsteps:\n  " + strings.ReplaceAll(exampleStep(op), "\n", "\n  ") + "\n"
		var flow any
		if err := yaml.Unmarshal([]byte(text), &flow); err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(flow); err != nil {
			t.Errorf("%s: %#v\n%s", op.Name, err, text)
		}
	}
}
