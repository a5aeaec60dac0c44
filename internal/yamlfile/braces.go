package yamlfile

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// bracesInBraces finds {{ name }} without quotes, which YAML reads as a map whose
// key is a map, and which was meant as an expression.
func bracesInBraces(n *yaml.Node) (inner string, ok bool) {
	if n.Style&yaml.FlowStyle == 0 || len(n.Content) != 2 {
		return "", false
	}
	key, value := n.Content[0], n.Content[1]
	if key.Kind != yaml.MappingNode || key.Style&yaml.FlowStyle == 0 || value.Kind != yaml.ScalarNode || value.Value != "" {
		return "", false
	}
	if len(key.Content) == 2 && key.Content[0].Kind == yaml.ScalarNode && key.Content[1].Value == "" {
		inner = key.Content[0].Value
	}
	return inner, true
}

// braces reports {{ name }}.
func (p *parser) braces(n *yaml.Node, inner string) *Node {
	name := "ctx.NAME"
	if root, _, dotted := strings.Cut(inner, "."); inner != "" && !p.file.private && strings.Trim(inner, nameBytes) == "" {
		switch {
		case !dotted:
			name = "ctx." + inner
		case root == "ctx" || root == "steps" || root == "secrets" || root == "env":
			name = inner
		}
	}
	p.fail(n.Line, n.Column, "{{", "key-not-text", `write an expression in quotes: "${`+name+`}"`, "{{ }} is a map in a map for YAML, and no expression")
	out := p.add(n.Line, n.Column)
	out.Broken = true
	return out
}

const nameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
