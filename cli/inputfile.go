package cli

import (
	"bytes"
	"context"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/internal/yamlfile"
	"github.com/medlar-flow/medlar/schema"
)

// inputFile reads the file of --input.
func (a *app) inputFile(ctx context.Context, flow *flows.Flow, path string) (map[string]any, error) {
	src, err := a.readInput(ctx, path)
	if err != nil {
		return nil, err
	}
	if path == "-" {
		path = "standard input"
	}
	file, inputs := yamlfile.NewFile(path, src), flow.Inputs()
	if (&schema.Field{Type: schema.Object, Members: inputs}).HasSecret() {
		file.Private(inputs.Names()...)
	}
	values, wrongs := decodeInputs(file, inputs)
	if len(wrongs) > 0 {
		return nil, a.mistakes(wrongs, file.Excerpts)
	}
	return values, nil
}

// decodeInputs reads a file of inputs: a map in JSON or YAML. A plain YAML
// scalar where the schema wants text is its source text, as in a flow: 1.10
// stays 1.10.
func decodeInputs(file *yamlfile.File, inputs *schema.Schema) (map[string]any, diag.List) {
	return decodeMap(file, inputs, "inputs")
}

// decodeMap reads a file of what the word says, as decodeInputs does.
func decodeMap(file *yamlfile.File, inputs *schema.Schema, word string) (map[string]any, diag.List) {
	root, _, wrongs := file.Parse()
	switch {
	case len(wrongs) > 0:
		return nil, wrongs
	case root == nil:
		return map[string]any{}, nil
	case root.Kind != yamlfile.Map:
		d := mistake(file, root, "wrong-type", "expected a map of "+word+" (name: value)")
		d.Help = "write name: value, a line each"
		return nil, diag.List{d}
	}
	if trimmed := bytes.TrimSpace(file.Text); trimmed[0] == '{' {
		if v, err := value.DecodeJSON(trimmed); err == nil {
			if m, ok := v.(map[string]any); ok {
				return m, nil
			}
		}
	}
	r := &valueReader{file: file}
	m, _ := r.value(root, &schema.Field{Type: schema.Object, Members: inputs}).(map[string]any)
	return m, r.wrongs
}

func mistake(file *yamlfile.File, n *yamlfile.Node, rule, message string) diag.Diagnostic {
	return diag.Diagnostic{Span: file.At(n), Severity: diag.Error, Rule: rule, Message: message}
}

// valueReader turns nodes into values.
type valueReader struct {
	file   *yamlfile.File
	wrongs diag.List
}

// value reads a node; f describes it, nil where nothing is known.
func (r *valueReader) value(n *yamlfile.Node, f *schema.Field) any {
	switch n.Kind {
	case yamlfile.Map:
		m := make(map[string]any, len(n.Keys()))
		for i, key := range n.Keys() {
			m[key.Text] = r.value(n.Items()[i], f.Member(key.Text))
		}
		return m
	case yamlfile.List:
		var elem *schema.Field
		if f != nil && f.Type == schema.List {
			elem = f.Elem
		}
		list := make([]any, len(n.Items()))
		for i, item := range n.Items() {
			list[i] = r.value(item, elem)
		}
		return list
	}
	if f != nil && wantsText(f.Type) && !n.IsNull() {
		return n.Text
	}
	v, problem := n.Value()
	if problem != "" {
		r.wrongs = append(r.wrongs, mistake(r.file, n, "ambiguous-scalar", r.file.Shown(n.Text)+" "+problem))
	}
	return v
}

func wantsText(t schema.Type) bool {
	return t == schema.String || t == schema.Duration || t == schema.Timestamp || t == schema.Bytes
}
