// Package visible shows what people cannot see in a text: characters that turn its
// direction, and so let it read as something else than it says. It is for what is shown
// alone, not for what is stored, sent or exported.
package visible

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// Text writes the characters that turn the direction of a text as JSON would escape them:
// \u202e.
func Text(text string) string {
	if !strings.ContainsFunc(text, turns) {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		write(&out, r)
	}
	return out.String()
}

// Line is Text for a terminal, on one line: control characters become spaces.
func Line(text string) string { return controlled(text, false) }

// Lines is Line, and keeps the ends of lines.
func Lines(text string) string { return controlled(text, true) }

func controlled(text string, lines bool) string {
	return strings.Map(func(r rune) rune {
		if (r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0)) && (r != '\n' || !lines) {
			return ' '
		}
		return r
	}, Text(text))
}

// Turned reports whether there are such characters in a text.
func Turned(text []byte) bool { return bytes.ContainsFunc(text, turns) }

// HTML is Text for what people read of a page: its texts, and neither the attributes of
// elements nor the content of text areas, which a form sends back.
func HTML(page string) string {
	if !strings.ContainsFunc(page, turns) {
		return page
	}
	var out strings.Builder
	for page != "" {
		tag := strings.IndexByte(page, '<')
		if tag < 0 {
			tag = len(page)
		}
		out.WriteString(Text(page[:tag]))
		page = page[tag:]
		n := markup(page)
		out.WriteString(page[:n])
		page = page[n:]
	}
	return out.String()
}

// markup is how long the tag is that a page begins with; of a text area, with its content.
func markup(page string) int {
	end := ">"
	if strings.HasPrefix(page, "<textarea") {
		end = "</textarea>"
	}
	if at := strings.Index(page, end); at >= 0 {
		return at + len(end)
	}
	return len(page)
}

func write(out *strings.Builder, r rune) {
	if turns(r) {
		fmt.Fprintf(out, `\u%04x`, r)
	} else {
		out.WriteRune(r)
	}
}

func turns(r rune) bool { return r > 0x7f && unicode.Is(unicode.Bidi_Control, r) }
