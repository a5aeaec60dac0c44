package cli

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// byteCount is a number of bytes as a flag has it: 1048576, 64kB, 1MB, 1MiB.
type byteCount int64

// String writes the bytes.
func (b *byteCount) String() string { return strconv.FormatInt(int64(*b), 10) }

// Type names the flag's type.
func (b *byteCount) Type() string { return "bytes" }

// Set reads a number with or without a unit.
func (b *byteCount) Set(text string) error {
	number := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	unit, ok := map[string]int64{
		"": 1, "b": 1, "kb": 1000, "mb": 1000 * 1000, "gb": 1000 * 1000 * 1000, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
	}[strings.ToLower(strings.TrimSpace(text[len(number):]))]
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !ok || n > math.MaxInt64/unit {
		return errors.New("write the bytes, such as 1048576, 1MB or 1MiB")
	}
	*b = byteCount(n * unit)
	return nil
}
