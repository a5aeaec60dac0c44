package yamlfile

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/internal/regex"
)

// Out is a value to be written. It is made by the functions below; the zero
// value is null.
type Out struct{ node *yaml.Node }

// Text returns a text, in quotes where it needs some.
func Text(s string) Out {
	n := &yaml.Node{}
	n.SetString(s)
	if otherThanText.Get().MatchString(s) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return Out{n}
}

// otherThanText matches what readers of YAML 1.1 take for a boolean or for a
// number to the base of 60.
var otherThanText = regex.Late{Text: `^(?i:y|n|yes|no|on|off)$|^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`}

// Quoted returns a text that is written in double quotes.
func Quoted(s string) Out {
	n := &yaml.Node{}
	n.SetString(s)
	n.Style = yaml.DoubleQuotedStyle
	return Out{n}
}

// Literally returns a scalar that is written as it stands: a number, true, null.
func Literally(text string) Out {
	return Out{&yaml.Node{Kind: yaml.ScalarNode, Value: text}}
}

// ListOf returns a list.
func ListOf(items ...Out) Out {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, item := range items {
		n.Content = append(n.Content, item.orNull())
	}
	return Out{n}
}

// Entry is a key of a map with its value.
type Entry struct {
	// Key is the key's text.
	Key string
	// Value is what stands under it.
	Value Out
}

// MapOf returns a map whose keys keep their order.
func MapOf(entries ...Entry) Out {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, e := range entries {
		n.Content = append(n.Content, Text(e.Key).node, e.Value.orNull())
	}
	return Out{n}
}

// InLine returns a list or map that is written in one line.
func (o Out) InLine() Out {
	n := *o.orNull()
	n.Style |= yaml.FlowStyle
	return Out{&n}
}

// Parsed returns the value that a text in YAML stands for; ok is false where it
// is none.
func Parsed(text string) (out Out, ok bool) {
	var n yaml.Node
	if yaml.Unmarshal([]byte(text), &n) != nil || len(n.Content) != 1 {
		return Out{}, false
	}
	return Out{n.Content[0]}, true
}

func (o Out) orNull() *yaml.Node {
	if o.node == nil {
		return Literally("null").node
	}
	return o.node
}

// Write returns a value as YAML with a line break at its end.
func Write(o Out) (string, error) {
	var b strings.Builder
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(o.orNull()); err != nil {
		return "", fmt.Errorf("writing YAML: %w", err)
	}
	return b.String(), nil
}
