package value

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// NamedTwice finds a name that stands twice in one object of JSON, at any depth: programs
// do not agree on which of the two counts. v is what DecodeJSON made of raw. The path has
// names, and the places in lists as int.
func NamedTwice(raw []byte, v any) (path []any, twice bool) {
	if names(raw) == members(v) {
		return nil, false
	}
	return FirstTwice(raw)
}

// DecodeOnce is DecodeJSON for what somebody means: a name that stands twice in one object
// is an error, which says where.
func DecodeOnce(raw []byte) (any, error) {
	v, err := DecodeJSON(raw)
	if err != nil {
		return nil, err
	}
	if path, twice := NamedTwice(raw, v); twice {
		return nil, &TwiceError{Path: path}
	}
	return v, nil
}

// TwiceError says that a name stands twice in one object of JSON.
type TwiceError struct {
	Path []any // as NamedTwice gives it
}

// Error names the place.
func (e *TwiceError) Error() string {
	var path strings.Builder
	for _, part := range e.Path {
		if name, ok := part.(string); ok && len(name) > 64 {
			part = strings.ToValidUTF8(name[:64], "") + "…"
		}
		fmt.Fprintf(&path, "/%v", part)
	}
	return fmt.Sprintf("%s is given twice: name it once", path.String())
}

// names counts the names in valid JSON: the colons that stand in no text.
func names(raw []byte) (n int) {
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case ':':
			n++
		case '"':
			for i++; raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
		}
	}
	return n
}

// members counts the names that are left where a value was made of JSON.
func members(v any) (n int) {
	switch x := v.(type) {
	case map[string]any:
		n = len(x)
		for _, member := range x {
			n += members(member)
		}
	case []any:
		for _, item := range x {
			n += members(item)
		}
	case []byte:
		n = 1 // {"$bytes": …}
	}
	return n
}

// FirstTwice is NamedTwice for JSON of which nothing was made, and that may be none: it
// looks as far as it can be read.
func FirstTwice(raw []byte) (path []any, twice bool) {
	type level struct {
		names map[string]bool // nil for a list
		name  string
		index int
		key   bool // a name is next
	}
	var open []*level
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil {
			return nil, false
		}
		var at *level
		if len(open) > 0 {
			at = open[len(open)-1]
		}
		if d, ok := token.(json.Delim); ok && (d == '}' || d == ']') {
			open = open[:len(open)-1]
			if len(open) > 0 {
				open[len(open)-1].key = true
				open[len(open)-1].index++
			}
			continue
		}
		if at != nil && at.names != nil && at.key {
			name, _ := token.(string)
			if at.name = name; at.names[name] {
				for _, l := range open {
					if l.names != nil {
						path = append(path, l.name)
					} else {
						path = append(path, l.index)
					}
				}
				return path, true
			}
			at.names[name], at.key = true, false
			continue
		}
		switch d, _ := token.(json.Delim); d {
		case '{':
			open = append(open, &level{names: map[string]bool{}, key: true})
		case '[':
			open = append(open, &level{key: true})
		default:
			if at != nil {
				at.key = true
				at.index++
			}
		}
	}
}
