package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// shellWords returns the words of a line as every shell of Unix reads them. A line
// that shells do not read alike is an error, so that what pages show can be pasted:
// what a shell would take for its own stands between single quotes.
func shellWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	begun, inQuotes := false, false
	for _, c := range line {
		switch {
		case c == '\'':
			begun, inQuotes = true, !inQuotes
		case inQuotes:
			word.WriteRune(c)
		case c == ' ':
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		case strings.ContainsRune("[]{}()<>*?!$&|;\"`\\~#^", c):
			return nil, fmt.Errorf("a shell takes %q for its own: put the word between single quotes", c)
		default:
			begun = true
			word.WriteRune(c)
		}
	}
	switch {
	case inQuotes:
		return nil, fmt.Errorf("a quote is not closed")
	case begun:
		words = append(words, word.String())
	}
	return words, nil
}

func TestShellWords(t *testing.T) {
	for line, want := range map[string][]string{
		"runner run  flow.yaml":                       {"runner", "run", "flow.yaml"},
		`runner -i 'orders=[{"number": 17}]' --local`: {"runner", "-i", `orders=[{"number": 17}]`, "--local"},
		`runner -i name='' `:                          {"runner", "-i", "name="},
		`runner -i orders=[1]`:                        nil,
		`runner -i order={"a":"b"}`:                   nil,
		`runner -i name="Ada"`:                        nil,
		`runner -i 'name=Ada`:                         nil,
		`runner run x.yaml | jq .id`:                  nil,
	} {
		if got, err := shellWords(line); !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%s: %q, %v", line, got, err)
		}
	}
}
