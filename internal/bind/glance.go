package bind

import (
	"strconv"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// glance reads what most conditions are: names with members, literals, and comparisons
// of them with "and" and "or" between, as in ctx.n > 3 and ctx.name != 'x'. It makes the
// tree that expr's parser makes, without the memory that this one needs to read any
// expression. It returns nil for everything else, and for whatever has a mistake.
func glance(src string) *parser.Tree {
	if len(src) > mostGlanced {
		return nil
	}
	g := glancer{src: src}
	g.space()
	if node := g.either(); node != nil && g.at == len(src) {
		return &parser.Tree{Node: node, Source: file.NewSource(src)}
	}
	return nil
}

// glancer stands behind the spaces that follow a token. Each of its methods returns nil
// for what it leaves to expr's parser.
type glancer struct {
	src string
	at  int
}

// mostGlanced is the longest source that is read here: expr's parser has a limit for the
// nodes of a tree.
const mostGlanced = 512

func (g *glancer) space() {
	for g.at < len(g.src) && isSpace(g.src[g.at]) {
		g.at++
	}
}

func (g *glancer) either() ast.Node { return g.joined((*glancer).both, "||", "or") }
func (g *glancer) both() ast.Node   { return g.joined((*glancer).comparison, "&&", "and") }

// joined reads what stands around operators of one kind.
func (g *glancer) joined(side func(*glancer) ast.Node, sign, word string) ast.Node {
	left := side(g)
	for left != nil {
		start := g.at
		if !g.token(sign) && !g.token(word) {
			return left
		}
		end := start + len(word)
		if g.src[start] == sign[0] {
			end = start + len(sign)
		}
		right := side(g)
		if right == nil {
			return nil
		}
		left = g.binary(start, end, left, right)
	}
	return nil
}

// token takes an operator, with the spaces behind it.
func (g *glancer) token(text string) bool {
	end := g.at + len(text)
	if end > len(g.src) || g.src[g.at:end] != text {
		return false
	}
	if isWordByte(text[0]) && end < len(g.src) && !isSpace(g.src[end]) {
		return false // the beginning of a name
	}
	g.at = end
	g.space()
	return true
}

func (g *glancer) binary(start, end int, left, right ast.Node) ast.Node {
	n := &ast.BinaryNode{Operator: g.src[start:end], Left: left, Right: right}
	n.SetLocation(file.Location{From: start, To: end})
	return n
}

// comparison reads an operand, or two with an operator between: what compares the result
// of a comparison has rules of its own.
func (g *glancer) comparison() ast.Node {
	left := g.operand()
	start := g.at
	end := comparisonEnd(g.src, start)
	if left == nil || end == start {
		return left
	}
	g.at = end
	g.space()
	right := g.operand()
	if right == nil || comparisonEnd(g.src, g.at) > g.at {
		return nil
	}
	return g.binary(start, end, left, right)
}

// comparisonEnd returns where an operator ends that compares; at where there is none.
func comparisonEnd(src string, at int) int {
	if at == len(src) {
		return at
	}
	second := at+1 < len(src) && src[at+1] == '='
	switch c := src[at]; {
	case second && (c == '=' || c == '!' || c == '<' || c == '>'):
		return at + 2
	case c == '<' || c == '>':
		return at + 1
	}
	return at
}

func (g *glancer) operand() ast.Node {
	if g.at == len(g.src) {
		return nil
	}
	var out ast.Node
	switch c := g.src[g.at]; {
	case c >= '0' && c <= '9':
		out = g.integer()
	case c == '\'' || c == '"':
		out = g.text()
	default:
		out = g.path()
	}
	if g.at < len(g.src) && !endsOperand(g.src[g.at]) {
		return nil
	}
	g.space()
	return out
}

// endsOperand reports whether a character stands behind operands that are read here.
func endsOperand(c byte) bool {
	return isSpace(c) || c == '=' || c == '!' || c == '<' || c == '>' || c == '&' || c == '|'
}

// integer reads digits that fit into all integers.
func (g *glancer) integer() ast.Node {
	start := g.at
	for g.at < len(g.src) && g.src[g.at] >= '0' && g.src[g.at] <= '9' {
		g.at++
	}
	number, err := strconv.ParseInt(g.src[start:g.at], 10, 32)
	if err != nil {
		return nil
	}
	n := &ast.IntegerNode{Value: int(number)}
	n.SetLocation(file.Location{From: start, To: g.at})
	return n
}

// text reads a text without escapes.
func (g *glancer) text() ast.Node {
	start := g.at
	end := quoteEnd(g.src, start)
	if end < 0 || !isPlainKey(g.src[start+1:end], g.src[start]) {
		return nil
	}
	g.at = end + 1
	n := &ast.StringNode{Value: g.src[start+1 : end]}
	n.SetLocation(file.Location{From: start, To: g.at})
	return n
}

// member is a member and its name, which live as long as each other.
type member struct {
	ast.MemberNode
	name ast.StringNode
}

// path reads a name with members, or a word that is a literal.
func (g *glancer) path() ast.Node {
	start := g.at
	name := g.name()
	if name == "" || isWord(name) && name != "null" { // which is a name to expr's parser
		return literalWord(name, file.Location{From: start, To: g.at})
	}
	first := &ast.IdentifierNode{Value: name}
	first.SetLocation(file.Location{From: start, To: g.at})
	var out ast.Node = first
	for g.at < len(g.src) && g.src[g.at] == '.' {
		g.at++
		start = g.at
		if name = g.name(); name == "" || isWord(name) {
			return nil
		}
		m, loc := &member{}, file.Location{From: start, To: g.at}
		m.name.Value, m.Node, m.Property = name, out, &m.name
		m.name.SetLocation(loc)
		m.SetLocation(loc)
		out = &m.MemberNode
	}
	return out
}

// literalWord returns the node of a word that is a literal; nil for other words.
func literalWord(word string, at file.Location) ast.Node {
	var out ast.Node
	switch word {
	case "true", "false":
		out = &ast.BoolNode{Value: word == "true"}
	case "nil":
		out = &ast.NilNode{}
	default:
		return nil
	}
	out.SetLocation(at)
	return out
}

func (g *glancer) name() string {
	start := g.at
	g.at = scanName(g.src, start, len(g.src))
	return g.src[start:g.at]
}
