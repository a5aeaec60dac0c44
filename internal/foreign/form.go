package foreign

import (
	"strings"

	"github.com/medlar-flow/medlar/internal/late"
)

// form is what others write and what a flow writes. In both, a word is itself and
//
//	$1 ... is an operand: a name with its members, a call, a literal, what stands in brackets
//	@1 ... is an expression: all up to the next token of the form, a comma or a bracket
//	@*     is what remains of the arguments, with their commas
//	&1 ... is a name
//	'1 ... is a text in quotes
//	%1 ... is a number
type form struct {
	from, to string
	// only is the condition that what stands for the places fulfils; nil for none.
	only func(m *match) bool
	// make makes what to write, in place of to; empty for nothing.
	make func(m *match) string
	// refused is true where the form is right in other places: an operator whose
	// operands the check refused.
	refused bool
	// within is true where the mistake can be in what stands for a place, since
	// the types of that were looked at.
	within bool
	// note says what besides what to write.
	note string
}

// piece is a part of a form: a token, or a place.
type piece struct {
	place byte // one of $ @ & ' %; 0 for a token
	name  string
	until string // the token behind the place
}

// pieces reads what stands in from.
func pieces(from string) []piece {
	var out []piece
	for _, f := range strings.Fields(from) {
		p := piece{name: f}
		if len(f) == 2 && strings.ContainsRune("$@&'%", rune(f[0])) && (f[1] >= '0' && f[1] <= '9' || f == "@*") {
			p.place, p.name = f[0], f[1:]
		}
		if n := len(out); n > 0 && out[n-1].place != 0 {
			out[n-1].until = p.name
		}
		out = append(out, p)
	}
	return out
}

// match is a form found in an expression.
type match struct {
	src   string
	list  []token
	from  int // tokens
	end   int
	scope Scope
	parts map[string][]token
	// settle rewrites what is left in a part; tired reports whether enough was
	// looked for.
	settle func(use string) string
	tired  func() bool
	// literal are the tokens that are the form's own.
	literal []int
}

// text returns what stands for a place.
func (m *match) text(name string) string { return textOf(m.src, m.parts[name]) }

func textOf(src string, list []token) string {
	if len(list) == 0 {
		return ""
	}
	return src[list[0].off:list[len(list)-1].end]
}

// typ returns the type of what stands for a place; empty where it is not known.
func (m *match) typ(name string) string {
	if t := m.scope.Type(m.text(name)); t != "" {
		return t
	}
	if m.settle != nil && !m.tired() {
		if use := m.settle(m.text(name)); use != m.text(name) {
			return m.scope.Type(use)
		}
	}
	return ""
}

// find returns where the pieces match from token i on.
func (m *match) find(pieces []piece, i int) (end int, ok bool) {
	if len(pieces) == 0 {
		return i, true
	}
	if m.tired() {
		return 0, false
	}
	p := pieces[0]
	if p.place == 0 {
		if i >= len(m.list) || m.list[i].text != p.name {
			return 0, false
		}
		m.literal = append(m.literal, i)
		if end, ok = m.find(pieces[1:], i+1); !ok {
			m.literal = m.literal[:len(m.literal)-1]
		}
		return end, ok
	}
	for _, end := range m.ends(p, i) {
		if out, ok := m.find(pieces[1:], end); ok {
			m.parts[p.name] = m.list[i:end]
			if p.place == '&' {
				m.literal = append(m.literal, i)
			}
			return out, true
		}
	}
	return 0, false
}

// ends returns where what stands for a place can end.
func (m *match) ends(p piece, i int) []int {
	switch p.place {
	case '$':
		return operands(m.list, i)
	case '@':
		if p.name == "*" {
			for end := i; ; end++ {
				if end = run(m.list, end, ""); end >= len(m.list) || !m.list[end].is(",") {
					return []int{end}
				}
			}
		}
		if end := run(m.list, i, p.until); end > i {
			return []int{end}
		}
		return nil
	}
	want := map[byte]tokenKind{'&': word, '\'': text, '%': number}[p.place]
	if i < len(m.list) && m.list[i].kind == want {
		return []int{i + 1}
	}
	return nil
}

// begins reports whether an operand or expression can begin at token i.
func begins(list []token, i int, place byte) bool {
	if i == 0 {
		return true
	}
	before := list[i-1]
	switch {
	case before.is(".") || before.is("?."):
		return false
	case place == '@':
		return before.is("(") || before.is("[") || before.is(",") || before.is("{") || before.is(":") || before.is("?") || before.is(";")
	case before.kind == mark:
		return !before.is(")") && !before.is("]") && !before.is("}")
	}
	return before.kind == word && contains(wordOperators, before.text)
}

// use returns what to write for a match.
func (f *form) use(m *match) string {
	if f.make != nil {
		return f.make(m)
	}
	return fill(f.to, m)
}

// fill puts what a match found into the places of a template.
func fill(to string, m *match) string {
	var b strings.Builder
	for i := 0; i < len(to); i++ {
		part, ok := m.placeAt(to[i:])
		if !ok {
			b.WriteByte(to[i])
			continue
		}
		s := textOf(m.src, part)
		if to[i+1] != '*' && !(bounds(before(to[:i]), part) && bounds(behind(to[i+2:]), part)) {
			s = grouped(s, part)
		}
		b.WriteString(s)
		i++
	}
	return strings.TrimSuffix(strings.ReplaceAll(b.String(), ", )", ")"), ", ")
}

// placeAt returns what stands for the place that a template begins with.
func (m *match) placeAt(to string) ([]token, bool) {
	switch {
	case len(to) < 2 || strings.IndexByte("$@&'%", to[0]) < 0:
		return nil, false
	case to[:2] == "@*":
		return m.parts["*"], true
	case to[0] == '\'' && to[1] == '0' || to[1] < '0' || to[1] > '9':
		return nil, false
	}
	part := m.parts[to[1:2]]
	if part == nil || to[0] == '\'' && (len(part) != 1 || part[0].kind != text) {
		return nil, false
	}
	return part, true
}

// before and behind are what stands beside a place of a template.
func before(s string) string {
	s = strings.TrimRight(s, " ")
	return s[max(len(s)-2, 0):]
}

func behind(s string) string {
	s = strings.TrimLeft(s, " ")
	return s[:min(len(s), 2)]
}

// bounds reports whether beside what stands there an expression needs no
// parentheses.
func bounds(s string, list []token) bool {
	if s == "" {
		return true
	}
	if strings.Contains(s, "?") || strings.Contains(s, ":") {
		return !strings.Contains(s, "??") && !hasMark(list, "?")
	}
	return strings.ContainsAny(s[:1], ")],}") || strings.ContainsAny(s[len(s)-1:], "([,{")
}

func hasMark(list []token, name string) bool {
	for _, t := range list {
		if t.is(name) {
			return true
		}
	}
	return false
}

// grouped puts parentheses around what is more than an operand.
func grouped(s string, list []token) string {
	if ends := operands(list, 0); len(ends) > 0 && ends[0] == len(list) {
		return s
	}
	return "(" + s + ")"
}

// tables are the forms, cut into pieces.
var tables = late.Value[[][]piece]{Make: func() [][]piece {
	list := forms.Get()
	out := make([][]piece, len(list))
	for i := range list {
		out[i] = pieces(list[i].from)
	}
	return out
}}
