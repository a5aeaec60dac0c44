package check

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/schema"
)

// value checks a value against the field that it is for, and gives the plan
// that makes it. f nil takes anything. sc nil takes no expressions. what names
// the value in messages.
func (c *checker) value(n *node, f *schema.Field, sc *scope, what string) interp.Value {
	if f == nil {
		f = fields.Anything
	}
	if n.Broken {
		c.broken = true
		return interp.Constant{} // the file's reader has reported it
	}
	switch n.Kind {
	case mapNode:
		return c.mapping(n, f, sc, what)
	case listNode:
		return c.list(n, f, sc, what)
	default:
		return c.scalar(n, f, sc, what)
	}
}

func (c *checker) scalar(n *node, f *schema.Field, sc *scope, what string) interp.Value {
	if strings.Contains(n.Text, "${") || strings.Contains(n.Text, "{$") {
		v, done := c.template(n, f, sc, what)
		if done {
			return v
		}
		plain := *n
		plain.Text, _ = v.(interp.Constant).V.(string)
		n = &plain
	}
	v, ok := c.scalarLiteral(n, f, what)
	if !ok {
		return interp.Constant{}
	}
	if v != nil && (f.Secret || f.Type == schema.List && f.BareElement && f.Elem != nil && f.Elem.Secret) {
		c.literalSecret(n, sc, what)
	}
	before := len(c.diags)
	c.convert(n, f, v, what)
	c.asText(n, f, sc, what, before)
	return interp.Constant{V: v}
}

// scalarLiteral returns a scalar as the value that the field's type makes of it.
func (c *checker) scalarLiteral(n *node, f *schema.Field, what string) (any, bool) {
	if fields.IsTextual(f) {
		if n.IsNull() {
			c.nullLiteral(n, f, what)
			return nil, true
		}
		return n.Text, true
	}
	if n.IsNull() {
		c.nullLiteral(n, f, what)
	}
	v, problem := n.Value()
	if problem != "" {
		c.fail(n, "ambiguous-scalar", "", "%s: %s %s", what, n.Text, problem)
		if c.forgives() {
			return n.Text, true
		}
		return nil, false
	}
	return v, true
}

// template checks a text that may hold expressions. done is false where it
// holds none; v is then the text with $${ as ${.
func (c *checker) template(n *node, f *schema.Field, sc *scope, what string) (v interp.Value, done bool) {
	at := sc
	if at == nil {
		at = &scope{}
		if bind.HasExpr(n.Text) {
			c.noExpression(n, what)
			return interp.Constant{}, true
		}
	}
	reads := len(c.reads)
	n, omits := c.withoutOmit(n, f)
	program, problems := c.compile(n, at)
	c.problems(n, problems, at)
	if program == nil || hasErrors(problems) {
		return interp.Constant{}, true
	}
	if f.Secret {
		c.secretEnv(c.reads[reads:])
	}
	if fixed, ok := program.Constant(); ok {
		return interp.Constant{V: fixed}, false
	}
	c.curlyQuotes(n, what)
	fits := c.fits(n, program, f, what)
	if v, ok := program.Fixed(); ok && fits && !c.forgives() {
		c.convert(n, f, v, what)
	}
	if omits {
		return &interp.Binding{Program: program, At: c.src.Place(n), Omits: true}, true
	}
	if fits {
		c.mayBeNull(n, program, f, what)
	}
	c.nullNarrows(n, program, f, what)
	return &interp.Binding{Program: program, At: c.src.Place(n)}, true
}

func (c *checker) compile(n *node, sc *scope) (*bind.Program, []bind.Problem) {
	before := len(c.urls)
	var program *bind.Program
	var problems []bind.Problem
	if c.ahead != nil && n.Expr > 0 {
		program, problems = c.ahead.Compile(int(n.Expr)-1, n.Text, sc)
	} else {
		program, problems = c.engine.Compile(n.Text, sc)
	}
	c.placeURLs(before, n)
	return program, problems
}

func hasErrors(problems []bind.Problem) bool {
	return slices.ContainsFunc(problems, func(p bind.Problem) bool { return !p.Warning })
}

