// Package hexadecimal writes ids of traces as digits, eight at a time: each log line of a
// run that is traced has two.
package hexadecimal

import "encoding/binary"

// Put writes the digits of a word to the beginning of dst, in lower case.
func Put(dst []byte, word [8]byte) {
	_ = dst[15]
	v := binary.BigEndian.Uint64(word[:])
	binary.BigEndian.PutUint64(dst, digits(v>>32))
	binary.BigEndian.PutUint64(dst[8:], digits(v&0xffff_ffff))
}

// digits returns the eight digits of 32 bits, the first in the highest byte.
func digits(v uint64) uint64 {
	v = (v<<16 | v) & 0x0000ffff_0000ffff
	v = (v<<8 | v) & 0x00ff00ff_00ff00ff
	v = (v<<4 | v) & 0x0f0f0f0f_0f0f0f0f // each byte holds a digit
	letters := (v + 0x06060606_06060606) >> 4 & 0x01010101_01010101
	return v + 0x30303030_30303030 + letters*('a'-'0'-10)
}
