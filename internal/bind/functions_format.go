package bind

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/schema"
)

// verb is one % of a template of format: what Go's fmt takes, without what
// prints Go's own values.
var verb = regex.Late{Text: `%(?:%|[-+ 0]*[0-9]{0,3}(?:\.[0-9]{0,2})?[sdfexXq])`}

var errVerb = errors.New("after % stand s, d, f, e, x, X, q or %, with flags, a width and a precision before, such as %-10s, %05d, %.2f")

// verbsOf takes the verbs out of a template, without those for %.
func verbsOf(template string) (verbs []string, err error) {
	rest := template
	for {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			return verbs, nil
		}
		at := verb.Get().FindStringIndex(rest[i:])
		if at == nil || at[0] != 0 {
			return nil, errVerb
		}
		if v := rest[i : i+at[1]]; v != "%%" {
			verbs = append(verbs, v)
		}
		rest = rest[i+at[1]:]
	}
}

func countError(verbs, values int) error {
	if verbs == values {
		return nil
	}
	return errors.New("the template takes " + plural(verbs, "value") + ", and " + plural(values, "is", "are") + " given")
}

func plural(n int, forms ...string) string {
	switch {
	case n == 1:
		return "1 " + forms[0]
	case len(forms) > 1:
		return strconv.Itoa(n) + " " + forms[1]
	}
	return strconv.Itoa(n) + " " + forms[0] + "s"
}

// literalTemplate reports a literal template that does not fit the arguments.
func literalTemplate(r *rewriter, n *ast.CallNode, args []fact) {
	if len(n.Arguments) == 0 {
		return
	}
	literal, ok := n.Arguments[0].(*ast.StringNode)
	if !ok {
		return
	}
	verbs, err := verbsOf(literal.Value)
	if err == nil {
		err = countError(len(verbs), len(n.Arguments)-1)
	}
	if err != nil {
		r.problemAt(literal.Location(), RuleType, "format: "+err.Error(), "")
		return
	}
	for i, v := range verbs {
		arg := n.Arguments[i+1]
		is := r.kindsOf(arg, args[i+1]) | kind(typeOfNode(arg, args[i+1]))
		for t := schema.String; t <= schema.Map; t++ {
			wants, ok := formattedAs(v[len(v)-1], t)
			if ok || is&kind(t) == 0 {
				continue
			}
			r.problemAt(arg.Location(), RuleType, fmt.Sprintf("format: value %d must be %s for %%%c, not %s",
				i+1, wants, v[len(v)-1], withArticle(t.String())), "")
			r.bad(&n.Arguments[i+1])
			break
		}
	}
}

// typeOfNode is what is known of an operand's type, also of a literal text.
func typeOfNode(node ast.Node, f fact) schema.Type {
	if _, text := node.(*ast.StringNode); text {
		return schema.String
	}
	if f.typ == nil {
		return schema.Any
	}
	return f.typ.Type
}

// formattedAs reports whether a verb can take a value of a type, and what it
// takes.
func formattedAs(verb byte, t schema.Type) (wants string, ok bool) {
	switch verb {
	case 'd':
		return "an integer", t == schema.Any || t == schema.Integer
	case 'f', 'e':
		return "a number", t == schema.Any || t == schema.Integer || t == schema.Number
	case 'x', 'X':
		return "an integer, text or bytes", !slices.Contains([]schema.Type{schema.Number, schema.Boolean, schema.List, schema.Map, schema.Object}, t)
	}
	return "", true
}

func format(fr *frame, args []any) (any, error) {
	template, err := textOf(args[0])
	if err != nil {
		return nil, err
	}
	verbs, err := verbsOf(template)
	if err == nil {
		err = countError(len(verbs), len(args)-1)
	}
	if err != nil {
		return nil, err
	}
	values := make([]any, len(verbs))
	for i, v := range verbs {
		if values[i], err = formatted(v[len(v)-1], args[i+1]); err != nil {
			return nil, fmt.Errorf("value %d %w", i+1, err)
		}
		if text, ok := values[i].(string); ok {
			if err := fr.spend(2 * len(text)); err != nil {
				return nil, err
			}
		}
	}
	return fmt.Sprintf(template, values...), nil
}

