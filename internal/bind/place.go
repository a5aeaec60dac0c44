package bind

import "github.com/expr-lang/expr/file"

// source is the text of one expression and where it stands. It turns the
// places of expr, which counts characters of the expression, into bytes of the
// whole text.
type source struct {
	src   string
	base  int
	bytes []int32 // where each character begins; nil until asked for, and for ASCII
	wide  bool    // src has characters of more than one byte
}

func newSource(src string, base int) source {
	s := source{src: src, base: base}
	for i := range len(src) {
		if src[i] >= 0x80 {
			s.wide = true
			break
		}
	}
	return s
}

// span returns the place in the text. Nodes without one get the expression's.
func (s *source) span(loc file.Location) (off, length int) {
	from, to := s.offset(loc.From), s.offset(loc.To)
	if to <= from {
		start, end := trimSpace(s.src)
		return s.base + start, end - start
	}
	return s.base + from, to - from
}

func (s *source) offset(char int) int {
	if !s.wide {
		return min(char, len(s.src))
	}
	if s.bytes == nil {
		for i := range s.src {
			s.bytes = append(s.bytes, int32(i))
		}
	}
	if char < len(s.bytes) {
		return int(s.bytes[char])
	}
	return len(s.src)
}

// problemAt reports a problem of a node's own token.
func (r *rewriter) problemAt(loc file.Location, rule, message, help string) {
	off, length := r.span(loc)
	r.report(off, length, rule, message, help)
}

// byteOffset returns where the character with this number begins.
func byteOffset(s string, char int) int {
	n := 0
	for i := range s {
		if n == char {
			return i
		}
		n++
	}
	return len(s)
}
