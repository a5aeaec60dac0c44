package schema

import (
	"errors"
	"math"
	"strings"
	"time"
)

var errDuration = errors.New("the text is not a duration such as 1m30s or 90d")

// ParseDuration reads a duration as flows write it: Go's notation, before
// which days of 24 hours may stand, such as 90d, -1d12h and 1.5d. The error
// does not hold the text.
func ParseDuration(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		d, err := time.ParseDuration(text)
		if err != nil {
			return 0, errDuration
		}
		return d, nil
	}
	negative := strings.HasPrefix(days, "-")
	days = strings.TrimPrefix(strings.TrimPrefix(days, "-"), "+")
	if strings.Trim(days, "0123456789.") != "" {
		return 0, errDuration
	}
	whole, err := unsigned(days + "h") // an hour for each day
	if err != nil || whole > math.MaxInt64/24 {
		return 0, errDuration
	}
	total := whole * 24
	if rest != "" {
		d, err := unsigned(rest)
		if err != nil || d > math.MaxInt64-total {
			return 0, errDuration
		}
		total += d
	}
	if negative {
		total = -total
	}
	return total, nil
}

// unsigned reads Go's notation without a sign.
func unsigned(text string) (time.Duration, error) {
	if text[0] == '-' || text[0] == '+' {
		return 0, errDuration
	}
	return time.ParseDuration(text)
}
