package value

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// errOther is why decoding is left to encoding/json, which says what is wrong.
var errOther = errors.New("left to encoding/json")

// decoder reads a JSON text that is known to be valid, in one pass.
type decoder struct {
	text string
	at   int
}

// decodeValid returns the value of a valid JSON text as decodeJSON does. It fails
// where there may be something to say of the value.
func decodeValid(src []byte, depth int) (any, error) {
	d := decoder{text: string(src)} // which the texts of the value share
	return d.value(depth)
}

func (d *decoder) value(depth int) (any, error) {
	if depth > MaxDepth {
		return nil, errOther
	}
	d.space()
	switch d.text[d.at] {
	case '{':
		return d.object(depth)
	case '[':
		return d.list(depth)
	case '"':
		return d.str()
	case 't':
		d.at += len("true")
		return true, nil
	case 'f':
		d.at += len("false")
		return false, nil
	case 'n':
		d.at += len("null")
		return nil, nil
	}
	return d.number()
}

func (d *decoder) number() (any, error) {
	if n, ok := d.short(); ok {
		return n, nil
	}
	start := d.at
	for d.at < len(d.text) && inNumber(d.text[d.at]) {
		d.at++
	}
	n, err := parseNumber(d.text[start:d.at])
	if err != nil {
		return nil, errOther
	}
	return n, nil
}

// short reads an integer that fits for certain. It is not ok, and goes nowhere,
// where the number is another one.
func (d *decoder) short() (n int64, ok bool) {
	const most = 18 // digits
	i := d.at
	negative := d.text[i] == '-'
	if negative {
		i++
	}
	for end := min(len(d.text), i+most); i < end && d.text[i]-'0' <= 9; i++ {
		n = 10*n + int64(d.text[i]-'0')
	}
	if i < len(d.text) && inNumber(d.text[i]) {
		return 0, false
	}
	if d.at = i; negative {
		n = -n
	}
	return n, true
}

// inNumber is true for what a number of valid JSON has in it, not for what can
// follow one.
func inNumber(c byte) bool { return c-'0' <= 9 || c == '.' || c|0x20 == 'e' || c == '+' || c == '-' }

func (d *decoder) space() {
	for d.at < len(d.text) && d.text[d.at] <= ' ' {
		d.at++
	}
}

// ends goes over a comma, or over the bracket that closes; it is true there.
func (d *decoder) ends(bracket byte) bool {
	d.space()
	c := d.text[d.at]
	d.at++
	return c == bracket
}

// empty goes over the opening bracket, and is true where the closing one
// follows.
func (d *decoder) empty(bracket byte) bool {
	d.at++
	d.space()
	if d.text[d.at] != bracket {
		return false
	}
	d.at++
	return true
}

func (d *decoder) list(depth int) (any, error) {
	out := []any{}
	if d.empty(']') {
		return out, nil
	}
	for {
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if d.ends(']') {
			return out, nil
		}
	}
}

func (d *decoder) object(depth int) (any, error) {
	out := map[string]any{}
	if d.empty('}') {
		return out, nil
	}
	for {
		d.space()
		key, err := d.str()
		if err != nil {
			return nil, err
		}
		d.space()
		d.at++ // the colon
		if out[key], err = d.value(depth + 1); err != nil {
			return nil, err
		}
		if d.ends('}') {
			return asBytes(out), nil
		}
	}
}

// asBytes returns the bytes that {"$bytes": base64} stands for, and any other map
// as it is.
func asBytes(m map[string]any) any {
	if len(m) != 1 {
		return m
	}
	if text, ok := m[bytesKey].(string); ok {
		if b, err := base64.StdEncoding.DecodeString(text); err == nil {
			return b
		}
	}
	return m
}

// str reads a text. One with escapes, or that is not UTF-8, is left to
// encoding/json.
func (d *decoder) str() (string, error) {
	start := d.at + 1
	if end := asciiEnd(d.text, start); d.text[end] == '"' {
		d.at = end + 1
		return d.text[start:end], nil
	}
	plain := true
	for d.at++; d.text[d.at] != '"'; d.at++ {
		if d.text[d.at] == '\\' {
			plain = false
			d.at++
		}
	}
	text := d.text[start:d.at]
	d.at++
	if plain && utf8.ValidString(text) {
		return text, nil
	}
	var decoded string
	err := json.Unmarshal([]byte(d.text[start-1:d.at]), &decoded)
	return decoded, err
}
