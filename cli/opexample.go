package cli

import (
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/yamlfile"
	"github.com/medlar-flow/medlar/schema"
)

// exampleStep returns a step to copy, with a value for each required parameter.
func exampleStep(op *connector.Operation) string {
	_, short, _ := strings.Cut(op.Name, ".")
	step := []yamlfile.Entry{{Key: "id", Value: text(short)}, {Key: "call", Value: text(op.Name)}}
	if with := exampleMembers(op.Params(), maxNesting); len(with) > 0 {
		step = append(step, yamlfile.Entry{Key: "with", Value: yamlfile.MapOf(with...)})
	}
	written, err := yamlfile.Write(yamlfile.ListOf(yamlfile.MapOf(step...)))
	if err != nil {
		return "- call: " + op.Name
	}
	return strings.TrimRight(written, "\n")
}

func text(s string) yamlfile.Out {
	if strings.Contains(s, "${") {
		return yamlfile.Quoted(s)
	}
	return yamlfile.Text(s)
}

func exampleMembers(s *schema.Schema, depth int) []yamlfile.Entry {
	var m []yamlfile.Entry
	for _, f := range s.Fields() {
		if f.Required && len(f.Into) == 0 && !f.Drop {
			m = append(m, yamlfile.Entry{Key: f.Name, Value: exampleValue(f, depth-1)})
		}
	}
	return m
}

// exampleValue makes up a value that fits the field.
func exampleValue(f *schema.Field, depth int) yamlfile.Out {
	switch {
	case f.Secret:
		return text("${ctx." + nameOr(f, "secret") + "}")
	case f.Example != "":
		return parsedExample(f)
	case f.Default != nil:
		return scalarOf(f.Default)
	case len(f.Enum) > 0:
		return scalarOf(f.Enum[0])
	case f.File:
		return fileReference()
	case depth <= 0:
		return text("…")
	}
	return madeUp(f, depth)
}

// parsedExample takes the example as YAML where the field is no text.
func parsedExample(f *schema.Field) yamlfile.Out {
	if f.Type != schema.String && !strings.Contains(f.Example, "${") {
		if out, ok := yamlfile.Parsed(f.Example); ok {
			return out
		}
	}
	return text(f.Example)
}

func scalarOf(v any) yamlfile.Out {
	out, err := yamlValue(v)
	if err != nil {
		return text("…")
	}
	return out
}

func fileReference() yamlfile.Out {
	return yamlfile.MapOf(yamlfile.Entry{Key: "file", Value: text("path")}).InLine()
}

func madeUp(f *schema.Field, depth int) yamlfile.Out {
	switch f.Type {
	case schema.Integer, schema.Number:
		return scalarOf(atLeast(f, 1))
	case schema.Boolean:
		return scalarOf(true)
	case schema.Duration:
		return text("30s")
	case schema.Timestamp:
		return text("2030-01-02T03:04:05Z")
	case schema.Bytes:
		return text("aGVsbG8=")
	case schema.List:
		return yamlfile.ListOf(element(f, depth))
	case schema.Map:
		return yamlfile.MapOf(yamlfile.Entry{Key: "key", Value: element(f, depth)})
	case schema.Object:
		return yamlfile.MapOf(exampleMembers(f.Members, depth)...)
	default:
		return madeUpText(f)
	}
}

// madeUpText is a word where the field takes it, otherwise an input.
func madeUpText(f *schema.Field) yamlfile.Out {
	if _, err := f.Convert("example"); err == nil {
		return text("example")
	}
	return text("${ctx." + nameOr(f, "value") + "}")
}

func element(f *schema.Field, depth int) yamlfile.Out {
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
