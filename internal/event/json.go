package event

import (
	"bytes"
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
	if path, twice := value.NamedTwice(raw, v); twice {
		var pointer strings.Builder
		for _, part := range path {
			name, named := part.(string)
			index, _ := part.(int)
			pointer.WriteString(pointerPart(named, name, index))
		}
		p := bad("GivenTwice", "a name stands twice in one object", "")
		p.Errors = []report.ProblemError{{Detail: "it is given twice", Pointer: "#" + pointer.String(), Help: "send it once"}}
		return nil, p
	}
	return v, nil
}

// hasPairs reports whether JSON can have halves of characters: \ud83d and its kind.
func hasPairs(raw []byte) bool {
	return bytes.Contains(raw, []byte(`\ud`)) || bytes.Contains(raw, []byte(`\uD`))
}
