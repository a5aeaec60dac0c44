package cli

import (
	"errors"
	"slices"
	"strings"
)

// choice is the value of a flag that takes one of a few words.
type choice struct {
	value string
	of    []string
}

func newChoice(value string, of ...string) *choice { return &choice{value: value, of: of} }

// String returns the word chosen.
func (c *choice) String() string { return c.value }

// Type returns the words, as the help shows them.
func (c *choice) Type() string { return strings.Join(c.of, "|") }

// Set chooses a word.
func (c *choice) Set(text string) error {
	if !slices.Contains(c.of, text) {
		last := len(c.of) - 1
		return errors.New("choose " + strings.Join(c.of[:last], ", ") + " or " + c.of[last])
	}
	c.value = text
	return nil
}
