package bind

import (
	"math/big"

	"github.com/medlar-flow/medlar/internal/value"
)

// typeName returns the type of a value as flows spell it.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case int, int64:
		return "integer"
	case *big.Int:
		return "integer beyond 64 bits"
	case float64:
		return "number"
	case string:
		return "string"
	case []byte:
		return "bytes"
	case []any:
		return "list"
	case map[string]any:
		return "map"
	}
	return "value of an unknown type"
}

// withArticle puts a or an before a type's name.
func withArticle(name string) string {
	switch name {
	case "null", "any", "bytes":
		return name
	case "integer", "object", "integer beyond 64 bits", "integer or string":
		return "an " + name
	}
	return "a " + name
}

// normalForm turns what is no plain value of flows into one.
func normalForm(v any) (n any, changed bool) {
	switch x := v.(type) {
	case nil, bool, int64, float64, string, []byte, []any, map[string]any, *big.Int:
		return v, false
	case *value.Payload:
		return x.Value(), true
	}
	n, err := value.Normalize(v)
	return n, err == nil
}

// opened returns what a payload holds; what lies in lists and maps stays.
func opened(v any) any {
	if p, ok := v.(*value.Payload); ok {
		return p.Value()
	}
	return v
}

// settle makes sure that a result is a value of flows at its top. What is
// inside came from Vars or was made here.
func settle(v any) (any, *EvalError) {
	switch x := v.(type) {
	case nil, bool, int64, float64, string, []byte, []any, map[string]any, *big.Int, *value.Payload:
		return v, nil
	case int:
		return int64(x), nil
	}
	n, err := value.Normalize(v)
	if err != nil {
		return nil, &EvalError{Message: "the result is not a value of a flow"}
	}
	return n, nil
}
