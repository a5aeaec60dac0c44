package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/internal/value"
)

// encodeResult gives a value as text with sorted keys. The format is json,
// yaml or none.
func encodeResult(v any, format string) (string, error) {
	switch format {
	case "none":
		return "", nil
	case "yaml":
		return encodeYAML(v)
	default:
		return encodeJSON(v)
	}
}

func encodeJSON(v any) (string, error) {
	compact, err := value.EncodeJSON(v)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", "  "); err != nil {
		return "", fmt.Errorf("indenting JSON: %w", err)
	}
	b.WriteByte('\n')
	return b.String(), nil
}

func encodeYAML(v any) (string, error) {
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	node, err := yamlNode(v)
	if err != nil {
		return "", err
	}
	if err := encoder.Encode(node); err != nil {
		return "", fmt.Errorf("encoding YAML: %w", err)
	}
	return b.String(), nil
}

// yamlNode keeps what yaml.v3 would change: the digits of large integers, and
// bytes as JSON has them.
func yamlNode(v any) (*yaml.Node, error) {
	switch x := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, key := range value.SortedKeys(x) {
			if err := appendNodes(n, key, x[key]); err != nil {
				return nil, err
			}
		}
		return n, nil
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		return n, appendNodes(n, x...)
	case []byte:
		return yamlNode(map[string]any{"$bytes": base64.StdEncoding.EncodeToString(x)})
	case string:
		n := &yaml.Node{}
		n.SetString(x)
		return n, nil
	default:
		text, err := value.EncodeJSON(x)
		return &yaml.Node{Kind: yaml.ScalarNode, Value: string(text)}, err
	}
}

func appendNodes(n *yaml.Node, values ...any) error {
	for _, v := range values {
		child, err := yamlNode(v)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, child)
	}
	return nil
}
