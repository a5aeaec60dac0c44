package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/internal/yamlfile"
)

// encodeResult returns a value as text with sorted keys. The format is json,
// yaml, raw or none.
func encodeResult(v any, format string) (string, error) {
	switch format {
	case "none":
		return "", nil
	case "yaml":
		return encodeYAML(v)
	case "raw":
		return encodeRaw(v)
	default:
		return encodeJSON(v)
	}
}

// encodeRaw returns text as it is, on lines that end, and bytes as they are.
func encodeRaw(v any) (string, error) {
	switch x := v.(type) {
	case *value.Payload:
		return encodeRaw(x.Value())
	case []byte:
		return string(x), nil
	case string:
		if !strings.HasSuffix(x, "\n") {
			x += "\n"
		}
		return x, nil
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
	out, err := yamlValue(v)
	if err != nil {
		return "", err
	}
	return yamlfile.Write(out)
}

// yamlValue keeps what a YAML library would change: the digits of large
// integers, and bytes as JSON has them.
func yamlValue(v any) (yamlfile.Out, error) {
	switch x := v.(type) {
	case map[string]any:
		entries := make([]yamlfile.Entry, 0, len(x))
		for _, key := range value.SortedKeys(x) {
			out, err := yamlValue(x[key])
			if err != nil {
				return yamlfile.Out{}, err
			}
			entries = append(entries, yamlfile.Entry{Key: key, Value: out})
		}
		return yamlfile.MapOf(entries...), nil
	case []any:
		items := make([]yamlfile.Out, len(x))
		for i, item := range x {
			var err error
			if items[i], err = yamlValue(item); err != nil {
				return yamlfile.Out{}, err
			}
		}
		return yamlfile.ListOf(items...), nil
	case []byte:
		return yamlValue(map[string]any{"$bytes": base64.StdEncoding.EncodeToString(x)})
	case string:
		return yamlfile.Text(x), nil
	default:
		text, err := value.EncodeJSON(x)
		return yamlfile.Literally(string(text)), err
	}
}
