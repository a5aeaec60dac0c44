package http1_test

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/operations/internal/http1"
)

// Every character is looked at, wherever it stands, and none is taken for another one.
func TestHoldsControl(t *testing.T) {
	for length := range 20 {
		for at := range length {
			for c := range 256 {
				for _, beside := range []string{"x", "\t", "\xff", " "} {
					text := strings.Repeat(beside, at) + string([]byte{byte(c)}) + strings.Repeat(beside, length-at-1)
					want := c < ' ' && c != '\t' || c == 0x7f
					if got := http1.HoldsControl(text); got != want {
						t.Fatalf("%q: %t", text, got)
					}
				}
			}
		}
	}
}
