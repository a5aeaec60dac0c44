package schema

import (
	"math/big"
	"reflect"

	"github.com/medlar-flow/medlar/internal/value"
)

// hop leads from a value to one in it: a member, or an element of a list.
type hop struct {
	name    string
	index   int
	element bool
}

// path is the way to a value. It is spelt only where there is something to say
// of the value.
type path struct {
	near [8]hop // takes no memory of its own
	far  []hop
	n    int
}

func (t *path) enter(s hop) {
	if t.n < len(t.near) {
		t.near[t.n] = s
	} else {
		t.far = append(t.far[:t.n-len(t.near)], s)
	}
	t.n++
}

func (t *path) leave() { t.n-- }

// hop returns one of the hops.
func (t *path) hop(i int) *hop {
	if i < len(t.near) {
		return &t.near[i]
	}
	return &t.far[i-len(t.near)]
}

// spelling returns the way as a path: "routingConfig.weights[2]".
func (t *path) spelling() string {
	path := ""
	for i := range t.n {
		if s := t.hop(i); s.element {
			path += indexText(s.index)
		} else {
			path = joinPath(path, s.name)
		}
	}
	return path
}

// kept reports whether converting v gave v back: an equal scalar, or a container
// that is still the same storage.
func kept(v, n any) bool {
	switch x := v.(type) {
	case string:
		text, ok := n.(string)
		return ok && text == x
	case int64, float64, bool, *big.Int, *value.Payload:
		return n == v
	case []byte:
		b, ok := n.([]byte)
		return ok && sameStorage(x, b)
	case []any:
		list, ok := n.([]any)
		return ok && sameStorage(x, list)
	case map[string]any:
		m, ok := n.(map[string]any)
		return ok && reflect.ValueOf(m).UnsafePointer() == reflect.ValueOf(x).UnsafePointer()
	default:
		return v == nil && n == nil
	}
}

// sameStorage is true of two slices with the same elements. An empty one is
// none.
func sameStorage[T any](a, b []T) bool {
	return len(a) == len(b) && (a == nil) == (b == nil) && (len(a) == 0 || &a[0] == &b[0])
}
