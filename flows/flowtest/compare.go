package flowtest

import (
	"bytes"
	"math/big"
	"reflect"

	"github.com/medlar-flow/medlar/internal/value"
)

// equal compares values as flows do: 2 and 2.0 are equal, and a member that is
// null is as good as none.
func equal(want, got any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return false
		}
		for name := range g {
			if _, both := w[name]; !both && g[name] != nil {
				return false
			}
		}
		for name, v := range w {
			if !equal(v, g[name]) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !equal(w[i], g[i]) {
				return false
			}
		}
		return true
	default:
		return equalScalars(want, got)
	}
}

func equalScalars(want, got any) bool {
	switch w := want.(type) {
	case int64:
		if g, ok := got.(float64); ok {
			return float64(w) == g
		}
	case float64:
		if g, ok := got.(int64); ok {
			return w == float64(g)
		}
	case *big.Int:
		g, ok := got.(*big.Int)
		return ok && w.Cmp(g) == 0
	case []byte:
		g, ok := got.([]byte)
		return ok && bytes.Equal(w, g)
	case string:
		if g, ok := got.([]byte); ok {
			return w == string(g)
		}
	}
	return reflect.DeepEqual(want, got)
}

// contains is equal, but got may have further members. Bytes that hold JSON
// are compared as what they hold, where a map or a list is wanted.
func contains(want, got any) bool {
	got = decoded(want, got)
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok && len(w) > 0 {
			return false
		}
		for name, v := range w {
			if !contains(v, g[name]) {
				return false
			}
		}
		return ok || got == nil
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !contains(w[i], g[i]) {
				return false
			}
		}
		return true
	default:
		return equalScalars(want, got)
	}
}

func decoded(want, got any) any {
	text, ok := got.([]byte)
	if !ok {
		return got
	}
	switch want.(type) {
	case map[string]any, []any:
		if v, err := value.DecodeJSON(text); err == nil {
			return v
		}
	}
	return got
}

// project returns what of got is compared with want, so that a difference shows
// nothing else.
func project(want, got any) any {
	got = decoded(want, got)
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return got
		}
		out := make(map[string]any, len(w))
		for name, v := range w {
			if member, there := g[name]; there {
				out[name] = project(v, member)
			}
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return got
		}
		out := make([]any, len(w))
		for i := range w {
			out[i] = project(w[i], g[i])
		}
		return out
	default:
		return got
	}
}

// copied returns a value that shares no map or list with v.
func copied(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, member := range x {
			out[name] = copied(member)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = copied(item)
		}
		return out
	default:
		return v
	}
}
