package bind

import (
	"errors"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// syntax reports what expr's parser says.
func (r *rewriter) syntax(err error) {
	message, help := "the expression cannot be read", ""
	var loc file.Location
	var at *file.Error
	if errors.As(err, &at) {
		loc = at.Location
		message = syntaxMessage(at.Message)
	}
	if name := calledBefore(r.src, r.offset(loc.From)); strings.HasPrefix(message, "expected at least ") && name != "" {
		if d, ok := Describe(name); ok {
			message, help = "not enough arguments to call "+name, d.Usage()
		}
	}
	if op, ok := besideCoalesce(at); ok {
		message = op + " beside ?? needs parentheses"
		help = "write (a ?? b) " + op + " c, or a ?? (b " + op + " c)"
	}
	if off, length, ok := badNumber(r.src, r.offset(loc.From), at); ok {
		message, help = numberMistake(r.src[off:off+length], at.Message)
		r.report(r.base+off, length, RuleSyntax, message, help)
		return
	}
	if help == "" {
		stopped := r.offset(loc.From)
		if strings.HasPrefix(message, "unexpected end") {
			stopped = len(r.src)
		}
		help = syntaxHelp(r.src, stopped)
	}
	r.problemAt(loc, RuleSyntax, message, help)
}

// calledBefore returns the name of the function whose arguments end at i.
func calledBefore(src string, i int) string {
	depth := 0
	for i = min(i, len(src)) - 1; i >= 0; i-- {
		switch src[i] {
		case ')', ']', '}':
			depth++
		case '(', '[', '{':
			if depth == 0 {
				start := i
				for start > 0 && isWordByte(src[start-1]) {
					start--
				}
				return src[start:i]
			}
			depth--
		}
	}
	return ""
}

// badNumber finds the number that expr's parser cannot read: it stops within, or
// at what stands behind it.
func badNumber(src string, stopped int, at *file.Error) (off, length int, ok bool) {
	if at == nil || !strings.Contains(at.Message, outOfRange) && !strings.Contains(at.Message, "invalid syntax") && !strings.HasPrefix(at.Message, "bad number syntax") {
		return 0, 0, false
	}
	stopped = min(stopped, len(src)-1)
	if off, length, ok = numberAt(src, stopped); ok {
		return off, length, ok
	}
	for stopped > 0 && isWordByte(src[stopped]) && isWordByte(src[stopped-1]) {
		stopped--
	}
	for stopped--; stopped > 0 && !isWordByte(src[stopped]) && src[stopped] != '.'; stopped-- {
	}
	return numberAt(src, stopped)
}

const outOfRange = "value out of range"

// numberAt returns the number that the byte at i is a part of.
func numberAt(src string, i int) (off, length int, ok bool) {
	part := func(i int) bool {
		switch {
		case i < 0 || i >= len(src):
			return false
		case src[i] == '+' || src[i] == '-': // of an exponent
			return i > 1 && src[i-1]|0x20 == 'e' && src[i-2] >= '0' && src[i-2] <= '9'
		}
		return src[i] == '.' || isWordByte(src[i])
	}
	end := i
	for off = i; part(off - 1); off-- {
	}
	for ; part(end); end++ {
	}
	return off, end - off, part(i) && src[off] >= '0' && src[off] <= '9'
}

// numberMistake says what is wrong with a number, of which message is what expr's
// parser says.
func numberMistake(number, message string) (what, help string) {
	switch {
	case !strings.Contains(message, outOfRange):
		return number + " is no number", "write it in decimal digits, such as 12 or 1.5e3; an integer may also be such as 0x1F"
	case strings.ContainsAny(number, ".eE") && !strings.HasPrefix(number, "0x"):
		return number + " does not fit into 64 bits", "numbers go up to 1.7e308"
	}
	return number + " does not fit into 64 bits", "put it in quotes: it can be passed on, and not computed with"
}

// besideCoalesce finds the operator that expr's parser wants apart from ??.
func besideCoalesce(at *file.Error) (op string, ok bool) {
	if at == nil {
		return "", false
	}
	rest, ok := strings.CutPrefix(at.Message, "Operator (")
	op, _, found := strings.Cut(rest, ") and coalesce expressions")
	return op, ok && found
}

// syntaxMessage drops the names that expr gives to kinds of tokens.
func syntaxMessage(m string) string {
	switch {
	case m == "unexpected token EOF" || m == "unexpected end of expression":
		return "unexpected end of the expression"
	case m == "literal not terminated":
		return "the text is not closed in its line"
	case strings.HasPrefix(m, "unrecognized character: "):
		_, c, _ := strings.Cut(m, "'")
		return "unexpected " + strings.TrimSuffix(c, "'")
	case strings.Contains(m, outOfRange):
		return "a number does not fit into 64 bits"
	}
	rest, ok := strings.CutPrefix(m, "unexpected token ")
	if !ok {
		return lowerFirst(m)
	}
	for _, kind := range []string{"Identifier(", "Number(", "String(", "Bytes(", "Operator(", "Bracket("} {
		if in, ok := strings.CutPrefix(rest, kind); ok {
			return "unexpected " + strings.TrimSuffix(in, ")")
		}
	}
	return "unexpected " + rest
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// mismatch is what expr's checker says.
func (r *rewriter) mismatch(err error, tree ast.Node) *Problem {
	p := &Problem{Rule: RuleType, Message: "the types do not fit"}
	var loc file.Location
	var at *file.Error
	if errors.As(err, &at) {
		loc = at.Location
		p.Message = ofNull(typeMessage(at.Message), loc, tree)
	}
	p.Help = mismatchHelp(p.Message)
	p.Offset, p.Length = r.span(loc)
	return p
}

// ofNull says null in a message about an operator, where expr's checker knows no
// type of an operand since it is null, and leaves operands out that are not known
// and can be right.
func ofNull(message string, loc file.Location, tree ast.Node) string {
	operator, operands, ok := strings.Cut(message, " cannot take ")
	if !ok || !strings.Contains(operands, "any") {
		return message
	}
	at := operatorAt{loc: loc}
	ast.Walk(&tree, &at)
	n := at.found
	if n == nil {
		return message
	}
	left, right, _ := strings.Cut(operands, " and ")
	switch {
	case isBad(n.Left), isBad(n.Right):
		return message // of which something was said
	case isNil(n.Left) && isNil(n.Right):
		return operator + " cannot take null and null"
	case isNil(n.Left) && right == "any", isNil(n.Right) && left == "any":
		return operator + " cannot take null"
	case isNil(n.Left):
		return operator + " cannot take null and " + right
	case isNil(n.Right):
		return operator + " cannot take " + left + " and null"
	case left == "any":
		return operator + " cannot take " + right
	case right == "any":
		return operator + " cannot take " + left
	}
	return message
}

func isBad(n ast.Node) bool {
	name, ok := n.(*ast.IdentifierNode)
	return ok && name.Value == badName
}

// operatorAt finds the operator of two operands at a place.
type operatorAt struct {
	loc   file.Location
	found *ast.BinaryNode
}

// Visit looks at one node.
func (v *operatorAt) Visit(node *ast.Node) {
	if n, ok := (*node).(*ast.BinaryNode); ok && n.Location() == v.loc {
		v.found = n
	}
}

// nullHelp is what to do where null is written, or can be, and is not taken.
const nullHelp = "give another value where it is null: x ?? 0"

// mismatchHelp is what to do about a message of typeMessage.
func mismatchHelp(message string) string {
	if operands, ok := strings.CutPrefix(message, "+ cannot take "); ok {
		switch {
		case strings.Contains(operands, "null"):
			return nullHelp
		case operands == "a map and a map":
			return "use merge(a, b)"
		case operands == "a list and a list":
			return "use concat(a, b)"
		case strings.HasPrefix(operands, "a list and "):
			return "use concat(list, [x])"
		case strings.Contains(operands, "a string"):
			return "use string(...), or text with ${...} in it"
		}
		return ""
	}
	if operator, operands, ok := strings.Cut(message, " cannot take "); ok {
		switch {
		case strings.Contains(operands, "bytes"):
			return bytesHelp
		case strings.Contains(operands, "null"):
			return nullHelp
		}
		return operandHelp(operator, operands)
	}
	name, _, takes := strings.Cut(message, " takes ")
	if rest, ok := strings.CutPrefix(message, "not enough arguments to call "); ok {
		name, takes = rest, true
	} else if rest, ok := strings.CutPrefix(message, "too many arguments to call "); ok {
		name, takes = rest, true
	}
	if f, ok := Describe(name); ok && takes {
		return f.Usage()
	}
	return ""
}

// operandHelp is what to do where an operator does not take its operands.
func operandHelp(operator, operands string) string {
	switch operator {
	case "in":
		if operands == "a string and a string" {
			return "a part of a text is text contains 'x'; in looks into a list or a map"
		}
		return "in looks into a list or a map: x in [1, 2]"
	case "and", "&&":
		return "compare each side: a > 0 and b != ''"
	case "or", "||":
		return "compare each side, such as a > 0 or b != ''; another value in place of null is a ?? b"
	case "not", "!":
		switch operands {
		case "a string":
			return "compare it: x == ''"
		case "an integer", "a number":
			return "compare it: x == 0"
		}
		return "compare it, or its length: len(x) == 0"
	}
	switch {
	case strings.Contains(operands, "a string") && (strings.Contains(operands, "an integer") || strings.Contains(operands, "a number")):
		return "make a number of the text: int(x) or float(x)"
	case operands == "a string" || operands == "a string and a string":
		return "make numbers of the texts: int(x) or float(x)"
	}
	return ""
}

// typeMessage rewrites a message of expr's checker in words of flows.
func typeMessage(m string) string {
	if rest, ok := strings.CutPrefix(m, "invalid operation: "); ok {
		op, types, _ := strings.Cut(rest, " ")
		if l, r, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(types, "(mismatched types "), ")"), " and "); ok {
			return op + " cannot take " + withArticle(flowType(l)) + " and " + withArticle(flowType(r))
		}
		t := strings.TrimSuffix(strings.TrimPrefix(types, "(mismatched type "), ")")
		return op + " cannot take " + withArticle(flowType(t))
	}
	if name, ok := strings.CutPrefix(m, "unknown pointer "); ok {
		return "there is no " + name + " here" // unknown is not a type there
	}
	if strings.HasPrefix(m, "predicate should has one input") {
		return "the predicate gives null"
	}
	m = strings.TrimSpace(flowTypes(m))
	for _, form := range typeForms {
		if rest, ok := strings.CutPrefix(m, form.before); ok {
			if name, found, ok := strings.Cut(rest, form.between); ok {
				return form.message(name, strings.TrimSuffix(found, form.after))
			}
		}
	}
	if rest, ok := strings.CutPrefix(m, "cannot use "); ok {
		if found, rest, ok := strings.Cut(rest, " as type "); ok && strings.HasSuffix(rest, " in list") {
			return withArticle(found) + " is in no list of " + plurals(strings.TrimSuffix(rest, " in list"))
		}
		found, rest, _ := strings.Cut(rest, " as argument (type ")
		if wanted, name, ok := strings.Cut(rest, ") to call "); ok {
			return name + " takes " + withArticle(wanted) + " here, not " + withArticle(found)
		}
	}
	return m
}

