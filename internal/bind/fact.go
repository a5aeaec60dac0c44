package bind

import (
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/schema"
)

// fact is what is known of a value before anything runs.
type fact struct {
	typ      *schema.Field // nil: any
	secret   bool          // the whole value, whatever typ says of its members
	nullable bool          // an object on the way can be null
	source   string        // who gives the members, for help
	null     string        // what can be null so that the value is: ctx.name, steps.id
	members  Members       // of an object, where typ declares none
	// maybe is Duration or Timestamp where typ is not, but a part of what the
	// value can be is one; elems says that of the elements of a list, and of the
	// members of a map taken together.
	maybe, elems schema.Type
	// are is what the value can be where typ is not known; hold says that of the
	// elements of a list and the members of a map, deep of those of lists and maps
	// in it.
	are, hold, deep kinds
	// holdsNull is what makes an element of a list, or a member of a map, null;
	// that of a list in it behind [].
	holdsNull string
	// written are the members of a literal map, or of those that a list holds;
	// closed is true where there are no others.
	written map[string]written
	closed  bool
}

// written is what is known of a member of a literal map: what makes it null, if
// anything, and what it can be.
type written struct {
	null string
	are  kinds
}

// tainted reports whether using the value as a whole shows a secret.
func (f fact) tainted() bool { return f.secret || f.typ.HasSecret() }

// anonymous keeps of a fact only whether it is secret: what is left when a
// value goes through an operator that loses its type.
func anonymous(facts ...fact) fact {
	for _, f := range facts {
		if f.tainted() {
			return fact{secret: true}
		}
	}
	return fact{}
}

// same keeps the type where both sides have it.
func same(a, b fact) fact {
	if !alike(a.typ, b.typ) {
		return anonymous(a, b)
	}
	return fact{typ: a.typ, secret: a.secret || b.secret, nullable: a.nullable || b.nullable}
}

// alike reports whether two types are the same: objects where they are one, and
// what holds a secret nowhere.
func alike(a, b *schema.Field) bool {
	switch {
	case a == nil || b == nil:
		return false
	case a == b:
		return true
	case a.Type != b.Type || a.Keys != b.Keys || a.Type == schema.Any || a.Type == schema.Object || a.HasSecret() || b.HasSecret():
		return false
	case a.Type == schema.List || a.Type == schema.Map:
		return alike(a.Elem, b.Elem)
	}
	return true
}

// elem is the fact of a list's or map's elements.
func (f fact) elem() fact {
	if f.typ == nil || f.typ.Type != schema.List && f.typ.Type != schema.Map {
		return fact{secret: f.tainted(), maybe: f.elems, are: f.hold, hold: f.deep.ifOne(), written: f.written, closed: f.closed}.nullOf(f)
	}
	out := f.into(f.typ.Elem)
	if out.typ == nil || out.typ.Elem == nil {
		out.hold = f.deep.ifOne()
	}
	if f.typ.Type == schema.Map { // each member has a type of its own
		return out
	}
	out.maybe, out.written, out.closed = f.elems, f.written, f.closed
	if out.typ != nil && out.typ.Type == schema.Any && f.hold != 0 {
		out.typ = nil // it says less
	}
	if out.typ == nil {
		out.are = f.hold
	}
	return out.nullOf(f)
}

// isList is true of what is surely a list.
func (f fact) isList() bool {
	return f.typ != nil && f.typ.Type == schema.List || f.typ == nil && f.are == listKinds
}

// nullOf is an element of a list with what is null in that list.
func (f fact) nullOf(list fact) fact {
	if deeper, ok := strings.CutPrefix(list.holdsNull, deeperNull); ok {
		f.holdsNull = deeper
	} else {
		f.null = list.holdsNull
	}
	return f
}

const deeperNull = "[]"

// among is what a value makes null in a list that it is put into.
func (f fact) among() string {
	if f.null == "" && f.holdsNull != "" {
		return deeperNull + f.holdsNull
	}
	return f.null
}

// into is the fact of a part of f whose type is field.
func (f fact) into(field *schema.Field) fact {
	if field == nil {
		return fact{secret: f.secret, nullable: f.nullable}
	}
	return fact{typ: field, secret: f.secret || field.Secret, nullable: f.nullable || field.Nullable}
}

// segment kinds.
const (
	byName  = iota // .name or ["name"]
	byIndex        // [3]
	byValue        // [anything else]
)

// segment is one step of a path.
type segment struct {
	name     string
	index    int
	kind     uint8
	off, len int // in the text
}