func (c *checker) problems(n *node, problems []bind.Problem, sc *scope) {
	for _, p := range problems {
		p = c.mustache(n, p, sc)
		severity := diag.Error
		if p.Warning {
			severity = diag.Warning
		}
		switch {
		case p.Rule == bind.RuleUnclosed && n.Style != plainStyle:
			p.Help = "add the closing }, or write $${ for a plain ${"
		case p.Rule == bind.RuleUnknownInput && c.sharing != nil && c.sharing.user.hasSet(n.Text, p):
			p.Help = "a connection at the top sees inputs, and not what steps set: " + intoStep
		case p.Rule == bind.RuleUnknownInput && p.Help == "":
			p.Help = "declare it under ‹inputs:›, or set it in a step before"
		}
		c.report(severity, c.src.Inside(n, p.Offset, p.Length), p.Rule, p.Help, p.Message)
	}
}

// fits reports an expression whose type can never be what the field takes, and
// is false then.
func (c *checker) fits(n *node, p *bind.Program, f *schema.Field, what string) bool {
	have := p.Type()
	if have == nil || canFit(have, f) || f == conditionField && !p.Whole() { // which is told elsewhere
		return c.loader.lenient || c.alwaysFits(n, p, f, what)
	}
	c.fail(n, "type-mismatch", mismatch(n, have, f), "%s takes %s, and this expression gives %s", what, fields.Article(f), fields.Article(have))
	return false
}

// alwaysFits reports an expression of which a part of what it can give is nothing
// that the field takes.
func (c *checker) alwaysFits(n *node, p *bind.Program, f *schema.Field, what string) bool {
	for _, t := range p.Types() {
		if have := (&schema.Field{Type: t}); !canFit(have, f) {
			c.fail(n, "type-mismatch", "", "%s takes %s, and this expression can give %s", what, fields.Article(f), fields.Article(have))
			return false
		}
	}
	for _, t := range p.Elements() {
		if have := (&schema.Field{Type: schema.List, Elem: &schema.Field{Type: t}}); !canFit(have, f) {
			c.fail(n, "type-mismatch", "", "%s takes %s, and an element of this list can be %s", what, fields.Article(f), fields.Article(have.Elem))
			return false
		}
	}
	return true
}

// canFit is false where no value of have converts to want.
func canFit(have, want *schema.Field) bool {
	if want == conditionField { // nothing is converted
		return have.Type == schema.Any || have.Type == schema.Boolean
	}
	return canFitTo(have, want, maxDepth)
}

// canFitTo is canFit of so many levels: a list's elements may be its own type.
func canFitTo(have, want *schema.Field, levels int) bool {
	switch {
	case have == nil || want == nil || want.Coerce != nil || want.Type == schema.Any || have.Type == schema.Any || levels == 0:
		return true
	case have.Type == want.Type && (have.Type == schema.List || have.Type == schema.Map):
		return canFitTo(have.Elem, want.Elem, levels-1)
	case have.Type == want.Type:
		return true
	}
	text := have.Type == schema.String
	switch want.Type {
	case schema.String:
		return !slices.Contains([]schema.Type{schema.Bytes, schema.Object, schema.List, schema.Map}, have.Type)
	case schema.Integer, schema.Number:
		return text || have.Type == schema.Integer || have.Type == schema.Number
	case schema.Object, schema.Map:
		return have.Type == schema.Object || have.Type == schema.Map || text && want.JSONText
	case schema.List:
		return want.BareElement || text && want.JSONText
	default: // boolean, duration, timestamp, bytes
		return text
	}
}

// convert reports what a literal breaks.
func (c *checker) convert(n *node, f *schema.Field, v any, what string) {
	if v == nil {
		return
	}
	converted, err := f.Convert(v)
	if errs, ok := err.(schema.Errors); ok && n.Kind == scalarNode { //nolint:errorlint // Convert documents this type
		for i := range errs {
			if errs[i].Rule == schema.RuleEnum && errs[i].Help == "" {
				errs[i].Help = enumHelp(n.Text, f.Enum)
			}
		}
	}
	c.fieldErrors(n, err, what)
	c.openEnum(n, f, v, what)
	if err == nil {
		c.advice(n, f, converted, what)
	}
}

