package bind

import (
	"errors"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
)

// path is a reference and the members selected from it.
type path struct {
	slot int
	segs []segment
}

// eval walks the path. A member of null is null, as is a missing key.
func (p *path) eval(v Vars) (any, *EvalError) {
	cur := v.Load(p.slot, len(p.segs) == 0)
	for i := 0; i < len(p.segs); i++ {
		if x, ok := cur.(*value.Payload); ok {
			if found, ok := lookInto(x, p.segs[i:]); ok {
				return found, nil
			}
			cur = x.Value()
		}
		next, err := p.segs[i].apply(cur)
		if err != nil {
			return nil, &EvalError{Offset: p.segs[i].off, Length: p.segs[i].len, Message: err.Error()}
		}
		cur = next
	}
	return settle(cur)
}

func (s *segment) apply(v any) (any, error) {
	if s.kind == byName {
		return selectName(v, s.name)
	}
	return selectIndex(v, int64(s.index))
}

func selectName(v any, name string) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return x[name], nil
	case *value.Payload:
		if found, ok := memberOf(x, name); ok {
			return found, nil
		}
	}
	n, changed := normalForm(v)
	if !changed {
		return nil, errors.New(withArticle(typeName(v)) + " has no members")
	}
	return selectName(n, name)
}

var errIndex = errors.New("list index out of range")

// selectIndex counts from the end of the list where i is negative.
func selectIndex(v any, i int64) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case []any:
		if i < 0 {
			i += int64(len(x))
		}
		if i < 0 || i >= int64(len(x)) {
			return nil, errIndex
		}
		return x[i], nil
	case *value.Payload:
		if found, ok := elementOf(x, i); ok {
			return found, nil
		}
	}
	n, changed := normalForm(v)
	if !changed {
		return nil, errors.New(withArticle(typeName(v)) + " has no elements")
	}
	return selectIndex(n, i)
}

// isWord is true for what looks like a name and is none.
func isWord(name string) bool {
	switch name {
	case "true", "false", "nil", "null", "not", "in", "or", "and", "matches", "contains",
		"startsWith", "endsWith", "let", "if", "else":
		return true
	}
	return false
}

// scanPath reads src as a plain path, appending to segs. base is src's place
// in the text. Whatever needs more than a glance is left to expr.
func scanPath(segs []segment, src string, base int) ([]segment, bool) {
	start, end := trimSpace(src)
	i := scanName(src, start, end)
	if i == start || isWord(src[start:i]) {
		return nil, false
	}
	segs = append(segs, segment{name: src[start:i], off: base + start, len: i - start})
	for i < end {
		var s segment
		var ok bool
		if s, i, ok = scanSegment(src, i, end, base); !ok {
			return nil, false
		}
		segs = append(segs, s)
	}
	return segs, true
}

func scanSegment(src string, i, end, base int) (segment, int, bool) {
	if strings.HasPrefix(src[i:end], "?.") {
		i++
	}
	switch src[i] {
	case '.':
		start := i + 1
		if start < end && src[start] == '[' {
			return scanBracket(src, start, end, base)
		}
		i = scanName(src, start, end)
		return segment{name: src[start:i], off: base + start, len: i - start}, i, i > start
	case '[':
		return scanBracket(src, i, end, base)
	}
	return segment{}, 0, false
}

func scanBracket(src string, i, end, base int) (segment, int, bool) {
	i++
	n := strings.IndexByte(src[i:end], ']')
	if n < 2 && (n < 1 || src[i] < '0' || src[i] > '9') {
		return segment{}, 0, false
	}
	in := src[i : i+n]
	s := segment{off: base + i, len: n}
	if q := in[0]; q == '"' || q == '\'' {
		s.name = in[1 : n-1]
		ok := in[n-1] == q && isPlainKey(s.name, q)
		return s, i + n + 1, ok
	}
	index, err := strconv.Atoi(in)
	s.kind, s.index = byIndex, index
	return s, i + n + 1, err == nil && (in[0] == '-' || in[0] >= '0')
}

// isPlainKey is true for a quoted name that expr would read as it stands.
func isPlainKey(key string, quote byte) bool {
	for i := range len(key) {
		if c := key[i]; c < ' ' || c >= 0x7f || c == '\\' || c == quote {
			return false
		}
	}
	return true
}

func trimSpace(s string) (start, end int) {
	end = len(s)
	for start < end && isSpace(s[start]) {
		start++
	}
	for end > start && isSpace(s[end-1]) {
		end--
	}
	return start, end
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// scanName returns the end of the name that begins at i.
func scanName(s string, i, end int) int {
	for start := i; i < end; i++ {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
		if !letter && (c < '0' || c > '9' || i == start) {
			break
		}
	}
	return i
}
