package bind

import (
	"strings"

	"github.com/medlar-flow/medlar/schema"
)

// Program is a compiled text. It is safe for concurrent use.
type Program struct {
	text    string
	expr    expression // of a whole
	parts   []part     // of mixed text; of a literal the one that it is
	refs    []Ref
	nulls   []string
	literal bool
	whole   bool
	secret  bool
}

// expression is what stands in one ${...}: a path, a range, or code.
type expression struct {
	path     *path
	code     *code
	rng      *valueRange
	known    outcome
	off, len int
}

// outcome is what is known of the result.
type outcome struct {
	typ              *schema.Field // nil: any
	absent           *absence      // nil for most
	time             schema.Type   // see fact.time
	are, hold        kinds         // see fact.are
	secret, nullable bool
}

// absence is what makes a result null, or something in it: see fact.null.
type absence struct{ null, holdsNull string }

// null is what makes the result null; empty where nothing is known that does.
func (o *outcome) null() string {
	if o.absent == nil {
		return ""
	}
	return o.absent.null
}

// plainText makes the program of a text without expressions.
func plainText(text, constant string) *Program {
	return &Program{text: text, parts: []part{{literal: constant}}, literal: true}
}

func (f fact) outcome() outcome {
	if f.hold != 0 && f.elems == 0 && f.typ != nil && f.typ.Type == schema.List && f.typ.Elem == nil {
		list := *f.typ
		list.Elem, f.typ = oneKind[f.hold], &list
		if elem := oneKind[f.deep]; f.hold == listKinds && elem != nil {
			list.Elem = listType(elem)
		}
	}
	if f.typ == nil && f.time() == 0 {
		f.typ = oneKind[f.are]
	}
	out := outcome{typ: f.typ, time: f.time(), are: f.are, hold: f.hold | kind(f.elems), secret: f.tainted(), nullable: f.nullable}
	if f.null != "" || f.holdsNull != "" {
		out.absent = &absence{f.null, f.holdsNull}
	}
	return out
}

func (x *expression) eval(v Vars) (any, *EvalError) {
	switch {
	case x.path != nil:
		return x.path.eval(v)
	case x.rng != nil:
		return x.rng.list(v)
	default:
		return x.code.eval(v)
	}
}

// Eval returns the value of the text. The error is an *EvalError. Lists and maps
// of the result may be those that v gave, so nobody changes them. A text that
// is one bare path gives payloads as v has them; every other is made of what
// they hold.
func (p *Program) Eval(v Vars) (any, error) {
	if p.literal {
		return p.parts[0].literal, nil
	}
	var out any
	var err *EvalError
	if p.whole {
		out, err = p.expr.eval(v)
	} else {
		out, err = p.joinText(v)
	}
	if err != nil {
		if err.Length == 0 {
			err.Offset, err.Length = p.expr.off, p.expr.len
		}
		return nil, err
	}
	return out, nil
}

// Bare is true if the text is one path, which makes nothing new.
func (p *Program) Bare() bool { return p.whole && p.expr.path != nil }

// Path returns the names that a text selects which is one path, with dots between
// them; empty for any other text, and for one that selects an element by its index.
func (p *Program) Path() string {
	if !p.Bare() || len(p.refs) != 1 {
		return ""
	}
	path := p.refs[0].String()
	for i := range p.expr.path.segs {
		if p.expr.path.segs[i].kind != byName {
			return ""
		}
		path += "." + p.expr.path.segs[i].name
	}
	return path
}

// EvalShown is Eval for a text of which Secret is true. It also returns the
// text as people may see it, with what made returns in place of what each
// expression returns that shows a secret, bare being true of one that is a path, and
// with what rest returns, if it is not nil, in place of what each other one does. A
// text that is one expression is shown as it is: only its type says what in it
// is secret.
func (p *Program) EvalShown(v Vars, made func(text string, bare bool) string, rest func(text string) string) (out, shown any, err error) {
	if p.literal || p.whole {
		out, err = p.Eval(v)
		return out, out, err
	}
	var plain, masked strings.Builder
	for i := range p.parts {
		text, x := p.parts[i].literal, p.parts[i].expr
		if x == nil {
			plain.WriteString(text)
			masked.WriteString(text)
			continue
		}
		one, raw, fault := x.render(v, p.text, nil)
		if fault != nil {
			return nil, nil, fault
		}
		text = one.text + string(raw)
		if plain.Len()+len(text) > maxProduced {
			return nil, nil, p.tooLong(i)
		}
		plain.WriteString(text)
		switch {
		case x.known.secret:
			text = made(text, x.path != nil)
		case rest != nil:
			text = rest(text)
		}
		masked.WriteString(text)
	}
	return plain.String(), masked.String(), nil
}

