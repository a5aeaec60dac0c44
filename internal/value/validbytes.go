package value

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// The functions of this file look at eight bytes at once: repeated(c) is a word
// of eight c, and a word of findings has the high bit set of each byte that was
// looked for. Those in front of the first are clear for certain; behind it a
// borrow can set any.
const (
	repeated = 0x0101010101010101 // times a byte
	highBits = 0x80 * repeated
)

// validString returns what follows the string whose first character is at i.
func validString(b []byte, i int) int {
	for i <= len(b)-8 {
		found := endsPlain(binary.LittleEndian.Uint64(b[i:]))
		if found == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(found) / 8
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			if i = validEscape(b, i+1); i < 0 {
				return -1
			}
		default:
			return -1
		}
	}
	return validEnd(b, i)
}

// endsPlain finds quotes, backslashes and control characters. Flipping the bit
// of 2 puts the quote right behind the control characters and keeps these
// together, so that one subtraction finds both; bytes beyond ASCII are none.
func endsPlain(x uint64) uint64 {
	quotesAndControls := (x ^ 2*repeated) - ('"'^2+1)*repeated
	slashes := (x ^ '\\'*repeated) - repeated
	return (quotesAndControls | slashes) &^ x & highBits
}

// asciiEnd returns the first byte of a text, from i on, that does not stand as it
// is in a JSON string, or is beyond ASCII.
func asciiEnd(s string, i int) int {
	for ; i <= len(s)-8; i += 8 {
		x := wordOf(s[i : i+8])
		if found := endsPlain(x) | x&highBits; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' && s[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// wordOf returns the first eight bytes of a text, which the compiler loads at
// once.
func wordOf(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// validEnd is validString for the last bytes.
func validEnd(b []byte, i int) int {
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return -1
		case c == '\\':
			if i = validEscape(b, i+1); i < 0 {
				return -1
			}
		default:
			i++
		}
	}
	return -1
}

// escapes are the letters of an escape of one letter.
var escapes = [256]bool{'"': true, '\\': true, '/': true, 'b': true, 'f': true, 'n': true, 'r': true, 't': true}

// validEscape returns what follows the escape whose letter is at i.
func validEscape(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	if escapes[b[i]] {
		return i + 1
	}
	if b[i] != 'u' || len(b) < i+5 {
		return -1
	}
	for _, c := range b[i+1 : i+5] {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return -1
		}
	}
	return i + 5
}

// skipSpace returns the first byte from i on that is no white space.
func skipSpace(b []byte, i int) int {
	if uint(i) < uint(len(b)) && b[i] <= ' ' {
		return skipIndent(b, i)
	}
	return i
}

// skipIndent is skipSpace where there may be a line break with many spaces
// behind. It stays a call so that skipSpace, mostly one comparison, does not.
//
//go:noinline
func skipIndent(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		for i++; i <= len(b)-8; i += 8 {
			if other := binary.LittleEndian.Uint64(b[i:]) ^ ' '*repeated; other != 0 {
				i += bits.TrailingZeros64(other) / 8
				break
			}
		}
	}
	return i
}

// skipDigits returns the first byte from i on that is no digit.
func skipDigits(b []byte, i int) int {
	for ; i <= len(b)-8; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:]) ^ '0'*repeated // digits are 0 to 9
		if found := (x&^highBits + (0x80-10)*repeated | x) & highBits; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}
