package value

import (
	"fmt"
	"math/big"
	"unicode/utf8"
)

// The bounds of what Brief keeps of a value.
const (
	briefText    = 300 // characters of a text, or digits of a number
	briefMembers = 20  // members of a map, items of a list
	briefDepth   = 6   // levels
	briefAll     = 200 // texts, numbers, members and items together
)

// Brief returns a value shortened for people: long texts are cut, long lists and
// maps lose their ends, and what lies deep is left out, each with a "…" that
// says so. Bytes become text that tells their number. What is short stays as it
// is, shared with v; the result encodes to some tens of kilobytes at most.
func Brief(v any) any {
	left := briefAll
	return brief(v, briefDepth, &left)
}

func brief(v any, depth int, left *int) any {
	*left--
	switch x := v.(type) {
	case *Payload:
		return brief(x.Value(), depth, left)
	case string:
		return briefly(x)
	case []byte:
		return fmt.Sprintf("… %d bytes", len(x))
	case *big.Int:
		if x.BitLen() > 4*briefText {
			return fmt.Sprintf("… a number of %d bits", x.BitLen())
		}
	case map[string]any:
		return briefMap(x, depth, left)
	case []any:
		return briefList(x, depth, left)
	}
	return v
}

// mostText is how much of a text that somebody wrote for people is shown, in bytes.
const mostText = 16 << 10

// Cut returns a text for people, such as a message, without its end where it has
// more than 16 KiB, and says how much that was.
func Cut(text string) string {
	if len(text) <= mostText {
		return text
	}
	at := mostText
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	return fmt.Sprintf("%s… %d bytes more", text[:at], len(text)-at)
}

// CutAll cuts the fields of a log line, in the map that it is given: each text is cut,
// and what has more than a thousand elements, or as much text, is shortened as Brief
// does. It returns the map, an empty one for none.
func CutAll(fields map[string]any) map[string]any {
	const most = 1000
	for name, v := range fields {
		text, isText := v.(string)
		switch {
		case isText && len(text) > mostText:
			fields[name] = Cut(text)
		case !isText && HasMoreParts(v, most):
			fields[name] = Brief(v)
		}
	}
	if fields == nil {
		fields = map[string]any{}
	}
	return fields
}

func briefly(text string) string {
	if len(text) <= briefText || utf8.RuneCountInString(text) <= briefText {
		return text
	}
	n := 0
	for i := range text {
		if n == briefText {
			return text[:i] + "…"
		}
		n++
	}
	return text
}

func briefMap(m map[string]any, depth int, left *int) any {
	if depth == 0 && len(m) > 0 {
		return fmt.Sprintf("… %d inside", len(m))
	}
	out := make(map[string]any, min(len(m), briefMembers)+1)
	names := SortedKeys(m)
	for i, name := range names {
		if i == briefMembers || *left <= 0 {
			out["…"] = fmt.Sprintf("%d more", len(names)-i)
			break
		}
		out[briefly(name)] = brief(m[name], depth-1, left)
	}
	return out
}

func briefList(list []any, depth int, left *int) any {
	if depth == 0 && len(list) > 0 {
		return fmt.Sprintf("… %d inside", len(list))
	}
	out := make([]any, 0, min(len(list), briefMembers)+1)
	for i, item := range list {
		if i == briefMembers || *left <= 0 {
			return append(out, fmt.Sprintf("… %d more", len(list)-i))
		}
		out = append(out, brief(item, depth-1, left))
	}
	return out
}
