package value

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// MaxDigits is how many digits an integer may have that is read. The time that
// reading one takes grows with the square of their number: a few bytes for each
// of which nobody waits, and minutes for a few megabytes of digits.
const MaxDigits = 10_000

// ErrDigits is of an integer that has more than MaxDigits digits.
var ErrDigits = fmt.Errorf("a number has more than %d digits: it can only be passed on as text", MaxDigits)

// ParseNumber reads a JSON number: an int64 where it is one, a *big.Int where
// it is a larger integer, else a float64. It fails where a float64 cannot hold
// its size, with ErrDigits for an integer that is too long, and for text that is
// no JSON number.
func ParseNumber(text string) (any, error) {
	if text == "" || validNumber([]byte(text), 0) != len(text) {
		return nil, fmt.Errorf("%q is not a number", shortened(text))
	}
	return parseNumber(text)
}

// parseNumber is ParseNumber for text that is known to be a JSON number.
func parseNumber(text string) (any, error) {
	if !strings.ContainsAny(text, ".eE") {
		i, err := strconv.ParseInt(text, 10, 64)
		switch {
		case err == nil:
			return i, nil
		case len(strings.TrimPrefix(text, "-")) > MaxDigits:
			return nil, ErrDigits
		}
		if b, ok := new(big.Int).SetString(text, 10); ok {
			return b, nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("%q is not a number that fits into 64 bits", shortened(text))
	}
	return f, nil
}

// shortened returns the beginning of a text that is long.
func shortened(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// ParseInteger reads an integer of any length in decimal digits, with a sign or
// without. Earlier versions have recorded such as ParseNumber does not read any
// more. Its time grows less than with the square of the length.
func ParseInteger(text string) (*big.Int, bool) {
	digits := strings.TrimLeft(text, "+-")
	if digits == "" || len(text)-len(digits) > 1 || strings.Trim(digits, "0123456789") != "" {
		return nil, false
	}
	n := byHalves(digits, map[int]*big.Int{})
	if text[0] == '-' {
		n.Neg(n)
	}
	return n, true
}

// byHalves reads digits; powers are those of ten that were needed.
func byHalves(digits string, powers map[int]*big.Int) *big.Int {
	if len(digits) <= MaxDigits {
		n, _ := new(big.Int).SetString(digits, 10)
		return n
	}
	low := len(digits) / 2
	power := powers[low]
	if power == nil {
		power = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(low)), nil)
		powers[low] = power
	}
	n := byHalves(digits[:len(digits)-low], powers)
	return n.Add(n.Mul(n, power), byHalves(digits[len(digits)-low:], powers))
}
