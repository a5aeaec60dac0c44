package bind

import (
	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

// selector reports what is computed and selects nothing of a value: a name of a
// list, a number of a map, a fraction of either.
func (r *rewriter) selector(node *ast.Node, key, of fact) {
	is, indexKinds := r.kindsOf(*node, key), kind(schema.Integer)
	takes, whose := textKinds|indexKinds, "a member"
	switch of.kinds() {
	case listKinds:
		takes, whose = indexKinds, "an element of a list"
	case mapKinds:
		takes, whose = textKinds, "a member of a map"
	}
	wrong := is.beyond(takes)
	if wrong == 0 {
		return
	}
	help := ""
	if takes&indexKinds != 0 && is.only(numberKinds) {
		help = integerHelp
	}
	r.problemAt((*node).Location(), RuleType, whose+" is selected by "+takes.String()+", and this "+is.says(wrong), help)
	r.bad(node)
}

// kinds are what a value can be, where it has no name of its own.
func (f fact) kinds() kinds {
	if f.typ != nil {
		return kind(f.typ.Type)
	}
	return f.are
}
