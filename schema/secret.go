package schema

import (
	"fmt"
	"io"
)

// Secret is text that is never shown: every way of printing it gives "***".
// Use it as the type of a struct field that holds a password or a token, and
// Reveal where the plain text is really needed.
//
// Two places see it by its kind, so keep it out of them: an unexported field
// of a struct that is printed whole, and the key of a map. go vet finds the two
// verbs that do, %p and %w.
type Secret string

// Masked stands wherever a secret would be seen.
const Masked = "***"

// Reveal returns the plain text.
func (s Secret) Reveal() string { return string(s) }

// String returns "***".
func (Secret) String() string { return Masked }

// Format writes "***" for every verb, also %x and %#v.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Masked) }

// MarshalText returns "***", so that no encoder writes the text.
func (Secret) MarshalText() ([]byte, error) { return []byte(Masked), nil }