// advice warns of a literal that does not keep what a service documents, and
// may take nevertheless.
func (c *checker) advice(n *node, f *schema.Field, v any, what string) {
	errs, _ := f.Advised(v).(schema.Errors) //nolint:errorlint // Advised documents this type
	for _, e := range errs {
		c.warn(n, "beyond-advice", "", "%s: %s", what, e.Message)
	}
}

func (c *checker) fieldErrors(n *node, err error, what string) {
	errs, _ := err.(schema.Errors) //nolint:errorlint // Convert documents this type
	for _, e := range errs {
		where := what
		if e.Path != "" {
			where = joinWhat(what, e.Path)
		}
		_, at := n.Find(e.Path)
		if e.Help == "" && at.Kind == scalarNode {
			e.Help = habits.Value(e.Message, at.Text)
		}
		c.fail(at, e.Rule, e.Help, "%s: %s", where, e.Message)
	}
}

// openEnum warns of a literal that the service did not know when the list of
// its values was made.
func (c *checker) openEnum(n *node, f *schema.Field, v any, what string) {
	text, ok := v.(string)
	if !f.OpenEnum || !ok || slices.Contains(f.Enum, v) || len(f.Enum) == 0 {
		return
	}
	c.warn(n, "unknown-enum-value", diag.Suggest(text, textsOf(f.Enum), "known values"), "%s: %q is no value that is known", what, text)
}

func textsOf(enum []any) []string {
	texts := make([]string, len(enum))
	for i, e := range enum {
		texts[i] = fmt.Sprint(e)
	}
	return texts
}

// enumHelp is the nearest of the values that are allowed.
func enumHelp(text string, enum []any) string {
	if near, ok := diag.Nearest(text, textsOf(enum)); ok {
		return "write ‹" + near + "›"
	}
	return ""
}

// shapeHelp is what to write where a list or map stands that is none of what is
// wanted.
func shapeHelp(f *schema.Field) string {
	switch f.Type {
	case schema.List:
		return "write a list: ‹[value]›"
	case schema.Map, schema.Object:
		return "write a map: ‹{name: value}›"
	}
	return "write one value"
}

func joinWhat(what, name string) string {
	if what == "" || strings.HasPrefix(name, "[") {
		return what + name
	}
	return what + "." + name
}

func (c *checker) list(n *node, f *schema.Field, sc *scope, what string) interp.Value {
	elem := f.Elem
	switch {
	case f.Coerce != nil:
		elem = nil
	case f.Type == schema.Any:
	case f.Type != schema.List:
		c.fail(n, "wrong-type", shapeHelp(f), "%s takes %s, found a list", what, fields.Article(f))
		elem = nil
	}
	items := make(interp.ListValue, len(n.Items))
	fixed := true
	for i, item := range n.Items {
		items[i] = c.value(item, elem, sc, joinWhat(what, fmt.Sprintf("[%d]", i)))
		_, ok := items[i].(interp.Constant)
		fixed = fixed && ok
	}
	if !fixed {
		return items
	}
	list := make([]any, len(items))
	for i, item := range items {
		list[i] = item.(interp.Constant).V
	}
	c.convertWhole(n, f, list, what)
	return interp.Constant{V: list}
}

// convertWhole checks what only a whole container can break; what its parts
// break was reported with them.
func (c *checker) convertWhole(n *node, f *schema.Field, v any, what string) {
	if f.Coerce == nil && f.MinLength == nil && f.MaxLength == nil {
		return
	}
	before := c.diags
	c.convert(n, f, v, what)
	for _, d := range c.diags[len(before):] {
		if d.Rule != schema.RuleLength && f.Coerce == nil {
			c.diags = before
			return
		}
	}
}

