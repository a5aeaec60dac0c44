package check

import (
	"errors"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
)

// node is a value of a YAML file with its place. Everything behind the parser
// works on nodes and never sees the YAML library.
type node struct {
	kind  nodeKind
	style nodeStyle
	line  int32 // from 1
	col   int32 // from 1, in characters
	expr  int32 // which of the file's texts with expressions this is, from 1; 0 for none
	text  string
	// keys and items are a map's keys and values, or a list's items alone.
	keys  []*node
	items []*node
}

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	listNode
	mapNode
)

type nodeStyle uint8

const (
	plainStyle nodeStyle = iota
	singleQuoted
	doubleQuoted
	literalBlock
	foldedBlock
)

// get gives the value under a key, or nil.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for i, k := range n.keys {
		if k.text == key {
			return n.items[i]
		}
	}
	return nil
}

// key gives the node of a key, or nil.
func (n *node) key(name string) *node {
	for _, k := range n.keys {
		if k.text == name {
			return k
		}
	}
	return nil
}

// without gives a map that lacks a key.
func (n *node) without(key string) *node {
	if n.key(key) == nil {
		return n
	}
	out := *n
	out.keys, out.items = nil, nil
	for i, k := range n.keys {
		if k.text != key {
			out.keys, out.items = append(out.keys, k), append(out.items, n.items[i])
		}
	}
	return &out
}

// isNull is true for a plain null, ~ or nothing at all.
func (n *node) isNull() bool {
	return n == nil || n.kind == scalarNode && n.style == plainStyle && isNullText(n.text)
}

func isNullText(text string) bool {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return true
	default:
		return false
	}
}

// scalar gives the value of a scalar that no schema claims as text. problem is
// the reason why it has none.
func (n *node) scalar() (v any, problem string) {
	if n.style != plainStyle {
		return n.text, ""
	}
	switch n.text {
	case "", "~", "null", "Null", "NULL":
		return nil, ""
	case "true", "True", "TRUE":
		return true, ""
	case "false", "False", "FALSE":
		return false, ""
	}
	return plainScalar(n.text)
}

func plainScalar(text string) (v any, problem string) {
	if first := text[0]; first > '9' || first < '+' {
		return text, "" // as most words are
	}
	digits := strings.TrimLeft(text, "+-")
	if digits == "" || len(text)-len(digits) > 1 {
		return text, ""
	}
	switch strings.ToLower(digits) {
	case ".nan", ".inf":
		return nil, "is no number that a flow can hold: leave it out, or put it in quotes"
	}
	if !isNumberLike(digits) {
		return text, ""
	}
	if n, ok := number(text); ok {
		return n, ""
	}
	if isTooLarge(digits) {
		return nil, "is beyond what a number can hold: put it in quotes if it is text"
	}
	return nil, "looks like a number but is written in a way that YAML readers disagree on: " +
		"put it in quotes if it is text, else write it in plain decimal digits"
}

// isNumberLike is true for what some YAML reader takes as a number; text that
// merely begins with digits, such as a date or an address, is not.
func isNumberLike(digits string) bool {
	if digits[0] != '.' && (digits[0] < '0' || digits[0] > '9') {
		return false
	}
	lower := strings.ToLower(digits)
	for _, prefix := range []string{"0x", "0o", "0b"} {
		if rest, ok := strings.CutPrefix(lower, prefix); ok {
			return rest != "" && (strings.Trim(rest, "0123456789abcdef_") == "" || prefix == "0x" && isFloat(lower))
		}
	}
	if !isFloat(lower) {
		return false
	}
	return strings.Trim(lower, "0123456789._e+-") == ""
}

// isFloat is true for what is a number to Go, also beyond its range.
func isFloat(digits string) bool {
	_, err := strconv.ParseFloat(strings.ReplaceAll(digits, "_", ""), 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// isTooLarge is true of a number that is none of 64 bits, such as 1e400.
func isTooLarge(digits string) bool {
	_, err := strconv.ParseFloat(digits, 64)
	return errors.Is(err, strconv.ErrRange)
}

// number reads plain decimal notation: 12, -0.5, 1e3. Leading zeros,
// underscores and a bare point are refused.
func number(text string) (any, bool) {
	v, err := value.ParseNumber(strings.TrimPrefix(text, "+"))
	return v, err == nil
}

// isPlainNonText is true for a plain scalar that YAML does not read as text.
func (n *node) isPlainNonText() bool {
	if n.text != "" && n.text[0] > '9' {
		return isYAMLWord(n.text) // as most keys are: no number
	}
	v, problem := n.scalar()
	_, isText := v.(string)
	return problem != "" || !isText
}

func isYAMLWord(text string) bool {
	switch text {
	case "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE":
		return true
	}
	return false
}
