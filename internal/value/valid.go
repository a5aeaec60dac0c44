package value

import (
	"encoding/json"
	"math/bits"
)

// outermost is where no bracket is open. A bracket that is open is one bit
// behind it, the innermost one last: set for {, clear for [.
const outermost uint64 = 1

// maxPlain bounds a number that fits into a float64 for certain, where it has
// no exponent: in characters.
const maxPlain = 300

// validJSON is json.Valid, several times as fast: what is passed on unread is
// looked at just once, and should cost little more than that.
func validJSON(b []byte) bool {
	valid, _ := checkJSON(b)
	return valid
}

// checkJSON is validJSON, and says of valid text whether it is simple: whether
// decoding cannot fail, as it does where a value nests deep or a number is
// beyond all. It is not simple for certain where there is an exponent.
func checkJSON(b []byte) (valid, simple bool) {
	open := outermost
	simple = true
	for i := skipSpace(b, 0); uint(i) < uint(len(b)); {
		switch c := b[i]; c {
		case '"':
			i = validString(b, i+1)
		case '{', '[':
			if bits.LeadingZeros64(open) == 0 {
				return json.Valid(b), false // they nest deeper than there are bits
			}
			if i = skipSpace(b, i+1); i < len(b) && b[i] == c+2 { // } and ] stand two behind { and [
				i++
				break
			}
			if open <<= 1; c == '{' {
				open |= 1
				i = validKey(b, i)
			}
			continue
		case 't':
			i = validWord(b, i, "true")
		case 'f':
			i = validWord(b, i, "false")
		case 'n':
			i = validWord(b, i, "null")
		default:
			i, simple = checkNumber(b, i, simple)
		}
		for { // the value has ended, and maybe what it is in
			if i = skipSpace(b, i); uint(i) >= uint(len(b)) {
				return i == len(b) && open == outermost, simple
			}
			if open == outermost {
				return false, false
			}
			c := b[i]
			i++
			if c == ',' {
				if i = skipSpace(b, i); open&1 != 0 {
					i = validKey(b, i)
				}
				break
			}
			if c != ']'+byte(open&1)*('}'-']') {
				return false, false
			}
			open >>= 1
		}
	}
	return false, false
}

// IsJSONDocument is true for JSON text that is one object or list.
func IsJSONDocument(text []byte) bool { return opensBracket(text) && validJSON(text) }

// opensBracket tells of JSON text whether it is an object or a list.
func opensBracket(text []byte) bool {
	i := skipSpace(text, 0)
	return i < len(text) && (text[i] == '{' || text[i] == '[')
}

// validKey returns where the value of the key at i may begin. Like all that
// follow it gives -1 where there is no such thing at i, which may be behind the
// end, or -1.
func validKey(b []byte, i int) int {
	if uint(i) >= uint(len(b)) || b[i] != '"' {
		return -1
	}
	i = skipSpace(b, validString(b, i+1))
	if uint(i) >= uint(len(b)) || b[i] != ':' {
		return -1
	}
	return skipSpace(b, i+1)
}

func validWord(b []byte, i int, word string) int {
	if len(b) < i+len(word) || string(b[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

// validNumber returns the end of the number at i: RFC 8259, section 6.
func validNumber(b []byte, i int) int {
	end, _ := checkNumber(b, i, true)
	return end
}

// checkNumber is validNumber, and says whether text that was simple so far still
// is: whether the number fits into a float64 for certain.
func checkNumber(b []byte, i int, simple bool) (end int, still bool) {
	end = plainNumber(b, i)
	if uint(end) < uint(len(b)) && b[end]|0x20 == 'e' {
		return validExponent(b, end+1), false
	}
	return end, simple && end-i <= maxPlain
}

// plainNumber is validNumber up to an exponent.
func plainNumber(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	whole := skipDigits(b, i)
	if whole == i || b[i] == '0' && whole > i+1 {
		return -1
	}
	if whole >= len(b) || b[whole] != '.' {
		return whole
	}
	end := skipDigits(b, whole+1)
	if end == whole+1 {
		return -1
	}
	return end
}

// validExponent returns the end of the exponent whose e stands before i.
func validExponent(b []byte, i int) int {
	if i < len(b) && (b[i] == '+' || b[i] == '-') {
		i++
	}
	end := skipDigits(b, i)
	if end == i {
		return -1
	}
	return end
}
