package bind

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/internal/foreign"
)

// ruleSentAsText is the check's own, of texts that look like expressions.
const ruleSentAsText = "sent-as-text"

// template warns of a text within an expression that holds one: `a${ctx.n}`, as other
// languages write it. It is taken as it is.
func (r *rewriter) template(n *ast.StringNode) {
	before, rest, ok := strings.Cut(n.Value, "${")
	if !ok {
		return
	}
	root, _, dotted := strings.Cut(rest, ".")
	if !dotted || !slices.Contains(r.scope.Roots(), root) {
		return
	}
	inner, behind, closed := strings.Cut(rest, "}")
	if !closed || strings.ContainsAny(inner, "{'\"`\n") {
		return
	}
	help := "string(" + inner + ")"
	if before != "" {
		help = foreign.Quoted(before) + " + " + help
	}
	if behind != "" {
		help += " + " + foreign.Quoted(behind)
	}
	off, length := r.span(n.Location())
	r.problems = append(r.problems, Problem{
		Offset: off, Length: length, Rule: ruleSentAsText, Warning: true,
		Message: "${" + inner + "} stands in the quotes of a text, and is taken as it is", Help: "join the parts: " + help,
	})
}
