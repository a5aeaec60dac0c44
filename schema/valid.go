package schema

import (
	"encoding/binary"
	"math/bits"
)

// maxNesting is how deep lists and objects may nest in JSON, as encoding/json
// has it.
const maxNesting = 10_000

// validJSON is json.Valid, several times as fast: what is passed on unread is
// looked at just once, and should cost little more than that.
func validJSON(b []byte) bool {
	var few [64]byte
	open := few[:0] // the brackets around
	for i := 0; ; {
		var begins bool
		if i, begins = validValue(b, skipSpace(b, i), len(open)); i < 0 {
			return false
		}
		if begins {
			open = append(open, b[i])
			if i = skipSpace(b, i+1); open[len(open)-1] == '{' {
				i = validKey(b, i)
			}
			if i < 0 {
				return false
			}
			continue
		}
		if open, i = closeBrackets(b, open, skipSpace(b, i)); i < 0 {
			return false
		}
		if len(open) == 0 {
			return i == len(b)
		}
	}
}

// IsJSONDocument is true for JSON text that is one object or list.
func IsJSONDocument(text []byte) bool {
	i := skipSpace(text, 0)
	return i < len(text) && (text[i] == '{' || text[i] == '[') && validJSON(text)
}

// validValue gives the end of the value at i, -1 where there is none. begins is
// true for a list or object that is not empty; i then stays.
func validValue(b []byte, i, depth int) (end int, begins bool) {
	if i >= len(b) {
		return -1, false
	}
	switch c := b[i]; c {
	case '"':
		return validString(b, i+1), false
	case '{', '[':
		if depth == maxNesting {
			return -1, false
		}
		next := skipSpace(b, i+1)
		if next < len(b) && b[next] == c+2 { // } and ] stand two behind { and [
			return next + 1, false
		}
		return i, true
	case 't':
		return validWord(b, i, "true"), false
	case 'f':
		return validWord(b, i, "false"), false
	case 'n':
		return validWord(b, i, "null"), false
	default:
		return validNumber(b, i), false
	}
}

// closeBrackets goes over what may follow a value: brackets that close, and a
// comma before the next value.
func closeBrackets(b, open []byte, i int) (left []byte, next int) {
	for len(open) > 0 {
		top := open[len(open)-1]
		switch {
		case i >= len(b):
			return open, -1
		case b[i] == ',' && top == '{':
			return open, validKey(b, skipSpace(b, i+1))
		case b[i] == ',':
			return open, i + 1
		case b[i] != top+2:
			return open, -1
		}
		open = open[:len(open)-1]
		i = skipSpace(b, i+1)
	}
	return open, i
}

// validKey gives where the value of the key at i may begin.
func validKey(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	if i = validString(b, i+1); i < 0 {
		return -1
	}
	if i = skipSpace(b, i); i >= len(b) || b[i] != ':' {
		return -1
	}
	return i + 1
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// validString gives what follows the string whose first character is at i.
func validString(b []byte, i int) int {
	for {
		if i = plainEnd(b, i); i >= len(b) || b[i] < ' ' {
			return -1
		}
		if b[i] == '"' {
			return i + 1
		}
		if i = validEscape(b, i+1); i < 0 {
			return -1
		}
	}
}

// plainEnd gives the first quote, backslash or control character from i on. It
// looks at eight bytes at once.
func plainEnd(b []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		found := ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*' ')&^x) & highs
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}

// validEscape gives what follows the escape whose letter is at i.
func validEscape(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		if len(b) < i+5 {
			return -1
		}
		for _, c := range b[i+1 : i+5] {
			if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				return -1
			}
		}
		return i + 5
	}
	return -1
}

func validWord(b []byte, i int, word string) int {
	if len(b) < i+len(word) || string(b[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

// validNumber gives the end of the number at i: RFC 8259, section 6.
func validNumber(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	whole := skipDigits(b, i)
	if whole == i || b[i] == '0' && whole > i+1 {
		return -1
	}
	i = whole
	if i < len(b) && b[i] == '.' {
		end := skipDigits(b, i+1)
		if end == i+1 {
			return -1
		}
		i = end
	}
	if i >= len(b) || b[i]|0x20 != 'e' {
		return i
	}
	if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
		i++
	}
	end := skipDigits(b, i)
	if end == i {
		return -1
	}
	return end
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}