// formatted is what fmt prints for a verb.
func formatted(verb byte, v any) (any, error) {
	switch verb {
	case 'd':
		if isBig(v) {
			return v, nil
		}
		if i, ok := asInteger(v); ok {
			return i, nil
		}
		return nil, fmt.Errorf("must be an integer for %%d, not %s", withArticle(typeName(v)))
	case 'f', 'e':
		if err := checkNumber("", v); err != nil {
			return nil, fmt.Errorf("must be a number for %%%c, not %s", verb, withArticle(typeName(v)))
		}
		return floatOf(v), nil
	case 'x', 'X':
		switch x := v.(type) {
		case int64, string, []byte:
			return x, nil
		}
		return nil, fmt.Errorf("must be an integer, text or bytes for %%%c, not %s", verb, withArticle(typeName(v)))
	}
	return appendTextOf(v)
}

func appendTextOf(v any) (any, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	out, err := appendText(nil, v)
	return string(out), err
}

// padder writes a value at the end or at the beginning of so many characters.
func padder(left bool) func(*frame, []any) (any, error) {
	return func(fr *frame, args []any) (any, error) {
		v, err := appendTextOf(args[0])
		if err != nil {
			return nil, errors.New("the value " + err.Error())
		}
		text := v.(string)
		width, err := smallOf(args[1])
		if err != nil {
			return nil, err
		}
		fill := " "
		if len(args) > 2 {
			if fill, err = textOf(args[2]); err != nil {
				return nil, err
			}
		}
		if utf8.RuneCountInString(fill) != 1 {
			return nil, errors.New("the filling must be one character")
		}
		n := width - utf8.RuneCountInString(text)
		switch {
		case n <= 0:
			return text, nil
		case n > fr.left/len(fill):
			return nil, errTooMuch
		case left:
			return strings.Repeat(fill, n) + text, nil
		}
		return text + strings.Repeat(fill, n), nil
	}
}

// finding is a search for a group of a pattern, group 0 being all of it.
func (f *frame) finding(args []any) (text string, re *regexp.Regexp, group int, err error) {
	if text, err = textOf(args[0]); err != nil {
		return "", nil, 0, err
	}
	if re, err = f.pattern(args[1], text); err != nil {
		return "", nil, 0, err
	}
	if len(args) > 2 {
		group, err = groupOf(re, args[2])
	}
	return text, re, group, err
}

var errGroup = errors.New("the pattern has no such group")

func groupOf(re *regexp.Regexp, v any) (int, error) {
	if name, ok := v.(string); ok {
		if i := re.SubexpIndex(name); i > 0 {
			return i, nil
		}
		return 0, errGroup
	}
	n, err := smallOf(v)
	if err == nil && (n < 0 || n > re.NumSubexp()) {
		err = errGroup
	}
	return n, err
}

// literalGroup reports a literal group that a literal pattern does not have.
func literalGroup(r *rewriter, n *ast.CallNode, _ []fact) {
	if len(n.Arguments) < 3 {
		return
	}
	pattern, ok := n.Arguments[1].(*ast.StringNode)
	if !ok {
		return
	}
	re, err := regexp.Compile(pattern.Value)
	if err != nil {
		return
	}
	switch group := n.Arguments[2].(type) {
	case *ast.StringNode:
		_, err = groupOf(re, group.Value)
	case *ast.IntegerNode:
		_, err = groupOf(re, int64(group.Value))
	}
	if err != nil {
		r.problemAt(n.Arguments[2].Location(), RuleType, err.Error(), "groups are (…) and (?P<name>…)")
	}
}

// regexFind returns null where nothing matches.
func regexFind(fr *frame, args []any) (any, error) {
	text, re, group, err := fr.finding(args)
	if err != nil {
		return nil, err
	}
	return found(text, re.FindStringSubmatchIndex(text), group), nil
}

func found(text string, at []int, group int) any {
	if at == nil || at[2*group] < 0 {
		return nil
	}
	return text[at[2*group]:at[2*group+1]]
}

func regexFindAll(fr *frame, args []any) (any, error) {
	text, re, group, err := fr.finding(args)
	if err != nil {
		return nil, err
	}
	out := []any{}
	all := re.FindAllStringSubmatchIndex(text, -1)
	if err := fr.spend(len(all) * 8 * (re.NumSubexp() + 5)); err != nil {
		return nil, err
	}
	for _, at := range all {
		out = append(out, found(text, at, group))
	}
	return out, nil
}
