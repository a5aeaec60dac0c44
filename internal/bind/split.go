package bind

import (
	"strings"

	"github.com/expr-lang/expr/parser"
)

// piece is a part of a text: literal text, or an expression without its
// delimiters.
type piece struct {
	off, end int
	expr     bool
	tree     *parser.Tree // of an expression that was parsed already; else nil
}

// HasExpr reports whether text contains an unescaped ${. A text without one may
// still need Compile, which turns $${ into ${.
func HasExpr(text string) bool {
	for from := 0; ; {
		i, escaped, ok := nextDollar(text, from)
		if !ok || !escaped {
			return ok
		}
		from = i + 3
	}
}

// nextDollar finds the next ${ or $${ at or after from and gives where it
// begins.
func nextDollar(text string, from int) (at int, escaped, ok bool) {
	i := strings.Index(text[from:], "${")
	if i < 0 {
		return 0, false, false
	}
	at = from + i
	if i > 0 && text[at-1] == '$' {
		return at - 1, true, true
	}
	return at, false, true
}

// split cuts a text into its pieces. The second $ of an escape begins the
// piece that follows it, so the pieces' text needs no further change. unclosed
// is the place of a ${ without its }, or -1; deep that of one whose brackets
// nest too deep.
func split(text string) (pieces []piece, unclosed, deep int) {
	count := 2*strings.Count(text, "${") + 1
	if _, _, only := onlyExpression(text); only {
		count -= 2
	}
	pieces = make([]piece, 0, count)
	start := 0
	literal := func(end int) {
		if end > start {
			pieces = append(pieces, piece{off: start, end: end})
		}
	}
	for from := 0; ; {
		at, escaped, ok := nextDollar(text, from)
		if !ok {
			break
		}
		literal(at)
		if escaped {
			start, from = at+1, at+3
			continue
		}
		end, tooDeep := exprEnd(text, at+2)
		if tooDeep {
			return pieces, -1, at
		}
		if end < 0 {
			return pieces, at, -1
		}
		pieces = append(pieces, piece{off: at + 2, end: end, expr: true})
		start, from = end+1, end+1
	}
	literal(len(text))
	return pieces, -1, -1
}

// exprEnd returns the place of the } that closes an expression beginning at
// from, or -1. A } closes what was opened after the last {, so that a missing
// ) is found by the parser, inside the expression where it belongs.
func exprEnd(text string, from int) (end int, deep bool) {
	var open [maxNesting]byte
	depth := 0
	for i := from; i < len(text); i++ {
		switch c := text[i]; c {
		case '\'', '"', '`':
			if i = quoteEnd(text, i); i < 0 {
				return -1, false
			}
		case '(', '[', '{':
			if depth == maxNesting {
				return -1, true
			}
			open[depth] = c
			depth++
		case ')', ']':
			if depth > 0 && open[depth-1] == opening(c) {
				depth--
			}
		case '}':
			for depth > 0 && open[depth-1] != '{' {
				depth--
			}
			if depth == 0 {
				return i, false
			}
			depth--
		}
	}
	return -1, false
}

func opening(c byte) byte {
	if c == ')' {
		return '('
	}
	return '['
}

// quoteEnd returns the place of the quote that closes the one at i, or -1.
func quoteEnd(text string, i int) int {
	quote := text[i]
	for i++; i < len(text); i++ {
		switch {
		case text[i] == quote:
			return i
		case text[i] == '\\' && quote != '`':
			i++
		}
	}
	return -1
}
