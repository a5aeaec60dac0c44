package bind

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/schema"
)

// resolve asks the scope for what a path begins with, which is one segment, or
// two for the roots that have no value of their own.
func (c *compilation) resolve(segs []segment) (f fact, slot, used int, ok bool) {
	at, ref := segs[0], Ref{Root: segs[0].name}
	if needsName(ref.Root) {
		if len(segs) < 2 || segs[1].kind != byName {
			c.wholeScope(at, len(segs) > 1)
			return fact{}, 0, 1, false
		}
		at, ref.Name = segs[1], segs[1].name
		used = 1
	}
	used++
	b, p := c.scope.Resolve(ref)
	if used > 1 {
		if q := c.dashedName(ref, at, p); q != nil {
			at.name = c.text[q.Offset : q.Offset+q.Length]
			c.misresolved(ref, at, *q)
			c.dashed = max(c.dashed, q.Offset+q.Length)
			return fact{}, 0, used, false
		}
	}
	if p != nil {
		c.misresolved(ref, at, *p)
		if !p.Warning {
			return fact{}, 0, used, false
		}
	}
	if c.refs == nil {
		c.refs = c.room.ref()
	}
	if !slices.Contains(c.refs, ref) {
		c.refs = append(c.refs, ref)
	}
	if b.Members != nil && (used == len(segs) || segs[used].kind != byName) {
		b.Type, b.Members = b.Members.Whole(), nil
	}
	f = fact{}.into(b.Type)
	if len(b.Types) > 0 {
		f.are = kind(b.Types...) | others
		if f.typ != nil && f.typ.Type == schema.Any {
			f.typ = nil // it says less
		}
	}
	f.members = b.Members
	f.secret = f.secret || b.Secret || ref.Root == "secrets"
	f.source = b.Source
	if (ref.Root == "steps" && f.nullable || b.MayBeNull) && c.mayBeNull(ref) {
		f.null = ref.String()
	} else if ref.Root == "steps" && f.typ != nil && f.typ.Absent && !Proves(c.proven, ref.String()) {
		if scope, ok := c.scope.(MemberScope); !ok || !scope.MemberNotNull(ref, c.proven) {
			f.null = ref.String()
		}
	}
	if ref.Root == "steps" {
		f.holdsNull = c.elementNull(segs[:1], ref.Name)
	}
	return f, b.Slot, used, true
}

// dashedName says of a step, a secret or a variable with dashes behind it that
// the name with them is another one; nil where that is a difference. p is what is
// wrong with the name without them.
func (c *compilation) dashedName(ref Ref, at segment, p *Problem) *Problem {
	if ref.Root != "env" && p == nil {
		return nil
	}
	name := c.withDashes(at)
	if name == "" {
		return nil
	}
	out := &Problem{Rule: RuleUnknownField, Message: strconv.Quote(name) + " is read as " + at.name + " minus " + name[len(at.name)+1:]}
	if ref.Root != "env" {
		if _, out = c.scope.Resolve(Ref{ref.Root, name}); out == nil {
			out = p
		}
	}
	out.Offset, out.Length = at.off, len(name)
	if ref.Root == "env" {
		out.Help = `a name with - in it stands in brackets: env["` + name + `"]`
	} else if out.Help == "" {
		out.Help = "names have letters, digits and _, and no -; a difference has spaces around the minus sign"
	}
	return out
}

// withDashes returns the name with dashes that begins at a segment; empty where
// what stands behind the minus sign is a name of its own.
func (c *compilation) withDashes(at segment) string {
	end := at.off + at.len
	if end >= len(c.text) || c.text[end] != '-' {
		return ""
	}
	name := dashed(c.text, at.name, end)
	if name == "" {
		return ""
	}
	behind, _, _ := strings.Cut(name[len(at.name)+1:], "-")
	if slices.Contains(c.scope.Roots(), behind) || behind[0] >= '0' && behind[0] <= '9' {
		return ""
	}
	return name
}

func (c *compilation) wholeScope(at segment, computed bool) {
	if !slices.Contains(c.scope.Roots(), at.name) {
		c.misresolved(Ref{Root: at.name}, at, Problem{})
		return
	}
	message := at.name + " cannot be used as a whole"
	if computed {
		message = "the member of " + at.name + " must be a literal name"
	}
	example := map[string]string{"steps": "steps.stepId", "secrets": "secrets.token", "env": "env.HOME"}[at.name]
	c.report(at.off, at.len, RuleWholeScope, message, "name the member: "+example)
}

