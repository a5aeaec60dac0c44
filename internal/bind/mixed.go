package bind

import (
	"cmp"
	"reflect"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

// kinds is a set of types: a value can be of each of them, for all that is known
// before anything runs. It is what is left of a type where a list, a ?? or a
// condition brings values of several together. 0 says nothing.
type kinds uint16

func kind(types ...schema.Type) kinds {
	var k kinds
	for _, t := range types {
		switch t {
		case schema.Any:
		case schema.Object:
			k |= 1 << schema.Map
		default:
			k |= 1 << t
		}
	}
	return k
}

const (
	textKinds    = kinds(1<<schema.String | 1<<schema.Duration | 1<<schema.Timestamp)
	numberKinds  = kinds(1<<schema.Integer | 1<<schema.Number)
	booleanKinds = kinds(1 << schema.Boolean)
	listKinds    = kinds(1 << schema.List)
	mapKinds     = kinds(1 << schema.Map)
)

// oneKind are the types of values that can be of nothing else.
var oneKind = map[kinds]*schema.Field{
	kind(schema.String): stringField, kind(schema.Integer): integerField, kind(schema.Number): numberField, booleanKinds: booleanField,
}

// others stands for what is not known beside the rest.
const others = kinds(1 << schema.Any)

// someNumber stands beside an integer and a number where it is not known which of
// both a value is, since that depends on one without a type: where one of them is
// taken, only the run knows.
const someNumber = kinds(1 << 15)

// beyond returns what is known and not among those that are taken.
func (k kinds) beyond(takes kinds) kinds {
	if k&someNumber != 0 && takes&numberKinds != 0 {
		k &^= numberKinds
	}
	return k &^ (takes | others | someNumber)
}

// unlike reports whether the kinds are more than one.
func (k kinds) unlike() bool { return k&(k-1) != 0 }

// says tells of what a value can be that a part of it is not taken: "is a list", "can
// be a list".
func (k kinds) says(wrong kinds) string {
	if k.unlike() {
		return "can be " + wrong.String()
	}
	return "is " + wrong.String()
}

// ifOne gives kinds that are not more than one: what a list in a list holds of
// several kinds can have each at a place of its own, as pairs have.
func (k kinds) ifOne() kinds {
	if k.unlike() {
		return 0
	}
	return k
}

// only reports whether k holds nothing but what is taken.
func (k kinds) only(takes kinds) bool { return k&^(takes|someNumber) == 0 }

// timed reports whether nothing is known but times, and what may be read as one.
func (k kinds) timed() bool { return k.only(textKinds | others) }

func (k kinds) types() (list []schema.Type) {
	for t := schema.String; t <= schema.Map; t++ {
		if k&(1<<t) != 0 {
			list = append(list, t)
		}
	}
	return list
}

// told are the types for those who ask whether each of them is taken.
func (k kinds) told() []schema.Type {
	if k&someNumber != 0 {
		k &^= kind(schema.Number) // where an integer is taken, so is some number
	}
	return k.types()
}

// String is "a list or a string". Where text is taken, so is a time.
func (k kinds) String() string {
	if k&textKinds == textKinds {
		k &^= textKinds &^ kind(schema.String)
	}
	var names []string
	for _, t := range k.types() {
		names = append(names, withArticle(t.String()))
	}
	if len(names) == 0 {
		return "any"
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " or " + names[last]
	}
	return names[0]
}

// kindsOf returns what a value can be. An expression that asks for types knows
// better: of its values nothing is said.
func (r *rewriter) kindsOf(node ast.Node, f fact) kinds {
	switch {
	case r.unlike:
		return 0
	case f.typ != nil:
		return kind(f.typ.Type)
	case f.maybe != 0 && f.are.timed():
		return 0
	case f.are != 0:
		return f.are
	}
	switch node.(type) {
	case *ast.StringNode:
		return kind(schema.String)
	case *ast.ArrayNode:
		return listKinds
	}
	return 0
}

// orOthers is what is known of one of several values.
func (k kinds) orOthers() kinds {
	if k == 0 {
		return others
	}
	return k
}

// holdsOf returns what the elements of a list can be.
func (r *rewriter) holdsOf(f fact) kinds {
	switch {
	case f.elems != 0, r.unlike:
		return 0
	case f.typ != nil && f.typ.Type == schema.List && f.typ.Elem != nil && f.typ.Elem.Type != schema.Any:
		return kind(f.typ.Elem.Type)
	}
	return f.hold
}

// deepOf returns what the elements of the elements of a list can be.
func (r *rewriter) deepOf(f fact) kinds {
	if !r.unlike && f.typ != nil && f.typ.Elem != nil && f.typ.Elem.Elem != nil {
		return kind(f.typ.Elem.Elem.Type)
	}
	return f.deep
}

// within is what a value brings into the lists and maps of a list that it is put
// into: nothing where it is neither.
func (r *rewriter) within(node ast.Node, f fact) kinds {
	is := r.kindsOf(node, f)
	switch {
	case is != 0 && is&(listKinds|mapKinds|others) == 0, isEmptyList(node):
		return 0
	case is.only(listKinds|mapKinds) && is != 0 && f.elems == 0:
		return r.holdsOf(f).orOthers()
	}
	return others
}

// members visits the members of a map.
func (r *rewriter) members(n *ast.MapNode) fact {
	out, one := fact{typ: mapField, closed: true, written: make(map[string]written, len(n.Pairs))}, true
	for _, p := range n.Pairs {
		pair, ok := p.(*ast.PairNode)
		if !ok {
			continue
		}
		key, value := r.visit(&pair.Key), r.visit(&pair.Value)
		if wrong := r.kindsOf(pair.Key, key).beyond(textKinds); wrong != 0 {
			r.problemAt(pair.Key.Location(), RuleType, "the names of a map are strings, and this can be "+wrong.String(), "string(x) makes text of x")
			r.bad(&pair.Key)
		}
		out.secret = out.secret || key.tainted() || value.tainted()
		out.holdsNull = cmp.Or(out.holdsNull, value.among())
		if name, literal := pair.Key.(*ast.StringNode); literal {
			member := written{null: value.null}
			if value.time() == 0 {
				member.are = r.kindsOf(pair.Value, value)
			}
			out.written[name.Value] = member
		} else {
			out.closed = false
		}
		out.deep |= r.within(pair.Value, value)
		if kind := value.time(); kind == 0 { // which other text may be read as
			out.hold |= r.kindsOf(pair.Value, value)
		} else if one {
			out.elems, one = oneTime(out.elems, kind)
		}
	}
	if !one {
		out.hold |= textKinds
	}
	return out
}

// leftToExpr reports whether expr's checker knows the type, too. Of a number it
// does not where an integer stands beside one, and bytes are a list to it.
func (f fact) leftToExpr() bool {
	return f.typ != nil && f.typ.Type != schema.Number && f.typ.Type != schema.Bytes
}

// refuseKinds reports a value of which a part of what it can be is not taken. A
// value whose whole type is known is left to expr's checker.
func (r *rewriter) refuseKinds(what string, node *ast.Node, f fact, takes kinds) bool {
	is := r.kindsOf(*node, f)
	if is.beyond(takes) == 0 || !is.unlike() && (f.leftToExpr() || f.typ == nil && f.are == 0) {
		return false
	}
	r.problemAt((*node).Location(), RuleType, what+" takes "+takes.String()+", and this "+is.says(is.beyond(takes)), kindHelp(is.beyond(takes), takes))
	r.bad(node)
	return true
}

const bytesHelp = "base64(x) makes text of bytes x, unbase64(base64(x)) reads them as UTF-8, fromJSON(x) as JSON"

// kindHelp is what to do about what is not taken.
func kindHelp(wrong, takes kinds) string {
	switch {
	case wrong&kind(schema.Bytes) != 0 && takes&kind(schema.Bytes) == 0:
		return bytesHelp
	case wrong == kind(schema.String) && takes&numberKinds != 0 && takes&listKinds != 0 && takes&textKinds == 0:
		return "int(x) makes an integer of text x, float(x) a number"
	}
	return ""
}

// elementHelp is what to do about elements that are not taken.
func elementHelp(wrong, takes kinds) string {
	switch {
	case takes&textKinds != 0 && wrong&(textKinds|kind(schema.Bytes)) == 0 && takes&wrong == 0 && takes&numberKinds == 0:
		return "map(list, string(#)) makes text of the elements"
	case takes&numberKinds != 0 && wrong == kind(schema.String):
		return "map(list, float(#)) makes numbers of the elements"
	case takes&textKinds != 0 && wrong&textKinds != 0 && wrong&numberKinds != 0:
		return "map(list, string(#)) makes text of all elements"
	case takes == 0 && wrong&numberKinds != 0:
		return "map(list, duration(#)) makes durations of numbers of seconds, map(list, parseTime(#)) timestamps"
	}
	return ""
}

// noText reports a value beside a time, or that can be one, of which a part of
// what it can be is no text: none of it is read as a time.
func (r *rewriter) noText(operator string, kind schema.Type, node *ast.Node, f fact) bool {
	if r.unlike || f.typ != nil || !f.are.unlike() || f.are.beyond(textKinds) == 0 {
		return false
	}
	r.problemAt((*node).Location(), RuleType, operator+" takes "+withArticle(kind.String())+" here, and this can be "+f.are.beyond(textKinds).String(), "")
	r.bad(node)
	return true
}

// operandKinds reports operands that are not always of a kind that an operator
// takes.
func (r *rewriter) operandKinds(n *ast.BinaryNode, left, right fact) {
	var takes kinds
	switch n.Operator {
	case "-", "*", "/", "%", "**", "^", "..":
		takes = numberKinds
	case "+", "<", ">", "<=", ">=":
		takes = numberKinds | textKinds
		a, b := r.kindsOf(n.Left, left), r.kindsOf(n.Right, right)
		for _, same := range []kinds{numberKinds, textKinds} {
			if (a.sure(same) || b.sure(same)) && (a|b).beyond(same) != 0 {
				takes = same
			}
		}
	case "and", "&&", "or", "||":
		takes = booleanKinds
	case "contains", "startsWith", "endsWith", "matches":
		takes = textKinds
	case "in":
		if !r.refuseKinds(n.Operator, &n.Right, right, listKinds|mapKinds) {
			r.noKey(n, left, right)
		}
		return
	default:
		return
	}
	if n.Operator == "matches" && r.kindsOf(n.Left, left) == kind(schema.Bytes) {
		r.refuseKinds(n.Operator, &n.Right, right, takes)
		return
	}
	if left.time() != 0 || right.time() != 0 {
		return
	}
	if r.unlikeSides(n, left, right) {
		return
	}
	if !r.refuseKinds(n.Operator, &n.Left, left, takes) && !r.refuseKinds(n.Operator, &n.Right, right, takes) && (n.Operator == "%" || n.Operator == "..") {
		r.refuseNumber(n.Operator, &n.Left, left)
		r.refuseNumber(n.Operator, &n.Right, right)
	}
}

// noKey reports what is looked for in a map and is the name of none of its members.
func (r *rewriter) noKey(n *ast.BinaryNode, left, right fact) {
	is := r.kindsOf(n.Left, left)
	if !r.kindsOf(n.Right, right).sure(mapKinds) || !isNil(n.Left) && is.beyond(textKinds) == 0 {
		return
	}
	what := "is null"
	if !isNil(n.Left) {
		what = is.says(is.beyond(textKinds))
	}
	r.problemAt(n.Left.Location(), RuleType, "in looks for a member of a map by its name, which is a string, and this "+what, "values(map) is the list of what a map holds")
	r.bad(&n.Left)
}

// unlikeSides reports two operands of one kind each of which no operator takes both,
// where expr's checker does not know the type of one.
func (r *rewriter) unlikeSides(n *ast.BinaryNode, left, right fact) bool {
	a, b := r.kindsOf(n.Left, left), r.kindsOf(n.Right, right)
	known := left.typ != nil && right.typ != nil
	if known || a&^others == 0 || b&^others == 0 || a.unlike() || b.unlike() || (a | b).only(numberKinds) || (a | b).only(textKinds) {
		return false
	}
	switch n.Operator {
	case "+", "-", "*", "/", "%", "**", "^", "<", ">", "<=", ">=":
	default:
		return false
	}
	message := n.Operator + " cannot take " + a.String() + " and " + b.String()
	r.problemAt(n.Location(), RuleType, message, mismatchHelp(message))
	r.bad(&n.Left)
	return true
}

// refuseNumber reports what is computed of a number, and so never an integer, where
// one is taken. That of which the whole type is known is left to expr's checker.
func (r *rewriter) refuseNumber(what string, node *ast.Node, f fact) {
	if !f.leftToExpr() && r.kindsOf(*node, f) == kind(schema.Number) {
		r.wantsInteger(what, node, f)
	}
}

const integerHelp = "int(round(x)) makes an integer of a number x"

// wantsInteger reports what is not, or not always, an integer.
func (r *rewriter) wantsInteger(what string, node *ast.Node, f fact) {
	is := r.kindsOf(*node, f)
	wrong := is.beyond(kind(schema.Integer))
	if wrong == 0 {
		return
	}
	help := ""
	if is.only(numberKinds) {
		help = integerHelp
	}
	r.problemAt((*node).Location(), RuleType, what+" takes an integer, and this "+is.says(wrong), help)
	r.bad(node)
}

// sure reports whether something is known, and all of it is taken.
func (k kinds) sure(takes kinds) bool { return k != 0 && k.only(takes) }

// computedKinds is what an operator gives that is not one of times.
func (r *rewriter) computedKinds(n *ast.BinaryNode, left, right fact) kinds {
	switch n.Operator {
	case "and", "&&", "or", "||", "in", "matches", "contains", "startsWith", "endsWith":
		return booleanKinds
	case "%":
		return kind(schema.Integer)
	case "/", "**", "^":
		return kind(schema.Number)
	case "..":
		return listKinds
	case "+", "-", "*":
		a, b := r.kindsOf(n.Left, left), r.kindsOf(n.Right, right)
		switch {
		case n.Operator == "+" && (a.sure(textKinds) || b.sure(textKinds)):
			return kind(schema.String)
		case a.sure(numberKinds) && b.sure(numberKinds) && (a|b)&someNumber != 0 && a != kind(schema.Number) && b != kind(schema.Number):
			return numberKinds | someNumber
		case a.sure(numberKinds) && b.sure(numberKinds) && (a|b)&kind(schema.Number) != 0:
			return kind(schema.Number)
		case a == b && a == kind(schema.Integer):
			return a
		case (a == kind(schema.Number) || b == kind(schema.Number)) && !r.failed():
			return kind(schema.Number) // or it fails
		case (a.sure(numberKinds) || b.sure(numberKinds)) && !r.failed(): // or it fails
			return numberKinds | someNumber
		}
	}
	return 0
}

var goKinds = map[reflect.Type]kinds{
	goString: textKinds, goInteger: kind(schema.Integer), goNumber: numberKinds, goBoolean: booleanKinds,
	goBytes: kind(schema.Bytes), goList: listKinds, goMap: mapKinds,
}

// callKinds is what a function gives of which no type is known.
func callKinds(f *function) kinds {
	var out reflect.Type
	for _, t := range f.types {
		if out != nil && out != t.Out(0) {
			return 0
		}
		out = t.Out(0)
	}
	if len(f.types) == 0 && f.check != nil {
		out, _ = f.check([]reflect.Type{goAny}) // nil for what takes more
	}
	switch out {
	case goString:
		return kind(schema.String)
	case goNumber:
		return kind(schema.Number)
	}
	return goKinds[out]
}

// mostMembers bounds how many members of an object are looked at for what each
// of them can be.
const mostMembers = 100

// holdKeepers are the functions whose result holds what the arguments do, beside
// those that keep the type of the first.
var holdKeepers = []string{"concat", "merge", "values"}
