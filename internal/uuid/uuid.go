// Package uuid writes UUIDs as RFC 9562 lays them out. Where their bytes come from is
// the caller's business: chance, a clock, or a digest.
package uuid

import "encoding/hex"

// Text returns bytes as a UUID of a version, in the form of the RFC's section 4.
func Text(b [16]byte, version byte) string {
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	text := [36]byte{8: '-', 13: '-', 18: '-', 23: '-'}
	hex.Encode(text[:8], b[:4])
	hex.Encode(text[9:], b[4:6])
	hex.Encode(text[14:], b[6:8])
	hex.Encode(text[19:], b[8:10])
	hex.Encode(text[24:], b[10:])
	return string(text[:])
}
