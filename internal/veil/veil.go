// Package veil hides who stands in a URL: the user and the password, or the
// token, between "://" and "@".
package veil

import (
	"strings"
	"unicode/utf8"
)

// Mask stands for what is hidden.
const Mask = "***"

// Userinfo returns text with "***" for the user and the password of each URL
// in it. Expressions stay: they are no secret, what they give is.
func Userinfo(text string) string {
	spans := Spans(text)
	if len(spans) == 0 {
		return text
	}
	var out strings.Builder
	kept := 0
	for _, s := range spans {
		out.WriteString(text[kept:s[0]] + Mask)
		kept = s[1]
	}
	return out.String() + text[kept:]
}

// Spans returns where Userinfo hides something: the bytes from [0] to [1].
func Spans(text string) [][2]int {
	var spans [][2]int
	closes := strings.LastIndexByte(text, '}')
	for from := 0; ; {
		i := strings.Index(text[from:], "://")
		if i < 0 {
			return spans
		}
		start := from + i + len("://")
		end := start
		for j := start; j < len(text); {
			if j < closes && strings.HasPrefix(text[j:], "${") {
				j += strings.IndexByte(text[j:], '}') + 1
				continue
			}
			r, size := utf8.DecodeRuneInString(text[j:])
			if strings.ContainsRune("/?#\"'<>\\ \t\r\n", r) {
				break
			}
			if r == '@' {
				end = j
			}
			j += size
		}
		if end > start && !isMade(text[start:end]) {
			spans = append(spans, [2]int{start, end})
		}
		from = max(end, start)
	}
}

// isMade reports whether there is nothing but expressions in the place of the
// user and of the password, or what hides them already.
func isMade(text string) bool {
	for {
		before, rest, found := strings.Cut(text, "${")
		if strings.Trim(before, ":") != "" && before != Mask {
			return false
		}
		if !found {
			return true
		}
		_, text, _ = strings.Cut(rest, "}")
	}
}
