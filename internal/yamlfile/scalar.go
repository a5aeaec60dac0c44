package yamlfile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
)

func isNullText(text string) bool {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return true
	default:
		return false
	}
}

// Value returns the value of a scalar that no schema claims as text: nil, a
// bool, int64, float64, json.Number or string. problem is the reason why it has
// none.
func (n *Node) Value() (v any, problem string) {
	if n.Style != Plain {
		return n.Text, ""
	}
	switch n.Text {
	case "", "~", "null", "Null", "NULL":
		return nil, ""
	case "true", "True", "TRUE":
		return true, ""
	case "false", "False", "FALSE":
		return false, ""
	}
	return plainScalar(n.Text)
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
		return nil, "is no number that can be used: leave it out, or put it in quotes"
	}
	if !isNumberLike(digits) {
		return text, ""
	}
	n, err := value.ParseNumber(strings.TrimPrefix(text, "+"))
	if err == nil {
		return n, ""
	}
	if errors.Is(err, value.ErrDigits) {
		return nil, fmt.Sprintf("has more than %d digits: put it in quotes if it is text", value.MaxDigits)
	}
	if isTooLarge(digits) {
		return nil, "is beyond what a number can hold: put it in quotes if it is text"
	}
	return nil, "looks like a number but is written in a way that YAML readers disagree on: " +
		"put it in quotes if it is text, else write it in plain decimal digits"
}

// isNumberLike reports whether some YAML reader takes the text as a number. Text
// that merely begins with digits, such as a date or an address, is not.
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

// isFloat reports whether this is a number to Go, also beyond its range.
func isFloat(digits string) bool {
	_, err := strconv.ParseFloat(strings.ReplaceAll(digits, "_", ""), 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// isTooLarge reports whether a number does not fit into 64 bits, such as 1e400.
func isTooLarge(digits string) bool {
	_, err := strconv.ParseFloat(digits, 64)
	return errors.Is(err, strconv.ErrRange)
}

func isInteger(digits string) bool { return strings.Trim(digits, "0123456789") == "" }

// isPlainNonText reports whether this is a plain scalar that YAML does not read as text.
func (n *Node) isPlainNonText() bool {
	if n.Text != "" && n.Text[0] > '9' {
		return isYAMLWord(n.Text) // as most keys are: no number
	}
	v, problem := n.Value()
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
