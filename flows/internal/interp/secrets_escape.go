package interp

import (
	"encoding/hex"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// view is a text whose escapes are read, with where each of its bytes comes
// from.
type view struct {
	text       string
	start, end []int // of what stands for a byte, in the text that people see
}

func plainView(text string) *view {
	v := &view{text: text, start: make([]int, len(text)), end: make([]int, len(text))}
	for i := range len(text) {
		v.start[i], v.end[i] = i, i+1
	}
	return v
}

// unescaped returns the view behind one more layer of escapes; nil where there
// is none.
func (v *view) unescaped() *view {
	out := &view{start: make([]int, 0, len(v.text)), end: make([]int, 0, len(v.text))}
	var b strings.Builder
	changed := false
	for i := 0; i < len(v.text); {
		plain, n := escapeAt(v.text[i:])
		if n == 0 {
			plain, n = v.text[i:i+1], 1
		} else {
			changed = true
		}
		b.WriteString(plain)
		for range len(plain) {
			out.start, out.end = append(out.start, v.start[i]), append(out.end, v.end[i+n-1])
		}
		i += n
	}
	if !changed {
		return nil
	}
	out.text = b.String()
	return out
}

// unescapedText is view.unescaped for who asks only whether something is there.
func unescapedText(text string) (plain string, changed bool) {
	var b strings.Builder
	kept := 0
	for i := 0; i < len(text); {
		one, n := escapeAt(text[i:])
		if n == 0 {
			i++
			continue
		}
		b.WriteString(text[kept:i] + one)
		i += n
		kept = i
	}
	if kept == 0 {
		return text, false
	}
	return b.String() + text[kept:], true
}

// hasEscape is true where a text can hold an escape.
func hasEscape[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c == '\\' || c == '%' || c == '&' {
			return true
		}
	}
	return false
}

// escapeAt reads the escape that a text begins with: of JSON and of most
// languages, of URLs, or of HTML and XML. n is its length, 0 where there is
// none.
func escapeAt(text string) (plain string, n int) {
	if len(text) < 2 {
		return "", 0
	}
	switch text[0] {
	case '%':
		return hexEscape(text, 1)
	case '&':
		return entity(text)
	case '\\':
		return backslash(text)
	}
	return "", 0
}

// hexEscape reads two hex digits behind a prefix.
func hexEscape(text string, prefix int) (plain string, n int) {
	if len(text) < prefix+2 {
		return "", 0
	}
	b, err := hex.DecodeString(text[prefix : prefix+2])
	if err != nil {
		return "", 0
	}
	return string(b), prefix + 2
}

// maxEntity is the length of an entity that is worth reading: no character that
// needs one has a longer name.
const maxEntity = 10

func entity(text string) (plain string, n int) {
	end := strings.IndexByte(text[:min(len(text), maxEntity)], ';')
	if end < 0 {
		return "", 0
	}
	if plain = html.UnescapeString(text[:end+1]); plain == text[:end+1] {
		return "", 0
	}
	return plain, end + 1
}

var shortEscapes = map[byte]string{
	'n': "\n", 't': "\t", 'r': "\r", 'b': "\b", 'f': "\f", '"': `"`, '\\': `\`, '/': "/", '\'': "'",
}

func backslash(text string) (plain string, n int) {
	switch text[1] {
	case 'x':
		return hexEscape(text, 2)
	case 'u':
		return unicodeEscape(text)
	}
	if plain, ok := shortEscapes[text[1]]; ok {
		return plain, 2
	}
	return "", 0
}

// unicodeEscape reads \uXXXX, or two that are one character.
func unicodeEscape(text string) (plain string, n int) {
	const length = len(`\u0000`)
	first, ok := codeUnit(text)
	if !ok {
		return "", 0
	}
	if utf16.IsSurrogate(first) {
		second, ok := codeUnit(text[length:])
		if r := utf16.DecodeRune(first, second); ok && r != utf8.RuneError {
			return string(r), 2 * length
		}
	}
	return string(first), length
}

func codeUnit(text string) (r rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(text[2:6], 16, 16)
	return rune(n), err == nil
}

// variants are the forms in which a secret can stand in a text whose escapes
// are read.
func variants(secret string) []string {
	forms := []string{secret, strings.ReplaceAll(secret, " ", "+"), hex.EncodeToString([]byte(secret))}
	forms = append(forms, strings.ToUpper(forms[2]))
	for _, enc := range base64s {
		for offset := range 3 {
			forms = append(forms, base64Core(enc, secret, offset))
		}
	}
	// What holds escapes itself is read with those around it.
	plain, changed := unescapedText(secret)
	for n := 0; n < maxEscapes && changed && len(plain) >= MinSecret; n++ {
		forms = append(forms, plain)
		plain, changed = unescapedText(plain)
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// lines returns the lines of a secret of several, such as a key in PEM, that are
// long enough to be found. What only says where a key begins is none.
func lines(secret string) []string {
	if !strings.Contains(secret, "\n") {
		return nil
	}
	var found []string
	for line := range strings.Lines(secret) {
		line = strings.TrimSpace(line)
		if len(line) >= MinSecret && !strings.HasPrefix(line, "-----") {
			found = append(found, line)
		}
	}
	return found
}
