// Package uuid writes UUIDs as RFC 9562 lays them out. Where their bytes come from is
// the caller's business: chance, a clock, or a digest.
package uuid

import "github.com/medlar-flow/medlar/internal/hexadecimal"

// Text returns bytes as a UUID of a version, in the form of the RFC's section 4.
func Text(b [16]byte, version byte) string {
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	var digits [32]byte
	hexadecimal.Put(digits[:], [8]byte(b[:8]))
	hexadecimal.Put(digits[16:], [8]byte(b[8:]))
	text := [36]byte{8: '-', 13: '-', 18: '-', 23: '-'}
	copy(text[:8], digits[:8])
	copy(text[9:], digits[8:12])
	copy(text[14:], digits[12:16])
	copy(text[19:], digits[16:20])
	copy(text[24:], digits[20:])
	return string(text[:])
}
