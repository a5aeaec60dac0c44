package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// decodeInputs reads a file of inputs: a map in JSON or YAML. A plain YAML
// scalar where the schema wants text is its source text, as in a flow: 1.10
// stays 1.10.
func decodeInputs(src []byte, inputs *schema.Schema) (map[string]any, error) {
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	trimmed := bytes.TrimSpace(src)
	switch {
	case len(trimmed) == 0:
		return map[string]any{}, nil
	case !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0:
		return nil, errors.New("expected YAML or JSON, found bytes that are no text")
	}
	if trimmed[0] == '{' {
		if v, err := value.DecodeJSON(trimmed); err == nil {
			return asInputs(v)
		}
	}
	root, err := parseYAML(src)
	if err != nil {
		return nil, err
	}
	if root == nil {
		return map[string]any{}, nil
	}
	r := &yamlReader{budget: len(src) + aliasBudget}
	v, err := r.value(root, &schema.Field{Type: schema.Object, Members: inputs}, 0)
	if err != nil {
		return nil, err
	}
	return asInputs(v)
}

func asInputs(v any) (map[string]any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("expected a map of inputs (name: value)")
	}
	return m, nil
}

func parseYAML(src []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, nil // comments alone
	case err != nil:
		return nil, fmt.Errorf("expected YAML or JSON: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if decoder.Decode(&second) == nil {
		return nil, fmt.Errorf("line %d: a second document; inputs are one map", second.Line)
	}
	if len(document.Content) == 0 {
		return nil, nil
	}
	return document.Content[0], nil
}

// The bounds of what a file may expand to: values that aliases repeat, and
// levels.
const (
	aliasBudget = 100_000
	maxDepth    = 100
)

// yamlReader turns nodes into values. budget is how many values there may
// still be; without aliases a file has fewer than it has bytes.
type yamlReader struct{ budget int }

// value reads a node; f describes it, nil where nothing is known.
func (r *yamlReader) value(n *yaml.Node, f *schema.Field, depth int) (any, error) {
	r.budget--
	switch {
	case r.budget < 0:
		return nil, fmt.Errorf("line %d: too many values", n.Line)
	case depth > maxDepth:
		return nil, fmt.Errorf("line %d: nested deeper than %d levels", n.Line, maxDepth)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return r.value(n.Alias, f, depth+1)
	case yaml.MappingNode:
		return r.mapping(n, f, depth)
	case yaml.SequenceNode:
		return r.list(n, f, depth)
	default:
		return scalar(n, f)
	}
}

func (r *yamlReader) mapping(n *yaml.Node, f *schema.Field, depth int) (any, error) {
	m := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge":
			return nil, fmt.Errorf("line %d: a key must be text", key.Line)
		case has(m, key.Value):
			return nil, fmt.Errorf("line %d: the key %q is there twice", key.Line, key.Value)
		}
		v, err := r.value(n.Content[i+1], memberOf(f, key.Value), depth+1)
		if err != nil {
			return nil, err
		}
		m[key.Value] = v
	}
	return m, nil
}

func (r *yamlReader) list(n *yaml.Node, f *schema.Field, depth int) (any, error) {
	var elem *schema.Field
	if f != nil && f.Type == schema.List {
		elem = f.Elem
	}
	list := make([]any, len(n.Content))
	for i, item := range n.Content {
		v, err := r.value(item, elem, depth+1)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

func has(m map[string]any, key string) bool {
	_, ok := m[key]
	return ok
}

// memberOf gives the description of a member of what f describes.
func memberOf(f *schema.Field, name string) *schema.Field {
	switch {
	case f == nil:
		return nil
	case f.Type == schema.Map:
		return f.Elem
	default:
		return f.Members.Field(name)
	}
}

func scalar(n *yaml.Node, f *schema.Field) (any, error) {
	plain := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	if n.Style&yaml.TaggedStyle != 0 {
		return nil, fmt.Errorf("line %d: tags such as %s are not used here", n.Line, n.Tag)
	}
	switch {
	case n.Tag == "!!null":
		return nil, nil
	case !plain || f != nil && wantsText(f.Type):
		return n.Value, nil
	}
	switch n.Tag {
	case "!!bool":
		return n.Value == "true" || n.Value == "True" || n.Value == "TRUE", nil
	case "!!int", "!!float":
		return number(n)
	default: // text, also what YAML 1.1 takes for a timestamp
		if isForeignNumber(n.Value) {
			return number(n)
		}
		return n.Value, nil
	}
}

// isForeignNumber is true of a number that the YAML library takes as text: one
// beyond 64 bits, such as 1e400, and one in hexadecimal with an exponent.
func isForeignNumber(text string) bool {
	digits := strings.TrimLeft(text, "+-")
	if digits == "" || strings.IndexByte("0123456789.", digits[0]) < 0 {
		return false
	}
	_, err := strconv.ParseFloat(digits, 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

func wantsText(t schema.Type) bool {
	return t == schema.String || t == schema.Duration || t == schema.Timestamp || t == schema.Bytes
}

// number accepts what JSON accepts: 012, 0x1f and .inf would mean something
// else to each reader.
func number(n *yaml.Node) (any, error) {
	digits := strings.TrimLeft(n.Value, "+-")
	if len(digits) > 1 && digits[0] == '0' && !strings.ContainsAny(digits[1:2], ".eE") {
		return nil, fmt.Errorf("line %d: %s is not a decimal number; put it in quotes if it is text", n.Line, n.Value)
	}
	v, err := value.ParseNumber(n.Value)
	if err != nil {
		return nil, fmt.Errorf("line %d: %s is not a number that can be used; put it in quotes if it is text", n.Line, n.Value)
	}
	return v, nil
}
