package value

import "unicode/utf8"

// Look is one value in the text of a payload, found without decoding what
// stands around it. The zero value is null.
type Look struct {
	text []byte // from the value's first byte on, to anywhere behind it
}

// maxLooks bounds how often one payload is looked into: decoding it costs as
// much as about so many searches, and is then done for good.
const maxLooks = 8

// Look looks at what the payload holds. It is not ok, as the methods of Look
// are, where only Value can tell what comes of it, or is cheaper.
func (p *Payload) Look() (l Look, ok bool) {
	const know = isChecked | isJSON | isSimple | isDecoded
	p.IsJSON()
	if p.known.Load()&know != know&^isDecoded || p.looks.Add(1) > maxLooks {
		return Look{}, false
	}
	return Look{p.raw[skipSpace(p.raw, 0):]}, true
}

// Member looks at a member of an object: null where there is none, and in null.
func (l Look) Member(name string) (member Look, ok bool) {
	if len(l.text) == 0 || l.text[0] == 'n' {
		return Look{}, true
	}
	if l.text[0] != '{' || !isASCII(name) {
		return Look{}, false
	}
	b := l.text
	i := skipSpace(b, 1)
	for b[i] != '}' {
		start := i + 1
		i = validString(b, start)
		key := b[start : i-1]
		if !isOwnName(key) {
			return Look{}, false
		}
		i = skipSpace(b, skipSpace(b, i)+1) // the colon
		if string(key) == name {
			member.text = b[i:] // the last one of a name counts
		}
		i = skipComma(b, skipValue(b, i))
	}
	return member, true
}

// isOwnName is true of a key that stands for itself, and not in an object that
// stands for bytes.
func isOwnName(key []byte) bool {
	for _, c := range key {
		if c == '\\' {
			return false
		}
	}
	return string(key) != bytesKey
}

// Element looks at an element of a list, counted from its end where i is
// negative. It is not ok where there is none; null has null for any.
func (l Look) Element(i int64) (element Look, ok bool) {
	if len(l.text) == 0 || l.text[0] == 'n' {
		return Look{}, true
	}
	if l.text[0] != '[' {
		return Look{}, false
	}
	if i < 0 {
		i += l.elements()
	}
	b := l.text
	for at := skipSpace(b, 1); i >= 0 && b[at] != ']'; i-- {
		if i == 0 {
			return Look{b[at:]}, true
		}
		at = skipComma(b, skipValue(b, at))
	}
	return Look{}, false
}

func (l Look) elements() (n int64) {
	for at := skipSpace(l.text, 1); l.text[at] != ']'; n++ {
		at = skipComma(l.text, skipValue(l.text, at))
	}
	return n
}

// Value decodes the value as the payload's own Value has it.
func (l Look) Value() (v any, ok bool) {
	if len(l.text) == 0 {
		return nil, true
	}
	v, err := decodeValid(l.text[:skipValue(l.text, 0)], 0)
	return v, err == nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// skipValue returns what follows the value at i of text that is valid.
func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return validString(b, i+1)
	case '{', '[':
		return skipBrackets(b, i)
	case 't', 'n':
		return i + len("true")
	case 'f':
		return i + len("false")
	}
	for i < len(b) && inNumber(b[i]) {
		i++
	}
	return i
}

// skipBrackets is skipValue for an object or a list. Brackets that match are
// known to, so it only counts them.
func skipBrackets(b []byte, i int) int {
	for open := 0; ; i++ {
		switch b[i] {
		case '"':
			i = validString(b, i+1) - 1
		case '{', '[':
			open++
		case '}', ']':
			if open--; open == 0 {
				return i + 1
			}
		}
	}
}

// skipComma returns where the next member or element begins, or the bracket that
// closes.
func skipComma(b []byte, i int) int {
	if i = skipSpace(b, i); b[i] == ',' {
		return skipSpace(b, i+1)
	}
	return i
}
