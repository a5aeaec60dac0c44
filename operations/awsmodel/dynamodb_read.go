package awsmodel

import (
	"math/big"
	"strconv"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// plainItems turns the attributes of a result into plain values.
func (o *operation) plainItems(result map[string]any) {
	if o.model.Output == model.None {
		return
	}
	for _, m := range o.service.model.Shapes[o.model.Output].Members {
		name := capital(m.Name)
		result[name] = o.plainValue(result[name], m.Shape)
	}
}

func (o *operation) plainValue(v any, index int) any {
	s := &o.service.model.Shapes[index]
	if isAttribute(s) {
		return fromAttribute(v)
	}
	switch x := v.(type) {
	case map[string]any:
		if s.Kind == model.Map {
			for k, e := range x {
				x[k] = o.plainValue(e, s.Elem().Shape)
			}
			return x
		}
		for i := range s.Members {
			name := capital(s.Members[i].Name)
			if e, ok := x[name]; ok {
				x[name] = o.plainValue(e, s.Members[i].Shape)
			}
		}
	case []any:
		for i, e := range x {
			x[i] = o.plainValue(e, s.Elem().Shape)
		}
	}
	return v
}

// fromAttribute returns the plain value of an attribute.
func fromAttribute(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for tag, content := range m {
		if content == nil {
			continue
		}
		switch x := content.(type) {
		case map[string]any:
			out := make(map[string]any, len(x))
			for k, e := range x {
				out[k] = fromAttribute(e)
			}
			return out
		case []any:
			return fromList(tag, x)
		case string:
			if tag == "N" {
				return fromNumber(x)
			}
		case bool:
			if tag == "NULL" {
				return nil
			}
		}
		return content
	}
	return nil
}

func fromList(tag string, l []any) any {
	out := make([]any, len(l))
	for i, e := range l {
		switch text, _ := e.(string); tag {
		case "L":
			out[i] = fromAttribute(e)
		case "NS":
			out[i] = fromNumber(text)
		default:
			out[i] = e
		}
	}
	return out
}

// fromNumber returns a number as an integer where it is one, as a number where
// that has the same digits, else as text.
func fromNumber(text string) any {
	if len(text) > value.MaxDigits {
		return text
	}
	if n, ok := new(big.Int).SetString(text, 10); ok {
		if n.IsInt64() {
			return n.Int64()
		}
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err == nil && (strconv.FormatFloat(f, 'g', -1, 64) == text || strconv.FormatFloat(f, 'f', -1, 64) == text) {
		return f
	}
	return text
}
