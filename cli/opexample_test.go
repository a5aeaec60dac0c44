package cli

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations"
)

// Every example of `ops` is a step that the check accepts, beside inputs for
// what it leaves open.
func TestExamplesCheck(t *testing.T) {
	all := operations.All()
	reg, err := connector.NewRegistry(all...)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range reg.Operations() {
		t.Run(op.Name, func(t *testing.T) {
			text := "flow: example\n" + inputsOf(op) + "steps:\n  " + strings.ReplaceAll(exampleStep(op), "\n", "\n  ") + "\n"
			files := fstest.MapFS{"example.yaml": {Data: []byte(text)}, "path": {Data: []byte("content")}}
			flow, err := flows.Load(files, "example.yaml", reg)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if w := flow.Warnings(); w != nil {
				t.Errorf("%v\n%s", w, text)
			}
		})
	}
}

// inputsOf declares the inputs that an example refers to.
func inputsOf(op *connector.Operation) string {
	var b strings.Builder
	for _, f := range op.Params().Fields() {
		if f.Required && strings.Contains(exampleStep(op), "${ctx."+f.Name+"}") {
			kind := "string"
			if f.Secret {
				kind = "secret"
			}
			b.WriteString("  " + f.Name + ": {type: " + kind + ", required: true}\n")
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "inputs:\n" + b.String()
}