// selectMember returns the fact of a member of f, and changes s to the
// canonical name. It fails with the rule and message of a problem; path is
// what stands before s.
func (f fact) selectMember(s *segment, path []segment, e *Engine) (fact, *Problem) {
	if f.typ == nil {
		return f.unsureMember(s)
	}
	switch f.typ.Type {
	case schema.Any:
		return fact{secret: f.secret}, nil
	case schema.Object:
		return f.selectField(s, path, e)
	case schema.List:
		if s.kind == byIndex && f.typ.Elem != nil && f.typ.Elem.Type == schema.Any {
			f.hold = 0 // each place can have a type of its own
		}
		if s.kind != byName {
			return f.elem(), nil
		}
	case schema.Map:
		if s.kind != byIndex {
			member := f.elem()
			member.nullable = true
			return member, nil
		}
	}
	return fact{}, f.wrongSelector(s)
}

// unsureMember is a member of what is of several types: each of them has members.
func (f fact) unsureMember(s *segment) (fact, *Problem) {
	has := mapKinds
	if s.kind != byName {
		has |= listKinds
	}
	if wrong := f.are.beyond(has); wrong != 0 && f.maybe == 0 {
		p := &Problem{Offset: s.off, Length: s.len, Rule: RuleType, Message: "this " + f.are.says(wrong) + ", which has no "}
		if s.kind == byName {
			p.Message += `member "` + s.name + `"`
		} else {
			p.Message += "elements"
		}
		return fact{}, p
	}
	if f.are == listKinds && s.kind != byName {
		return f.elem(), nil
	}
	return fact{secret: f.secret}, nil
}

func (f fact) wrongSelector(s *segment) *Problem {
	p := &Problem{Offset: s.off, Length: s.len, Rule: RuleType}
	kind := withArticle(f.typ.Type.String())
	switch {
	case s.kind == byName:
		p.Message = kind + ` has no member "` + s.name + `"`
	case f.typ.Type == schema.Map || f.typ.Type == schema.Object:
		p.Message = "the members of " + kind + " have names, not numbers"
	default:
		p.Message = kind + " has no elements"
		if mayBeText(f) {
			p.Help = "a character of a text is text[0:1]"
		}
	}
	return p
}

func (f fact) selectField(s *segment, path []segment, e *Engine) (fact, *Problem) {
	switch s.kind {
	case byIndex:
		return fact{}, f.wrongSelector(s)
	case byValue:
		return fact{secret: f.tainted(), are: memberKinds(f)}, nil
	}
	if f.members != nil {
		if field, name := f.members.Member(s.name); field != nil {
			s.name = name
			return f.into(field), nil
		}
	} else if field := f.typ.Members.Field(s.name); field != nil && len(field.Into) == 0 && !field.Drop {
		s.name = field.Name
		return f.into(field), nil
	}
	if f.isOpen() {
		return fact{secret: f.secret}, nil
	}
	return fact{}, f.unknownField(s, path, e)
}

// member returns the type of a member of an object; nil where there is none.
func (f fact) member(name string) *schema.Field {
	switch {
	case f.members != nil:
		t, _ := f.members.Member(name)
		return t
	case f.typ == nil:
		return nil
	}
	return f.typ.Members.Field(name)
}

func (f fact) isOpen() bool {
	if f.members != nil {
		return f.members.IsOpen()
	}
	return f.typ.Members.IsOpen()
}

func (f fact) unknownField(s *segment, path []segment, e *Engine) *Problem {
	p := &Problem{Offset: s.off, Length: s.len, Rule: RuleUnknownField}
	label := pathLabel(path)
	if label == "ctx" {
		p.Rule = RuleUnknownInput
		p.Message = `unknown name "` + s.name + `" in ctx`
	} else {
		p.Message = `unknown field "` + s.name + `" in ` + label
	}
	if e.looked.Load() > mostLooked {
		return p
	}
	names := f.typ.Members.Names()
	if f.members != nil {
		names = f.members.Names()
	}
	e.looked.Add(int64(len(names)))
	p.Help = diag.DidYouMean(s.name, names)
	if len(names) > 0 {
		p.Help = joinHelp(p.Help, giver(f.source)+listNames(names))
	}
	return p
}

// mostLooked bounds how many names are looked through for those that unknown
// ones may have meant, over all mistakes of the engine's texts: a file of many
// mistakes in a scope of many names would take minutes for helps that nobody
// reads. The mistakes behind it are reported without.
const mostLooked = 1_000_000

func giver(source string) string {
	if source == "" {
		return "it has: "
	}
	return source + " gives: "
}

// pathLabel spells a path as an expression does.
func pathLabel(path []segment) string {
	if len(path) == 0 {
		return "this value"
	}
	var b strings.Builder
	for i := range path {
		path[i].spell(&b, i == 0)
	}
	return b.String()
}

func (s *segment) spell(b *strings.Builder, first bool) {
	switch {
	case first:
		b.WriteString(s.name)
	case s.kind == byIndex:
		b.WriteString("[]")
	case s.kind == byValue:
		b.WriteString("[]")
	case schema.IsIdentifier(s.name):
		b.WriteString("." + s.name)
	default:
		b.WriteString(`["` + s.name + `"]`)
	}
}
