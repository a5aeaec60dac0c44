package value

import (
	"math/big"

	"github.com/google/go-cmp/cmp"
)

type (
	text   string
	raw    []byte
	secret string
)

func (secret) MarshalText() ([]byte, error) { return []byte("***"), nil }

func ptr[T any](v T) *T { return &v }

func huge() *big.Int { return new(big.Int).Lsh(big.NewInt(1), 70) }

var bigIntegers = cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })

// magnitude is a number as a float64.
func magnitude(v any) (float64, bool) {
	switch x := v.(type) {
	case int64:
		return float64(x), true
	case float64:
		return x, x == x
	case *big.Int:
		f, _ := new(big.Float).SetInt(x).Float64()
		return f, true
	}
	return 0, false
}