// misresolved completes and places what the scope has to say of a reference.
func (c *compilation) misresolved(ref Ref, at segment, p Problem) {
	if p.Offset == 0 && p.Length == 0 {
		p.Offset, p.Length = at.off, at.len
	}
	if at.off < c.dashed {
		return // a part of a name with dashes, which is reported
	}
	if name := c.withDashes(at); name != "" && p.Message == "" && ref.Name == "" && c.ofCtx(name) != nil {
		at.name, p.Length = name, len(name)
		p.Help = `write ctx["` + name + `"]`
		c.dashed = at.off + len(name)
	}
	if p.Message == "" {
		p.Rule = RuleUnknownName
		p.Message = `unknown name "` + at.name + `"`
		if ref.Name != "" {
			p.Message += " in " + ref.Root
		}
	}
	if p.Rule == "" {
		p.Rule = RuleUnknownName
	}
	if p.Help == "" && ref.Name == "" && p.Rule == RuleUnknownName {
		p.Help = c.suggestRoot(ref.Root)
	}
	if ref.Name == "" && p.Rule == RuleUnknownName {
		dashed := c.dashHabit(at)
		p.Help = cmp.Or(nameHabit(ref.Root), dashed, p.Help)
		if strings.HasPrefix(p.Help, beginsWith) && c.comparesTo(at) {
			p.Help = "text stands in quotes: '" + ref.Root + "'"
		}
		if c.engine.isFunction(ref.Root) && c.ofCtx(ref.Root) == nil && dashed == "" {
			p.Help = c.suggestRoot(ref.Root)
		}
	}
	c.problems = append(c.problems, p)
}

// comparesTo reports whether a name stands alone behind == or !=.
func (c *compilation) comparesTo(at segment) bool {
	before := strings.TrimRight(c.text[:at.off], " ")
	end := at.off + at.len
	return (strings.HasSuffix(before, "==") || strings.HasSuffix(before, "!=")) && end < len(c.text) && c.text[end] != '.' && c.text[end] != '[' && c.text[end] != '('
}

// dashHabit is the help for a name that stands directly behind a minus sign
// that stands directly behind a member.
func (c *compilation) dashHabit(at segment) string {
	i := at.off
	for i > 0 && (c.text[i-1] == '-' || isWordByte(c.text[i-1])) {
		i--
	}
	if i == at.off || i == 0 || c.text[i-1] != '.' || c.text[at.off-1] != '-' {
		return ""
	}
	name := dashed(c.text, c.text[i:at.off+at.len], at.off+at.len)
	if name == "" {
		name = c.text[i : at.off+at.len]
	}
	c.dashed = i + len(name)
	return `a name with - in it stands in brackets: ["` + name + `"]; a difference has spaces around the minus sign`
}

