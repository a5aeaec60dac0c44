package yamlfile

import (
	"bytes"
	"strings"
)

// slashes lets \/ pass, an escape of JSON that the library does not know. It is
// written as an escape of the same length that the file does not use, and
// written back in the values. Nothing else in the file moves.
type slashes struct {
	letter byte   // of the escape that stands for \/; 0 where there is none
	value  string // that the library reads for it
}

// standIns are escapes that nobody writes, with their values.
var standIns = [...]struct {
	letter byte
	value  string
}{{'v', "\v"}, {'f', "\f"}, {'a', "\a"}, {'e', "\x1b"}}

// hideSlashes returns a text without \/, and how to undo that in its values. A
// text that holds something which looks like its own stand-in is left as it is.
func hideSlashes(text []byte) ([]byte, slashes) {
	if !bytes.Contains(text, []byte(`\/`)) || writesBackslash(text) {
		return text, slashes{}
	}
	for _, s := range standIns {
		escape := []byte{'\\', s.letter}
		if !bytes.Contains(text, escape) && !bytes.Contains(text, []byte(s.value)) && !writesCode(text, s.value[0]) {
			return bytes.ReplaceAll(text, []byte(`\/`), escape), slashes{s.letter, s.value}
		}
	}
	return text, slashes{}
}

// writesBackslash reports whether a \ may be written as its code.
func writesBackslash(text []byte) bool { return writesCode(text, '\\') }

// writesCode reports whether a character may be written as \x, \u or \U.
func writesCode(text []byte, c byte) bool {
	const digits = "0123456789abcdef"
	code := string([]byte{digits[c>>4], digits[c&15]})
	lower := bytes.ToLower(text)
	for _, prefix := range []string{`\x`, `\u00`, `\u000000`} {
		if bytes.Contains(lower, []byte(prefix+code)) {
			return true
		}
	}
	return false
}

// show writes a value as the file has it, where there is a stand-in.
func (s slashes) show(value string, style Style) string {
	if style == DoubleQuoted {
		value = strings.ReplaceAll(value, s.value, "/")
	}
	return strings.ReplaceAll(value, `\`+string(s.letter), `\/`)
}
