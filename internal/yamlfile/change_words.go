package yamlfile

import (
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/regex"
)

var (
	keyWord   = regex.Late{Text: `^[ ]*(?:- +)*([A-Za-z_][\w-]*)`}
	glued     = regex.Late{Text: `^[ ]*(?:- +)*([A-Za-z_][\w-]*):([^\s:/].*)$`}
	gluedDash = regex.Late{Text: `^ *-([A-Za-z_][\w-]*:( |$)|\{)`}
)

// spaced puts the space behind a colon or a dash that lacks it.
func (f *File) spaced(p problem) (list []change) {
	if next := f.from(p.line, p.col); strings.HasSuffix(f.before(p.line, p.col), ":") && next != "" && strings.Contains("{[", next[:1]) {
		list = append(list, change{edits: []edit{{f.offset(p.line, p.col), 0, " "}}})
	}
	if number := f.keyLine(p); number > 0 {
		line := f.Line(number)
		start, _ := f.bounds(number)
		if m := glued.Get().FindStringSubmatchIndex(line); m != nil {
			list = append(list, change{
				edits: []edit{{start + m[4], 0, " "}}, line: number, col: utf8.RuneCountInString(line[:m[2]]) + 1,
				message: "a space is missing behind the colon of this key",
				help:    "put a space behind the colon: " + line[m[2]:m[3]] + ": " + line[m[4]:m[5]],
			})
		}
	}
	if p.line < 1 || p.line > len(f.lines) {
		return list
	}
	start, _ := f.bounds(p.line)
	line := f.Line(p.line)
	if m := gluedDash.Get().FindStringSubmatchIndex(line); m != nil {
		list = append(list, change{
			edits: []edit{{start + m[2], 0, " "}}, message: "a space is missing behind the - of this item",
			help: "put a space behind the -",
		})
	}
	return list
}

// coloned puts the colon behind a key that lacks it: one that stands alone above what
// belongs to it, or that has its value behind it.
func (f *File) coloned(p problem) (list []change) {
	number := f.keyLine(p)
	line := f.Line(number)
	m := keyWord.Get().FindStringSubmatchIndex(line)
	if m == nil {
		return nil
	}
	rest := strings.TrimSpace(line[m[3]:])
	next := f.nextLine(number)
	text := string(f.Text)
	below := next > 0 && (f.indentOf(next) > m[2] || f.indentOf(next) == m[2] && strings.HasPrefix(strings.TrimLeft(f.Line(next), " "), "- "))
	word := line[m[2]:m[3]]
	known := f.isKey(word) || strings.Contains(text, " "+word+": ") || strings.Contains(text, "\n"+word+": ")
	if !known && !(rest == "" && below) || rest != "" && (line[m[3]] != ' ' || strings.Contains(rest, ": ") && rest[0] != '{') {
		return nil
	}
	start, _ := f.bounds(number)
	help := "write " + word + ":"
	if rest != "" {
		help = "write " + word + ": " + rest
	}
	return []change{{
		edits: []edit{{start + m[3], 0, ":"}}, line: number, col: utf8.RuneCountInString(line[:m[2]]) + 1,
		message: noColon, help: help,
	}}
}

// dashed puts the dash before an item of a list that lacks it: where the line stands where
// the dashes of the list do, and its key stands in the item above, or more belongs to it.
func (f *File) dashed(p problem) []change {
	if !strings.HasPrefix(p.said.message, "did not find expected '-' indicator") || f.indentOf(p.line) != p.left-1 {
		return nil
	}
	line := f.Line(p.line)
	m := keyWord.Get().FindStringSubmatchIndex(line)
	if m == nil || !strings.HasPrefix(line[m[3]:], ":") {
		return nil
	}
	next := f.nextLine(p.line)
	more := strings.TrimSpace(line[m[3]+1:]) != "" && next > 0 && f.indentOf(next) == p.left+1
	for number := f.lineBefore(p.line); !more && number >= max(1, p.begun); number = f.lineBefore(number) {
		above := f.Line(number)
		key := keyWord.Get().FindStringSubmatchIndex(above)
		more = key != nil && key[2] == p.left+1 && above[key[2]:key[3]] == line[m[2]:m[3]]
		if f.indentOf(number) <= p.left-1 {
			break
		}
	}
	if !more {
		return nil
	}
	return []change{f.withDash(p.line, m[2])}
}

// firstDash is dashed for the first item of a list, above what stands two spaces further
// right.
func (f *File) firstDash(p problem) []change {
	above := f.lineBefore(p.said.line)
	if !strings.HasPrefix(p.said.message, "mapping values are not allowed") || !f.hasKey(above) || !f.hasKey(p.said.line) {
		return nil
	}
	indent := f.indentOf(above)
	m := keyWord.Get().FindStringSubmatchIndex(f.Line(above))
	if m == nil || m[2] != indent || indent != f.indentOf(p.said.line)-2 || !strings.HasPrefix(f.Line(above)[m[3]:], ": ") {
		return nil
	}
	return []change{f.withDash(above, indent)}
}

func (f *File) withDash(number, indent int) change {
	start, _ := f.bounds(number)
	key, _, _ := strings.Cut(f.Line(number)[indent:], ":")
	return change{
		edits: []edit{{start + indent, 0, "- "}}, line: number, col: indent + 1,
		message: "an item of a list without its -", help: "write - " + key + ": …",
	}
}

// keyLine returns the line of the key that is none yet, where a problem is of one; 0
// elsewhere.
func (f *File) keyLine(p problem) int {
	switch {
	case bareBracket.Get().MatchString(f.before(p.said.line, p.said.col)):
		return p.said.line
	case strings.HasPrefix(p.said.message, "could not find expected ':'"):
		return p.begun
	case strings.HasPrefix(p.said.message, "mapping values are not allowed"):
		return f.lineBefore(p.said.line)
	}
	return 0
}