// typeForms are messages of expr's checker that read better otherwise.
var typeForms = []struct {
	before, between, after string
	message                func(first, second string) string
}{
	{"function ", " takes only list (got ", ")", func(name, found string) string {
		return name + " takes a list, not " + withArticle(found)
	}},
	{"predicate should return boolean", " (got ", ")", func(_, found string) string {
		return "the condition gives " + withArticle(found) + ", not a boolean"
	}},
	{"non-boolean expression", " (type ", ") used as condition", func(_, found string) string {
		return "the condition is " + withArticle(found) + ", not a boolean"
	}},
}

// plurals is the name of a type for several values of it.
func plurals(name string) string {
	if name == "bytes" || name == "any" {
		return name
	}
	return name + "s"
}

var goTypes = strings.NewReplacer(
	"map[interface {}][]interface {}", "map of list",
	"map[string]interface {}", "map",
	"[]interface {}", "list",
	"[]uint8", "bytes",
	"interface {}", "any",
)

// flowTypes replaces Go's names of types in a message.
func flowTypes(m string) string {
	m = goTypes.Replace(m)
	var b strings.Builder
	for len(m) > 0 {
		end := 0
		for end < len(m) && isWordByte(m[end]) {
			end++
		}
		if end == 0 {
			b.WriteByte(m[0])
			m = m[1:]
			continue
		}
		b.WriteString(flowWord(m[:end]))
		m = m[end:]
	}
	return b.String()
}

func isWordByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '#'
}

func flowType(t string) string { return flowTypes(t) }

func flowWord(w string) string {
	switch w {
	case "int", "int64":
		return "integer"
	case "float64":
		return "number"
	case "bool":
		return "boolean"
	case "nil", "<nil>":
		return "null"
	case "unknown":
		return "any"
	case "array":
		return "list"
	case "non-bool":
		return "non-boolean"
	case "builtin":
		return "function"
	}
	return w
}

// machineMessage rewrites what stopped expr's machine. Messages that may hold
// a value are not passed on.
func machineMessage(m string) string {
	if rest, ok := strings.CutPrefix(m, "interface conversion: "); ok {
		return conversionMessage(rest)
	}
	if rest, ok := strings.CutPrefix(m, "invalid operation: "); ok {
		if f := strings.Fields(goTypes.Replace(strings.ReplaceAll(rest, "<nil>", "nil"))); len(f) == 3 {
			return "cannot compare " + withArticle(valueWord(f[0])) + " with " + withArticle(valueWord(f[2]))
		}
	}
	switch m {
	case "memory budget exceeded":
		return errTooMany.Error()
	case "reduce of empty array with no initial value":
		return "reduce of an empty list needs an initial value"
	}
	return "the expression cannot be evaluated"
}

func valueWord(t string) string {
	if t == "*big.Int" {
		return "integer beyond 64 bits"
	}
	return flowTypes(t)
}

// conversionMessage reads "interface {} is string, not bool".
func conversionMessage(m string) string {
	_, rest, ok := strings.Cut(m, " is ")
	found, wanted, ok2 := strings.Cut(rest, ", not ")
	if !ok || !ok2 {
		return "the expression cannot be evaluated"
	}
	if wanted == "[]uint8" {
		wanted = "string" // matches takes bytes, too
	}
	return "expected " + withArticle(valueWord(wanted)) + ", found " + withArticle(valueWord(found))
}
