package event

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// decodeJSON reads a body of JSON, in which no name stands twice.
func decodeJSON(raw []byte) (any, *report.Problem) {
	v, err := value.DecodeJSON(raw)
	unread := err != nil || !utf8.Valid(raw)
	if unread || hasPairs(raw) {
		if p := notJSON(raw); p != nil {
			return nil, p
		}
	}
	if unread {
		return nil, bad("NotJSON", "the body is not JSON that can be read", asJSON)
	}
	if names(raw) == members(v) {
		return v, nil
	}
	if pointer, twice := givenTwice(raw); twice {
		p := bad("GivenTwice", "a name stands twice in one object", "")
		p.Errors = []report.ProblemError{{Detail: "it is given twice", Pointer: pointer, Help: "send it once"}}
		return nil, p
	}
	return v, nil
}

// hasPairs reports whether JSON can have halves of characters: \ud83d and its kind.
func hasPairs(raw []byte) bool {
	return bytes.Contains(raw, []byte(`\ud`)) || bytes.Contains(raw, []byte(`\uD`))
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

// givenTwice looks for a name that stands twice in one object of valid JSON.
func givenTwice(raw []byte) (pointer string, twice bool) {
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
			return "", false
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
				var path []string
				for _, l := range open {
					path = append(path, pointerPart(l.names != nil, l.name, l.index))
				}
				return "#" + strings.Join(path, ""), true
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
