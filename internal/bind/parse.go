package bind

import (
	"math"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// The digits of the least integer are one too many for expr's parser, which reads
// them before the sign; those of the greatest are as many, so that each place in the
// text stays what it is.
const (
	leastDigits    = "9223372036854775808"
	greatestDigits = "9223372036854775807"
)

// parseSource parses an expression.
func (e *Engine) parseSource(src string) (*parser.Tree, error) {
	if tree := glance(src); tree != nil {
		return tree, nil
	}
	tree, err := parser.ParseWithConfig(src, e.parse)
	if err == nil || !strings.Contains(src, leastDigits) {
		return tree, err
	}
	changed, places := leastIntegers(src)
	if len(places) == 0 {
		return nil, err
	}
	tree, again := parser.ParseWithConfig(changed, e.parse)
	if again != nil {
		return nil, err
	}
	v := &leasts{places: places}
	ast.Walk(&tree.Node, v)
	if v.found != len(places) {
		return nil, err
	}
	return tree, nil
}

// leastIntegers puts the digits of the greatest integer in the place of those of the
// least behind a minus sign, and returns where that was, in characters.
func leastIntegers(src string) (changed string, places []int) {
	var b strings.Builder
	from := 0
	for {
		i := strings.Index(src[from:], leastDigits)
		if i < 0 {
			b.WriteString(src[from:])
			return b.String(), places
		}
		at := from + i
		_, length, ok := numberAt(src, at)
		b.WriteString(src[from:at])
		before := strings.TrimRight(src[:at], " ")
		if ok && length == len(leastDigits) && strings.HasSuffix(before, "-") {
			b.WriteString(greatestDigits)
			places = append(places, len([]rune(src[:at])))
		} else {
			b.WriteString(leastDigits)
		}
		from = at + len(leastDigits)
	}
}

// leasts puts the least integer where its digits stood.
type leasts struct {
	places []int
	found  int
}

func (l *leasts) Visit(node *ast.Node) {
	minus, ok := (*node).(*ast.UnaryNode)
	if !ok || minus.Operator != "-" {
		return
	}
	digits, ok := minus.Node.(*ast.IntegerNode)
	if !ok || digits.Value != math.MaxInt64 {
		return
	}
	for _, place := range l.places {
		if digits.Location().From == place {
			l.found++
			patch(node, &ast.IntegerNode{Value: math.MinInt64})
			return
		}
	}
}