func (c *checker) mapping(n *node, f *schema.Field, sc *scope, what string) interp.Value {
	switch {
	case isFile(n) && (f.File || f.Type == schema.String && sc != nil):
		if sc != nil && sc.trigger != nil && !contains(sc.trigger.names, "secrets") { // which auth alone has
			c.fail(n, "no-file-here", "let a step read it", "%s: a trigger reads no files", what)
			return interp.Constant{}
		}
		return c.fileReference(n.Items[0], f, what)
	case f.Coerce != nil:
		v := c.freeMap(n, nil, sc, what)
		if fixed, ok := v.(interp.Constant); ok {
			c.convert(n, f, fixed.V, what)
		}
		return v
	case f.Type == schema.Object && f.Members != nil:
		return c.object(n, f.Members, sc, what, n)
	case f.Type == schema.Map:
		v := c.freeMap(n, f.Elem, sc, what)
		if fixed, ok := v.(interp.Constant); ok {
			c.convertWhole(n, f, fixed.V, what)
		}
		return v
	case f.Type == schema.List && f.BareElement && f.Elem != nil:
		return c.mapping(n, f.Elem, sc, what)
	case f.Type == schema.Any || f.Type == schema.Object || f.Type == schema.List && f.BareElement:
		return c.freeMap(n, nil, sc, what)
	default:
		c.fail(n, "wrong-type", shapeHelp(f), "%s takes %s, found a map", what, fields.Article(f))
		return c.freeMap(n, nil, sc, what)
	}
}

// isFile reports whether a map is {file: path}.
func isFile(n *node) bool {
	return len(n.Keys) == 1 && n.Keys[0].Text == "file" && n.Items[0].Kind == scalarNode
}

// fileReference is the content of a file: text in UTF-8 where text is wanted.
func (c *checker) fileReference(n *node, f *schema.Field, what string) interp.Value {
	name := c.text(n, what+".file")
	full := path.Join(path.Dir(c.src.Name), name)
	if name == "" || path.IsAbs(name) || !fs.ValidPath(full) {
		c.fail(n, "bad-path", "give a path relative to the flow, below the root folder", "%s.file: %q leads out of the root folder", what, name)
		return interp.Constant{}
	}
	text := !f.File && f.Type == schema.String
	if c.namedFile(n, full, what) && text {
		c.textFile(n, full, what)
	}
	if !f.Unread { // what nobody reads is not kept with a run either
		c.program.Named = append(c.program.Named, full)
	}
	return &interp.FileValue{Path: full, At: c.src.At(n), Unread: f.Unread, Text: text}
}

// namedFile looks at a file that the flow names, and reports whether there is
// one. One that is not there, or that nobody here may read, can be there when the
// flow runs; what is no file can not.
func (c *checker) namedFile(n *node, name, what string) bool {
	var problem *readfile.Problem
	if _, err := readfile.Stat(c.loader.fsys, name); !errors.As(err, &problem) {
		return err == nil
	}
	if problem.Unwrap() != nil {
		c.warn(n, problem.Rule, "check the path; unless something writes the file before the step runs, the step fails", "%s.file: %s", what, problem)
		return false
	}
	c.fail(n, problem.Rule, problem.Help, "%s.file: %s", what, problem)
	return false
}

// textFile reports a file whose content is no text, where text is wanted. A large
// one is left to the run.
func (c *checker) textFile(n *node, name, what string) {
	content, err := readfile.FS(c.loader.fsys, name, mostKnown)
	if err == nil && !utf8.Valid(content) && !c.loader.lenient {
		c.fail(n, "wrong-type", "save it as UTF-8, or give it to a parameter that takes bytes", "%s.file: %q is not text in UTF-8, which is wanted here", what, name)
	}
}

// literalSecret keeps a secret that stands in the file out of excerpts, and
// says that it should not stand there.
func (c *checker) literalSecret(n *node, sc *scope, what string) {
	c.src.Hide(n.Text)
	help := "read it from the environment: \"${env.NAME}\""
	if sc != nil && sc.trigger != nil { // which has no env
		help = "declare it under ‹secrets:›, and write \"${secrets.NAME}\""
	}
	c.warn(n, "literal-secret", help, "%s is a secret and stands in the file", what)
}
