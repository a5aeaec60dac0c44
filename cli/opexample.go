package cli

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// exampleStep gives a step to copy, with a value for each required parameter.
func exampleStep(op *connector.Operation) string {
	_, short, _ := strings.Cut(op.Name, ".")
	step := &yaml.Node{Kind: yaml.MappingNode}
	set(step, "id", text(short))
	set(step, "call", text(op.Name))
	if with := exampleMembers(op.Params(), maxNesting); len(with.Content) > 0 {
		set(step, "with", with)
	}
	var b strings.Builder
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{step}}); err != nil {
		return "- call: " + op.Name
	}
	return strings.TrimRight(b.String(), "\n")
}

func set(m *yaml.Node, key string, value *yaml.Node) {
	m.Content = append(m.Content, text(key), value)
}

func text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	if strings.Contains(s, "${") {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func exampleMembers(s *schema.Schema, depth int) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range s.Fields() {
		if f.Required && len(f.Into) == 0 && !f.Drop {
			set(m, f.Name, exampleValue(f, depth-1))
		}
	}
	return m
}

// exampleValue makes up a value that fits the field.
func exampleValue(f *schema.Field, depth int) *yaml.Node {
	switch {
	case f.Secret:
		return text("${ctx." + nameOr(f, "secret") + "}")
	case f.Example != "":
		return parsedExample(f)
	case f.Default != nil:
		return scalarNode(f.Default)
	case len(f.Enum) > 0:
		return scalarNode(f.Enum[0])
	case f.File:
		return fileNode()
	case depth <= 0:
		return text("…")
	}
	return madeUp(f, depth)
}

// parsedExample takes the example as YAML where the field is no text.
func parsedExample(f *schema.Field) *yaml.Node {
	var n yaml.Node
	if f.Type == schema.String || strings.Contains(f.Example, "${") || yaml.Unmarshal([]byte(f.Example), &n) != nil || len(n.Content) != 1 {
		return text(f.Example)
	}
	return n.Content[0]
}

func scalarNode(v any) *yaml.Node {
	n, err := yamlNode(v)
	if err != nil {
		return text("…")
	}
	return n
}

func fileNode() *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	set(n, "file", text("path"))
	return n
}

func madeUp(f *schema.Field, depth int) *yaml.Node {
	switch f.Type {
	case schema.Integer, schema.Number:
		return scalarNode(atLeast(f, 1))
	case schema.Boolean:
		return scalarNode(true)
	case schema.Duration:
		return text("30s")
	case schema.Timestamp:
		return text("2030-01-02T03:04:05Z")
	case schema.Bytes:
		return text("aGVsbG8=")
	case schema.List:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		n.Content = append(n.Content, element(f, depth))
		return n
	case schema.Map:
		n := &yaml.Node{Kind: yaml.MappingNode}
		set(n, "key", element(f, depth))
		return n
	case schema.Object:
		return exampleMembers(f.Members, depth)
	default:
		return madeUpText(f)
	}
}

// madeUpText is a word where the field takes it, otherwise an input.
func madeUpText(f *schema.Field) *yaml.Node {
	if _, err := f.Convert("example"); err == nil {
		return text("example")
	}
	return text("${ctx." + nameOr(f, "value") + "}")
}

func element(f *schema.Field, depth int) *yaml.Node {
	if f.Elem == nil {
		return text("value")
	}
	return exampleValue(f.Elem, depth-1)
}

func atLeast(f *schema.Field, n int64) int64 {
	if f.Minimum != nil && float64(n) < *f.Minimum {
		return int64(*f.Minimum)
	}
	return n
}

func nameOr(f *schema.Field, otherwise string) string {
	if f.Name == "" {
		return otherwise
	}
	return f.Name
}
