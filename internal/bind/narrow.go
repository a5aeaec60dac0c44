package bind

import (
	"slices"
	"strconv"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

// narrowed is what a value can be where a condition holds.
type narrowed struct {
	key string // of a name: see rewriter.keyOf
	are kinds
}

// holding is what is known where a condition holds: see proofs and narrow.
type holding struct {
	proven []string
	are    []narrowed
}

// holding returns what is known where a condition holds, or does not, and around it.
func (r *rewriter) holding(n ast.Node, holds bool) holding {
	h := holding{proven: r.proofs(n, holds), are: r.are}
	if r.parts {
		h.are = append(slices.Clip(r.are), (&narrowing{key: r.keyOf}).of(n, holds)...)
	}
	return h
}

// where visits a node where so much is known.
func (r *rewriter) where(h holding, node *ast.Node) fact {
	before := holding{r.proven, r.are}
	r.proven, r.are = h.proven, h.are
	r.guarded++
	f := r.visit(node)
	r.guarded--
	r.proven, r.are = before.proven, before.are
	return f
}

// keyOf tells the name that stands there from others of its spelling: the item of
// one predicate from that of another, and what let declares from what is outside.
func (r *rewriter) keyOf(n ast.Node) string {
	return pathKey(n, func(n ast.Node) string {
		switch x := n.(type) {
		case *ast.PointerNode:
			if x.Name == "" {
				return itemKey(len(r.items))
			}
		case *ast.IdentifierNode:
			for i, v := range slices.Backward(r.lets) {
				if v.name == x.Value {
					return letKey(i)
				}
			}
			return x.Value
		}
		return ""
	})
}

// itemKey is the key of the element of so many predicates around.
func itemKey(depth int) string { return "#" + strconv.Itoa(depth) }

// letKey is the key of what a let declares.
func letKey(i int) string { return "let " + strconv.Itoa(i) }

// pathKey is the key of a name, or of a member of what has one.
func pathKey(n ast.Node, name func(ast.Node) string) string {
	switch x := n.(type) {
	case *ast.ChainNode:
		return pathKey(x.Node, name)
	case *ast.MemberNode:
		base := pathKey(x.Node, name)
		switch p := x.Property.(type) {
		case *ast.StringNode:
			if base != "" {
				return base + "." + p.Value
			}
		case *ast.IntegerNode:
			if base != "" {
				return base + "[" + strconv.Itoa(p.Value) + "]"
			}
		}
		return ""
	}
	return name(n)
}

// narrow returns what is known of a value that a name stands for, with what the
// conditions around say it can be.
func (r *rewriter) narrow(f fact, key string) fact {
	if f.typ != nil || f.are == 0 {
		return f
	}
	for _, n := range r.are {
		if n.key == key {
			f.are &= n.are
		}
	}
	return f
}

// narrowing finds out what names can be where a condition holds, as far as
// literals and the names of types say it. key tells names apart; it returns an empty
// text for what is none.
type narrowing struct {
	key        func(ast.Node) string
	understood int // calls of type
}

func (c *narrowing) of(n ast.Node, holds bool) []narrowed {
	switch x := n.(type) {
	case *ast.UnaryNode:
		if x.Operator == "not" || x.Operator == "!" {
			return c.of(x.Node, !holds)
		}
	case *ast.BinaryNode:
		return c.ofBinary(x, holds)
	}
	return nil
}

func (c *narrowing) ofBinary(n *ast.BinaryNode, holds bool) []narrowed {
	switch n.Operator {
	case "and", "&&", "or", "||":
		left, right := c.of(n.Left, holds), c.of(n.Right, holds)
		if isAnd := n.Operator[0] == 'a' || n.Operator[0] == '&'; isAnd == holds {
			return append(left, right...)
		}
		return oneOrOther(left, right)
	case "==", "!=":
		holds = (n.Operator == "==") == holds
		if list := c.equal(n.Left, []ast.Node{n.Right}, holds); list != nil {
			return list
		}
		return c.equal(n.Right, []ast.Node{n.Left}, holds)
	case "in":
		if list, ok := n.Right.(*ast.ArrayNode); ok {
			return c.equal(n.Left, list.Nodes, holds)
		}
	case "matches", "contains", "startsWith", "endsWith": // of null they are false
		if key := c.key(n.Left); holds && key != "" {
			return []narrowed{{key, textKinds}}
		}
	}
	return nil
}

// equal is of what is one of some literals, or none.
func (c *narrowing) equal(n ast.Node, to []ast.Node, holds bool) []narrowed {
	if call, ok := n.(*ast.CallNode); ok && len(call.Arguments) == 1 {
		name, ok := call.Callee.(*ast.IdentifierNode)
		key := c.key(call.Arguments[0])
		if !ok || name.Value != "type" || key == "" {
			return nil
		}
		are := kinds(0)
		for _, one := range to {
			text, ok := one.(*ast.StringNode)
			if !ok {
				return nil
			}
			are |= kindNamed(text.Value)
		}
		c.understood++
		if !holds {
			are = ^are
		}
		return []narrowed{{key, are}}
	}
	key := c.key(n)
	if key == "" || !holds {
		return nil
	}
	are := kinds(0)
	for _, one := range to {
		v, ok := literalValue(one)
		if !ok {
			return nil
		}
		switch v.(type) {
		case string:
			are |= textKinds
		case bool:
			are |= booleanKinds
		default:
			are |= numberKinds | someNumber
		}
	}
	return []narrowed{{key, are}}
}

// kindNamed is what a value can be of whose type the function type gives the name.
func kindNamed(name string) kinds {
	t, secret, ok := schema.ParseType(name)
	switch {
	case !ok || secret || t == schema.Any:
		return 0
	case t == schema.String:
		return textKinds
	}
	return kind(t)
}

// oneOrOther is what names can be where one of two conditions holds.
func oneOrOther(a, b []narrowed) (list []narrowed) {
	for _, x := range a {
		are, found := kinds(0), false
		for _, y := range b {
			if x.key == y.key {
				are, found = are|y.are, true
			}
		}
		if found {
			list = append(list, narrowed{x.key, x.are | are})
		}
	}
	return list
}

// Narrowed returns which of the types a name can be of where a condition, a text that
// is one expression, holds, or does not.
func (e *Engine) Narrowed(types []schema.Type, name, text string, holds bool) []schema.Type {
	tree := e.parseCondition(text)
	if tree == nil {
		return types
	}
	c := narrowing{key: func(n ast.Node) string {
		return pathKey(n, func(n ast.Node) string {
			if x, ok := n.(*ast.IdentifierNode); ok {
				return x.Value
			}
			return ""
		})
	}}
	for _, n := range c.of(tree.Node, holds) {
		if n.key == name {
			types = slices.DeleteFunc(slices.Clone(types), func(t schema.Type) bool { return kind(t)&n.are == 0 })
		}
	}
	return types
}

// understands reports whether each call of type in an expression, of which there are
// so many, is one whose answer is followed.
func understands(n ast.Node, calls int) bool {
	v := &typeCalls{}
	ast.Walk(&n, v)
	return v.found >= calls
}

// typeCalls counts the calls of type that conditions ask for what a name is.
type typeCalls struct{ found int }

func (v *typeCalls) Visit(node *ast.Node) {
	n, ok := (*node).(*ast.BinaryNode)
	if !ok {
		return
	}
	c := narrowing{key: func(n ast.Node) string {
		return pathKey(n, func(n ast.Node) string {
			switch x := n.(type) {
			case *ast.PointerNode:
				return "#" + x.Name
			case *ast.IdentifierNode:
				return x.Value
			}
			return ""
		})
	}}
	switch n.Operator {
	case "==", "!=", "in":
		c.ofBinary(n, true)
		v.found += c.understood
	}
}
