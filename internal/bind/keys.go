package bind

import (
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// neverKey is the problem of a name that no member of a map has, for a reason why and
// spelt otherwise, if at all. written is how it stands in the text, and what the map's
// name.
func neverKey(why, spelt, name, written, what string) *Problem {
	p := &Problem{Rule: RuleUnknownField, Message: what + " has no " + strconv.Quote(name) + ": " + why}
	if spelt != "" {
		p.Help, p.Replaces = "write "+strings.Replace(written, name, spelt, 1), true
	}
	return p
}

// noKey is the problem of a member that s selects of a map that never has it; path
// is what stands before it.
func (c *compilation) noKey(f fact, s *segment, path []segment) *Problem {
	if s.kind != byName || f.typ == nil || f.typ.Keys == nil {
		return nil
	}
	off, length, name := s.off, s.len, s.name
	if whole := dashed(c.text, name, off+length); whole != "" && off > 0 && c.text[off-1] == '.' {
		name, length = whole, len(whole) // headers.Content-Type
	}
	why, spelt := f.typ.Keys.Never(name)
	if why == "" {
		return nil // most of the time, and without a text for what follows
	}
	written := ""
	if off+length <= len(c.text) {
		written = c.text[off : off+length]
	}
	p := neverKey(why, spelt, name, written, pathLabel(path))
	if p.Offset, p.Length = off, length; name != s.name {
		c.dashed = off + length
		if spelt != "" {
			p.Replaces = false
			p.Help = "a name with - in it stands in brackets: " + pathLabel(path) + `["` + spelt + `"]`
		}
	}
	return p
}

// lowerName is the function around a name that a map with names in lower case is asked
// for, where the name is computed.
const lowerName = "$lower"

// lowerKey returns a name in lower case; what is no text, and all of a run that began when
// names were looked for as they are, as it is.
func lowerKey(fr *frame, args []any) (any, error) {
	name, ok := args[0].(string)
	if s, spells := fr.vars.(Spelling); !ok || spells && s.Exact() {
		return args[0], nil
	}
	return strings.ToLower(name), nil
}

// foldKey lets a computed name find a member of a map whose names are in lower case:
// headers[ctx.name], as headers are named in any case elsewhere.
func (r *rewriter) foldKey(key *ast.Node, of fact) {
	if of.typ == nil || of.typ.Keys == nil || !of.typ.Keys.Lower {
		return
	}
	call := &ast.CallNode{Callee: &ast.IdentifierNode{Value: lowerName}, Arguments: []ast.Node{*key}}
	call.SetLocation((*key).Location())
	*key = call
}

// noKeyAt reports a literal name that is asked for in a map that never has it:
// 'Accept' in headers, get(headers, 'Accept').
func (r *rewriter) noKeyAt(key *ast.Node, of fact) {
	if of.typ == nil || of.typ.Keys == nil {
		return
	}
	literal, ok := (*key).(*ast.StringNode)
	if !ok {
		r.foldKey(key, of)
		return
	}
	why, spelt := of.typ.Keys.Never(literal.Value)
	if why == "" {
		return
	}
	off, length := r.span(literal.Location())
	p := neverKey(why, spelt, literal.Value, r.text[off:off+length], "this map")
	p.Offset, p.Length = off, length
	r.problems = append(r.problems, *p)
	r.bad(key)
}
