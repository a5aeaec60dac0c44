package interp

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// maxDerived bounds what a run keeps of texts that were made of secrets, such
// as a signature for each of a million items. Beyond it, what was made is
// hidden where the check saw that it was.
const maxDerived = 10_000

// minWord is the shortest text made of a secret that is hidden where it stands
// as a word of its own in what comes of a call that was given it.
const minWord = 3

// derive keeps the texts that were made of a secret. Numbers and booleans stay
// out, and so does what stands in the flow: neither says anything of it.
func (r *redactor) derive(v any) {
	eachLeaf(v, func(leaf any) {
		switch x := leaf.(type) {
		case string:
			r.deriveText(x)
		case []byte:
			r.deriveText(string(x))
		}
	})
}

func (r *redactor) deriveText(text string) {
	if len(text) < minWord || r.knows(text) || len(text) >= MinSecret && r.program.tells(text) {
		return
	}
	if len(text) >= MinSecret {
		r.mu.Lock()
		r.derived++
		full := r.derived > maxDerived
		r.mu.Unlock()
		if full {
			return
		}
	}
	r.add(text)
}

func (r *redactor) sawNothing() bool {
	if !r.empty() {
		return false
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.made) == 0
}

func (r *redactor) knows(text string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.seen[text] || r.made[text]
}

// tells is true of a text that stands in the files of a program and of those
// that it calls.
func (p *Program) tells(text string) bool {
	if p == nil {
		return false
	}
	return slices.ContainsFunc(p.allPrograms(), func(sub *Program) bool { return bytes.Contains(sub.Text, []byte(text)) })
}

// words returns a text without the secrets, and without the shorter texts that
// were made of them, where these are words of their own. It is for what has to
// do with something made of a secret: elsewhere they would blot out too much.
func (r *redactor) words(text string) string {
	text = r.text(text)
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.made) == 0 {
		return text
	}
	spans := r.wordsIn(text)
	if hasEscape(text) {
		spans = append(spans, behindEscapes(text, r.wordsIn)...)
	}
	return without(text, spans)
}

func (r *redactor) wordsIn(text string) []span {
	var spans []span
	for word := range r.made {
		for from := 0; ; {
			i := strings.Index(text[from:], word)
			if i < 0 {
				break
			}
			i += from
			from = i + len(word)
			if isApart(text, i, from) {
				spans = append(spans, span{i, from})
			}
		}
	}
	return spans
}

// isApart is true where no letter and no digit stands beside a part of a text,
// but behind a backslash: the n of \n is none.
func isApart(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, _ := utf8.DecodeRuneInString(text[to:])
	return (!isWordRune(before) || from > 1 && text[from-2] == '\\') && !isWordRune(after)
}

func isWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// veils say how people see the texts that a step makes of secrets.
type veils map[any]string

// note keeps what a text with expressions gave, and how it is shown.
func (v veils) note(out any, shown string) {
	switch out.(type) {
	case string, int64, float64:
		v[out] = shown
	}
}

// noteAll keeps all parts of a value.
func (v veils) noteAll(out any, r *redactor) {
	eachLeaf(out, func(leaf any) {
		shown := schema.Masked
		if text, ok := leaf.(string); ok {
			shown = r.shown(text)
		}
		v.note(leaf, shown)
	})
}

// evalSecret is eval for an expression that shows a secret: what it makes is
// looked for from then on, and who made it learns how to show it.
func (b *Binding) evalSecret(s *state) (any, error) {
	r := s.run.secrets
	short := false
	out, shown, err := b.Program.EvalShown(s, func(text string, bare bool) string {
		short = short || len(text) < MinSecret
		return r.kept(text, bare)
	}, nil)
	if err != nil {
		return nil, s.evalError(b.At, err)
	}
	if !b.Program.Whole() {
		if s.veils != nil {
			s.veils.note(out, shown.(string)) //nolint:forcetypeassert // mixed text is text
		}
		if short {
			r.derive(out) // what is in it is not looked for everywhere
		}
		return out, nil
	}
	if b.Omits && out == nil {
		return omitted, nil
	}
	secretParts(out, TypeOf(b), func(part any) {
		if !b.Program.Bare() || !r.holds(part) {
			r.derive(part)
		}
		if s.veils != nil {
			s.veils.noteAll(part, r)
		}
	})
	return out, nil
}

// kept keeps what an expression made of a secret, and gives it as people may
// see it. A path makes nothing: what it leads to was kept when it was made, and
// is shown without that.
func (r *redactor) kept(text string, bare bool) string {
	if !bare || !stands(r, text) {
		r.deriveText(text)
	}
	return r.shown(text)
}