// Constant returns the text of a program without expressions, with $${ turned
// into ${. ok is false for every other program.
func (p *Program) Constant() (v any, ok bool) {
	if !p.literal {
		return nil, false
	}
	return p.parts[0].literal, true
}

// Fixed returns the value of a text that is one expression, and that expression a
// literal, such as ${7200}. ok is false for every other program.
func (p *Program) Fixed() (v any, ok bool) {
	if !p.whole || p.expr.code == nil {
		return nil, false
	}
	switch p.expr.code.literal.(type) {
	case nil, map[string]any, []any:
		return nil, false
	}
	return p.expr.code.literal, true
}

// Written returns the list or map that a text is which is one expression that writes it,
// such as ${ {a: 1, b: ctx.b} }, with Unwritten in the place of each part that is no
// literal; nil for others.
func (p *Program) Written() any {
	if !p.whole || p.expr.code == nil {
		return nil
	}
	switch v := p.expr.code.literal.(type) {
	case map[string]any, []any:
		return v
	}
	return nil
}

// Unwritten stands for what only a run knows.
type Unwritten struct{}

// Whole reports whether the text is one ${...}, whose value keeps its type.
func (p *Program) Whole() bool { return p.whole }

// Type returns the static type of the result: any where it is not known, string
// for mixed and literal text. It is Nullable where something on the way to the
// value is.
func (p *Program) Type() *schema.Field {
	switch {
	case !p.whole:
		return stringField
	case p.expr.known.typ == nil:
		return anyField
	case p.expr.known.nullable && !p.expr.known.typ.Nullable:
		f := *p.expr.known.typ
		f.Nullable = true
		return &f
	default:
		return p.expr.known.typ
	}
}

// IsCondition reports whether the text is one expression that gives a boolean.
func (p *Program) IsCondition() bool {
	return p.whole && p.expr.known.typ != nil && p.expr.known.typ.Type == schema.Boolean
}

// Types lists the types of which the result can be each, where it is not known to
// be of one.
func (p *Program) Types() (list []schema.Type) {
	are := p.expr.known.are
	if !p.whole || p.expr.known.typ != nil || p.expr.known.time != 0 && are.timed() || !are.unlike() {
		return nil
	}
	return are.told()
}

// Elements lists the types of which an element of the result can be each, where
// that is certainly a list, and its own type does not say. all is true where it
// can be of no other.
func (p *Program) Elements() (can []schema.Type, all bool) {
	k := &p.expr.known
	list := k.typ == nil && k.are.sure(listKinds) || k.typ != nil && k.typ.Type == schema.List && (k.typ.Elem == nil || k.typ.Elem.Type == schema.Any)
	all = k.hold&others == 0 && !k.hold.timed()
	if !p.whole || !list || !all && !k.hold.unlike() {
		return nil, false
	}
	return k.hold.told(), all
}

// Time returns Duration or Timestamp where the result is one, or where one of the
// values that it can be is; else 0.
func (p *Program) Time() schema.Type {
	if !p.whole {
		return 0
	}
	return p.expr.known.time
}

// Secret reports whether the result shows a secret. Selecting a member that is none
// from an object does not; comparing does not; any other use does.
func (p *Program) Secret() bool { return p.secret }

// Refs lists what the text refers to, without duplicates, in order of
// appearance. Nobody changes the list.
func (p *Program) Refs() []Ref { return p.refs }

// Range returns the ends of a text that is ${a..b}, both inclusive, so that the
// list need not be made. Each call of from and to evaluates its end.
func (p *Program) Range() (from, to func(Vars) (int64, error), ok bool) {
	if !p.whole || p.expr.rng == nil {
		return nil, nil, false
	}
	return p.expr.rng.from.value, p.expr.rng.to.value, true
}

// Text returns the text that was compiled.
func (p *Program) Text() string { return p.text }
