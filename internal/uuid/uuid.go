// Package uuid writes UUIDs as RFC 9562 lays them out. Where their bytes come from is
// the caller's business: chance, a clock, or a digest.
package uuid

import "github.com/medlar-flow/medlar/internal/hexadecimal"

// Size is how long a UUID is as text, and Bytes how many bytes it is.
const (
	Size  = 36
	Bytes = 16
)

// Text returns bytes as a UUID of a version, in the form of the RFC's section 4.
func Text(b [Bytes]byte, version byte) string {
	var text [Size]byte
	put(text[:], b, version)
	return string(text[:])
}

// mostTexts is how many UUIDs Texts writes without a buffer of its own.
const mostTexts = 8

// Texts returns bytes as UUIDs of a version, one behind the other, each of [Size].
func Texts(b []byte, version byte) string {
	var room [mostTexts * Size]byte
	text := room[:0]
	for ; len(b) >= Bytes; b = b[Bytes:] {
		text = append(text, make([]byte, Size)...)
		put(text[len(text)-Size:], [Bytes]byte(b), version)
	}
	return string(text)
}

// put writes a UUID over the beginning of text.
func put(text []byte, b [Bytes]byte, version byte) {
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	var digits [2 * Bytes]byte
	hexadecimal.Put(digits[:], [8]byte(b[:8]))
	hexadecimal.Put(digits[16:], [8]byte(b[8:]))
	copy(text, digits[:8])
	copy(text[9:], digits[8:12])
	copy(text[14:], digits[12:16])
	copy(text[19:], digits[16:20])
	copy(text[24:Size], digits[20:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
}