// shown returns a text that was made of a secret as people may see it: the rest
// of one that is known to hold a secret, nothing of any other.
func (r *redactor) shown(text string) string {
	if clean := r.words(text); clean != text {
		return clean
	}
	return schema.Masked
}

// veil hides in the texts of one step what that step made of secrets.
type veil struct {
	net   *redactor
	known veils
}

func (h *veil) text(text string) string {
	if shown, ok := h.known[text]; ok {
		text = shown // what the check saw to be secret; beside it may stand what a service gave back
	}
	return h.net.words(text)
}

func (h *veil) value(v any) any { return reworded(v, h.text, h.scalar) }

// scalar is value for what is no text, list or map.
func (h *veil) scalar(v any) any {
	switch x := v.(type) {
	case []byte:
		return h.text(string(x))
	case int64, float64:
		if shown, ok := h.known[x]; ok {
			return shown
		}
	}
	return h.net.value(v)
}

// failure returns the error of a call that was given something secret as
// everybody may read it.
func (h *veil) failure(err error) error {
	shown := *h.net.failure(report.AsRunError(err))
	shown.Code, shown.Message, shown.RequestID = h.text(shown.Code), h.text(shown.Message), h.text(shown.RequestID)
	if shown.Details != nil {
		shown.Details, _ = h.value(shown.Details).(map[string]any)
	}
	switch cause := shown.Cause.(type) {
	case nil, error:
	default:
		shown.Cause = h.value(cause)
	}
	return &shown
}

// redacted returns the mistakes of values that do not fit without the secrets in
// what they quote; taint says of which values the whole is one.
func (s *state) redacted(err error, taint *schema.Field) error {
	list, ok := err.(schema.Errors) //nolint:errorlint // a conversion gives nothing else
	if !ok {
		return err
	}
	return list.Redact(func(path, text string) string {
		if isTainted(taint, path) {
			return schema.Masked
		}
		if taint != nil {
			return s.run.secrets.words(text)
		}
		return s.run.secrets.text(text)
	})
}

// isTainted is true where the value at a path is secret, or has to do with one.
func isTainted(f *schema.Field, path string) bool {
	for name := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		switch {
		case f == nil:
			return false
		case f.Secret:
			return true
		}
		f = cmp.Or(f.Members.Field(name), f.Elem)
	}
	return f.HasSecret()
}

// hidesIn returns what hides the secrets in the texts of a call; nil for a call
// that is given none.
func (c *CallStep) hidesIn(s *state) *veil {
	known := s.veils
	s.veils = nil
	if !c.planned().hides || len(known) == 0 && s.run.secrets.sawNothing() {
		return nil
	}
	return &veil{net: s.run.secrets, known: known}
}

// isTainted is true of a connection that is made of secrets.
func (u *ConnectionUse) isTainted() bool {
	return u != nil && u.Plan != nil && u.Plan.Params != nil && Taint(u.Plan.Params, nil) != nil
}

// Taint describes what of a value is made of secrets, by the names that the
// value has once it is converted to f; nil for nothing.
func Taint(v Value, f *schema.Field) *schema.Field {
	switch x := v.(type) {
	case *Binding:
		if t := TypeOf(x); t.HasSecret() {
			return t
		}
	case ListValue:
		if slices.ContainsFunc(x, func(item Value) bool { return Taint(item, nil) != nil }) {
			return &schema.Field{Type: schema.List, Elem: &schema.Field{Secret: true}}
		}
	case *DynamicMap:
		if slices.ContainsFunc(x.Items, func(item Value) bool { return Taint(item, nil) != nil }) {
			return &schema.Field{Type: schema.Map, Elem: &schema.Field{Secret: true}}
		}
	case *MapValue:
		return taintOfMembers(x, f)
	}
	return nil
}

func taintOfMembers(m *MapValue, f *schema.Field) *schema.Field {
	found := map[string]*schema.Field{}
	for i, key := range m.Keys {
		var declared *schema.Field
		if f != nil {
			declared = f.Members.Field(key)
		}
		t := Taint(m.Items[i], declared)
		if t == nil {
			continue
		}
		member := *t
		if member.Name, member.Aliases = key, nil; declared != nil {
			member.Name = declared.Name
			if len(declared.Into) > 0 {
				member = schema.Field{Name: declared.Into[0], Secret: true}
			}
		}
		found[member.Name] = &member
	}
	if len(found) == 0 {
		return nil
	}
	members := make([]*schema.Field, 0, len(found))
	for _, name := range value.SortedKeys(found) {
		members = append(members, found[name])
	}
	return fields.ObjectOf(members)
}
