package bind

import (
	"bytes"
	"math"
	"math/big"
)

// equal compares values by what they hold. An integer equals a number that is
// exactly as large.
func equal(a, b any) bool {
	switch x := a.(type) {
	case nil:
		return b == nil
	case int64:
		switch y := b.(type) {
		case int64:
			return x == y
		case float64:
			return compareMixed(x, y) == 0
		}
		return false
	case float64:
		switch y := b.(type) {
		case int64:
			return compareMixed(y, x) == 0
		case float64:
			return x == y
		}
		return false
	case *big.Int:
		y, ok := b.(*big.Int)
		return ok && x.Cmp(y) == 0
	case []byte:
		y, ok := b.([]byte)
		return ok && bytes.Equal(x, y)
	case []any:
		y, ok := b.([]any)
		return ok && equalLists(x, y)
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && equalMaps(x, y)
	case string:
		y, ok := b.(string)
		return ok && x == y
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	}
	n, changed := normalForm(a)
	return changed && equal(n, b)
}

func equalLists(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalMaps(a, b map[string]any) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		w, ok := b[k]
		if !ok || !equal(v, w) {
			return false
		}
	}
	return true
}

// compareMixed orders an integer and a number, which need not be the same where
// the integer as a number is that number: beyond 2^53 many integers are.
func compareMixed(i int64, f float64) int {
	switch {
	case f >= 1<<63:
		return -1
	case f < -(1 << 63):
		return 1
	}
	whole := math.Trunc(f)
	if order := compare(i, int64(whole)); order != 0 {
		return order
	}
	return compare(whole, f)
}
