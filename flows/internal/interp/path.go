package interp

import "strconv"

// stepPath names a step: "/smoke[17]/answer". Its text is made when somebody
// wants it, since most steps run without anybody asking for their names.
type stepPath struct {
	base string // of the loop, or of the flow around the block
	nth  int64  // number of the iteration, from 1; 0 outside of one
	rel  string // of the step below that
}

// iterationPath is the path of iteration i, from 0, of the loop at base.
func iterationPath(base string, i int64) stepPath { return stepPath{base: base, nth: i + 1} }

// step returns the path of a step of the block whose path p is.
func (p stepPath) step(rel string) stepPath {
	p.rel = rel
	return p
}

// String returns the path as text.
func (p stepPath) String() string {
	switch {
	case p.nth == 0 && p.rel == "":
		return p.base
	case p.nth == 0 && p.base == "":
		return p.rel
	}
	var buf [96]byte
	return string(p.appendTo(buf[:0]))
}

func (p stepPath) appendTo(dst []byte) []byte {
	dst = append(dst, p.base...)
	if p.nth > 0 {
		dst = append(strconv.AppendInt(append(dst, '['), p.nth-1, 10), ']')
	}
	return append(dst, p.rel...)
}
