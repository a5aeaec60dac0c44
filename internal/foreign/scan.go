package foreign

import "strings"

type tokenKind byte

const (
	word tokenKind = iota // a name, with its $, @ or #
	number
	text // in quotes, which belong to it
	mark // an operator or a bracket
)

// token is a part of an expression.
type token struct {
	kind     tokenKind
	off, end int
	text     string
	joined   bool // nothing stands between it and the token before it
}

// marks are those of more than one character, the longest first.
var marks = []string{"...", "===", "!==", "==~", "=~", "!~", "~~", "=>", "->", "==", "!=", "<=", ">=", "<>", "<<", "&&", "||", "??", "?.", "?:", "::", "**", "++", "//", ".."}

// scan cuts an expression into tokens; ok is false where a quote is not closed.
func scan(src string) (list []token, ok bool) {
	end := 0
	for i := 0; i < len(src); {
		c := src[i]
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			i++
			continue
		}
		t := token{off: i, joined: i == end && i > 0}
		switch {
		case c == '\'' || c == '"' || c == '`':
			t.kind, t.end = text, closing(src, i)
			if t.end < 0 {
				return nil, false
			}
		case c >= '0' && c <= '9':
			t.kind, t.end = number, numberEnd(src, i)
		case isWord(c):
			t.kind, t.end = word, i+1
			for t.end < len(src) && isWord(src[t.end]) && src[t.end] != '#' {
				t.end++
			}
		default:
			t.kind, t.end = mark, i+1
			for _, m := range marks {
				if strings.HasPrefix(src[i:], m) {
					t.end = i + len(m)
					break
				}
			}
		}
		t.text = src[t.off:t.end]
		list = append(list, t)
		i, end = t.end, t.end
	}
	return list, true
}

func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '#' || c == '@' || c >= 0x80
}

func numberEnd(src string, i int) int {
	for i < len(src) {
		c := src[i]
		isPoint := c == '.' && i+1 < len(src) && src[i+1] >= '0' && src[i+1] <= '9'
		if !isPoint && (c < '0' || c > '9') && c != '_' {
			return i
		}
		i++
	}
	return i
}

// closing returns where a text in quotes ends that begins at i; -1 for nowhere.
func closing(src string, i int) int {
	quote := src[i]
	for i++; i < len(src); i++ {
		switch {
		case src[i] == '\\' && quote != '`':
			i++
		case src[i] == quote:
			return i + 1
		}
	}
	return -1
}

// partner returns the token behind the bracket that closes the one at i; -1 for
// none.
func partner(list []token, i int) int {
	depth := 0
	for ; i < len(list); i++ {
		if list[i].kind != mark {
			continue
		}
		switch list[i].text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

func (t token) is(s string) bool { return t.kind != text && t.text == s }

// wordOperators are words that stand between operands, or before one.
var wordOperators = []string{"and", "or", "not", "in", "contains", "startsWith", "endsWith", "matches", "let", "if", "else", "for", "is", "then", "default", "as", "return"}

// operands returns where operands end that begin at i, the longest first: of
// ctx.a.b() those behind ), b, a and ctx.
func operands(list []token, i int) []int {
	if i < len(list) && (list[i].is("-") || list[i].is("!")) {
		i++
	}
	if i >= len(list) {
		return nil
	}
	var ends []int
	end := i + 1
	switch t := list[i]; t.kind {
	case word:
		if contains(wordOperators, t.text) {
			return nil
		}
	case mark:
		if !t.is("(") && !t.is("[") && !t.is("{") {
			return nil
		}
		if end = partner(list, i); end < 0 {
			return nil
		}
	case number, text:
	}
	ends = append(ends, end)
	for end < len(list) {
		switch t := list[end]; {
		case (t.is(".") || t.is("?.")) && end+1 < len(list) && list[end+1].kind == word:
			end += 2
		case (t.is("[") || t.is("(")) && t.joined:
			if end = partner(list, end); end < 0 {
				return reversed(ends)
			}
		default:
			return reversed(ends)
		}
		ends = append(ends, end)
	}
	return reversed(ends)
}

func reversed(list []int) []int {
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// run returns where an expression ends that begins at i: before a token that
// ends it, a comma, or a bracket that it does not open.
func run(list []token, i int, until string) int {
	for i < len(list) {
		t := list[i]
		switch {
		case until != "" && t.is(until), t.is(","), t.is(")"), t.is("]"), t.is("}"), t.is(";"):
			return i
		case t.is("("), t.is("["), t.is("{"):
			if i = partner(list, i); i < 0 {
				return len(list)
			}
			continue
		}
		i++
	}
	return i
}

// split returns the expressions between commas of list.
func split(list []token) [][]token {
	var out [][]token
	for i := 0; i < len(list); {
		end := run(list, i, "")
		out = append(out, list[i:end])
		i = end + 1
	}
	return out
}