// selectMember is fact.selectMember, with the help for what other systems
// write so.
func (c *compilation) selectMember(f fact, s *segment, path []segment) (fact, *Problem) {
	if f.typ != nil && f.typ.Keys != nil {
		if p := c.noKey(f, s, path); p != nil {
			return fact{}, p
		}
	}
	out, p := f.selectMember(s, path, c.engine)
	out.null = f.null
	if s.kind == byName {
		if f.closed && out.typ == nil && out.are == 0 && !f.isList() {
			out.are = f.memberKinds(s.name)
		}
		if null := f.memberNull(s.name); null != "" {
			if key, _ := c.keyTo(path); !Proves(c.proven, key+"."+s.name) {
				out.null = null
			}
		}
		if out.typ != nil && out.typ.Absent && (out.null == "" || Proves(c.proven, out.null)) {
			out.null = c.absent(f, path, s.name)
		}
	}
	if len(path) == 1 && path[0].name == "ctx" && out.typ != nil && out.typ.Nullable && c.mayBeNull(Ref{"ctx", s.name}) {
		out.null = "ctx." + s.name
	}
	if len(path) == 1 && path[0].name == "error" && out.typ != nil && out.typ.Nullable && c.mayBeNull(Ref{"error", s.name}) {
		out.null = "error." + s.name
	}
	if out.typ != nil && (out.typ.Type == schema.Any || out.typ.Type == schema.List && out.typ.Elem != nil && out.typ.Elem.Type == schema.Any) {
		out = c.mixed(out, s, path)
	}
	if s.kind == byName && (len(path) == 1 || len(path) == 2) {
		out.holdsNull = cmp.Or(c.elementNull(path, s.name), out.holdsNull)
	}
	if out.typ != nil && out.typ.Elem != nil && out.typ.Elem.Absent && out.typ.Type == schema.List && s.kind == byName && (len(path) != 1 || path[0].name != "ctx") {
		key, _ := c.keyTo(path)
		out.holdsNull = cmp.Or(out.holdsNull, key+"."+s.name+ElementNull)
	}
	if s.kind != byName || f.typ == nil {
		return out, p
	}
	if f.typ.Type != schema.Object {
		if p != nil {
			p.Help = cmp.Or(p.Help, memberHabit(s.name, path, f.typ.Type))
		}
		return out, p
	}
	if p != nil {
		p.Help = cmp.Or(betweenHabit(s.name, path), p.Help)
	}
	end := s.off + s.len
	if end >= len(c.text) || c.text[end] != '-' {
		return out, p
	}
	if name := dashed(c.text, s.name, end); name != "" {
		p = c.dashedMember(f, s, path, name, p)
	}
	return out, p
}

// mixed adds what the scope knows of a member of any type, or of its elements.
func (c *compilation) mixed(f fact, s *segment, path []segment) fact {
	scope, ok := c.scope.(MixedScope)
	key, rooted := c.keyTo(path)
	if !ok || s.kind != byName || !rooted {
		return f
	}
	if f.typ.Type == schema.List {
		f.hold = kind(scope.Mixed(f.typ.Elem, key+"."+s.name+"[]")...)
	} else if are := kind(scope.Mixed(f.typ, key+"."+s.name)...); are != 0 {
		f.typ, f.are = nil, are
	}
	return f
}

// dashedMember says of a member with dashes behind it that it is another one,
// if there is one of that name, or may be. p is what is wrong with the member
// without them.
func (c *compilation) dashedMember(f fact, s *segment, path []segment, name string, p *Problem) *Problem {
	help := "a name with - in it stands in brackets: " + pathLabel(path) + `["` + name + `"]`
	behind, _, _ := strings.Cut(name[len(s.name)+1:], "-")
	switch {
	case f.member(name) == nil && p != nil && c.withDashes(*s) != "":
		whole := *s
		whole.name, whole.len = name, len(name)
		c.dashed = s.off + len(name)
		if p = f.unknownField(&whole, path, c.engine); p.Help != "" {
			help = p.Help + "; " + help
		}
		p.Offset, p.Length, p.Help = s.off, len(name), help
		return p
	case f.member(name) == nil:
		if p != nil {
			p.Help = joinHelp(p.Help+";", help)
		}
		return p
	case p == nil && slices.Contains(c.scope.Roots(), behind):
		return nil // a difference
	}
	c.dashed = s.off + len(name)
	return &Problem{
		Offset: s.off, Length: len(name), Rule: RuleUnknownField, Help: help,
		Message: strconv.Quote(name) + " is read as " + s.name + " minus " + name[len(s.name)+1:],
	}
}

func (c *compilation) suggestRoot(name string) string {
	if c.engine.isFunction(name) {
		return name + " is a function: write " + name + "(...)"
	}
	roots := c.scope.Roots()
	if c.ofCtx(name) != nil {
		return "write ctx." + name
	}
	help := diag.DidYouMean(name, roots)
	if len(roots) > 0 {
		help = joinHelp(help, "in scope: "+listNames(roots))
	}
	return help
}

// ofCtx returns the type of a name of ctx; nil where there is none.
func (c *compilation) ofCtx(name string) *schema.Field {
	if !slices.Contains(c.scope.Roots(), "ctx") {
		return nil
	}
	b, p := c.scope.Resolve(Ref{Root: "ctx"})
	if p != nil {
		return nil
	}
	return fact{typ: b.Type, members: b.Members}.member(name)
}
