package yamlfile

import (
	"slices"
	"strings"
)

// levelLines bounds how far above a line those that it can belong to are looked for.
const levelLines = 500

// indented moves a line that fits nothing to where the lines around it stand: the nearest
// place of a list for an item, of a map for a key. Where two are as near it is not known
// which was meant.
func (f *File) indented(p problem) []change {
	number := p.said.line
	indent := f.indentOf(number)
	said := p.said.message
	switch {
	case indent < 0:
		return nil
	case strings.HasPrefix(said, "did not find expected '-' indicator"), strings.HasPrefix(said, "did not find expected key"),
		strings.HasPrefix(said, "mapping values are not allowed"), strings.HasPrefix(said, "block sequence entries"):
	default:
		return nil
	}
	item := f.isItem(number)
	if m := keyWord.Get().FindStringSubmatchIndex(f.Line(number)); !item && (m == nil || !strings.HasPrefix(f.Line(number)[m[3]:], ":")) {
		return nil
	}
	to, ok := f.nearestLevel(number, indent, item)
	if !ok && to == 2 && indent == 1 && !item { // one of the file, or of the key above
		ok = true
		if m := keyWord.Get().FindStringSubmatch(f.Line(number)); f.isKey(m[1]) {
			to = 0
		}
	}
	if !ok {
		return nil
	}
	if strings.HasPrefix(said, "mapping values") && !item && indent-to > 1 && f.hasKey(f.lineBefore(number)) && !f.hasKey(number) {
		return nil // it may belong to the key above, which has a value
	}
	var list []change
	for _, last := range []int{f.blockEnd(number, indent), number} {
		c := change{line: number, col: indent + 1}
		for n := number; n <= last; n++ {
			if f.indentOf(n) < 0 {
				continue
			}
			start, _ := f.bounds(n)
			if to > indent {
				c.edits = append(c.edits, edit{start, 0, strings.Repeat(" ", to-indent)})
			} else {
				c.edits = append(c.edits, edit{start, indent - to, ""})
			}
		}
		list = append(list, c)
	}
	return list
}

// hasKey reports whether a line begins with a word that is known as a key.
func (f *File) hasKey(number int) bool {
	m := keyWord.Get().FindStringSubmatch(f.Line(number))
	return m != nil && f.isKey(m[1])
}

// blockEnd returns the last line of those behind one that stand as far right, or further.
func (f *File) blockEnd(number, indent int) int {
	last := number
	for n := number + 1; n <= len(f.lines); n++ {
		at := f.indentOf(n)
		if at >= 0 && at < indent || at == indent && f.isItem(n) && !f.isItem(number) {
			break
		}
		if at >= 0 {
			last = n
		}
	}
	return last
}

// isItem reports whether a line begins with a dash.
func (f *File) isItem(number int) bool {
	word := strings.TrimLeft(f.Line(number), " ")
	return word == "-" || strings.HasPrefix(word, "- ")
}

// nearestLevel returns how many spaces stand before the items, or the keys, that are
// nearest to a line of so many spaces.
func (f *File) nearestLevel(number, indent int, items bool) (to int, ok bool) {
	levels := f.levels(number, items)
	best, twice := -1, false
	for _, level := range levels {
		distance := max(level-indent, indent-level)
		switch known := max(best-indent, indent-best); {
		case best < 0 || distance < known:
			best, twice = level, false
		case distance == known:
			twice = true
		}
	}
	return best, best >= 0 && !twice && best != indent
}

// levels returns the columns, from 0, of the lists or the maps that the line above one is in.
func (f *File) levels(number int, items bool) (levels []int) {
	limit := 1 << 30
	for n := number - 1; n > max(0, number-levelLines) && limit > 0; n-- {
		indent := f.indentOf(n)
		if indent < 0 || indent >= limit {
			continue
		}
		line := f.Line(n)
		var here []int
		at := indent
		for strings.HasPrefix(line[at:], "- ") {
			if items && at < limit {
				here = append(here, at)
			}
			at += len(line[at:]) - len(strings.TrimLeft(line[at+1:], " "))
		}
		if !items && at < limit {
			here = append(here, at)
		}
		slices.Reverse(here)
		levels = append(levels, here...)
		limit = indent
	}
	return levels
}

// tabbed puts spaces in place of the tabs that indent lines: eight, four, two or one for
// each.
func (f *File) tabbed(p problem) (list []change) {
	if p.cure != spaceTabs {
		return nil
	}
	var tabs []int
	before := true
	for i, c := range f.Text {
		switch {
		case c == '\n':
			before = true
		case before && c == '\t':
			tabs = append(tabs, i)
		case c != ' ' && c != '-':
			before = false
		}
	}
	for _, width := range []int{8, 4, 2, 1} {
		var c change
		for _, at := range tabs {
			c.edits = append(c.edits, edit{at, 1, strings.Repeat(" ", width)})
		}
		if len(c.edits) > 0 {
			list = append(list, c)
		}
	}
	return list
}
