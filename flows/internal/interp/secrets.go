package interp

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// MinSecret is the shortest secret that is looked for in texts; shorter ones
// would blot out ordinary words and are followed by their types alone.
const MinSecret = 8

// redactor replaces the secrets that a run has seen, wherever they appear.
type redactor struct {
	find atomic.Pointer[finder] // nil where there are no patterns: most runs see no secret
	mu   sync.RWMutex
	seen map[string]bool
}

// finder finds the patterns of the secrets in texts.
type finder struct {
	patterns map[string][]string // by their first minSecret bytes, longest first
	first    [4]uint64           // the bytes that patterns begin with, a bit each
}

// note keeps the secrets in a value that its type marks.
func (r *redactor) note(v any, f *schema.Field) {
	if v == nil || f == nil || !f.HasSecret() {
		return
	}
	if f.Secret {
		r.noteAll(v)
		return
	}
	switch x := v.(type) {
	case *value.Payload:
		r.note(x.Value(), f)
	case map[string]any:
		for name, member := range x {
			if m := f.Members.Field(name); m != nil {
				r.note(member, m)
			} else if f.Elem != nil {
				r.note(member, f.Elem)
			}
		}
	case []any:
		for _, item := range x {
			if f.Elem != nil {
				r.note(item, f.Elem)
			}
		}
	}
}

// noteAll keeps every text below v.
func (r *redactor) noteAll(v any) {
	switch x := v.(type) {
	case string:
		r.add(x)
	case []byte:
		r.add(string(x))
	case *value.Payload:
		r.noteAll(x.Value())
	case map[string]any:
		for _, member := range x {
			r.noteAll(member)
		}
	case []any:
		for _, item := range x {
			r.noteAll(item)
		}
	}
}

func (r *redactor) add(secret string) {
	if len(secret) < MinSecret {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[secret] {
		return
	}
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[secret] = true
	for _, form := range variants(secret) {
		r.addPattern(form)
	}
}

// variants are the forms in which a secret can stand in a text.
func variants(secret string) []string {
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	if quoted, err := json.Marshal(secret); err == nil {
		forms = append(forms, string(quoted[1:len(quoted)-1]))
	}
	if quoted := schemaQuoted(secret); quoted != "" {
		forms = append(forms, quoted)
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset := range 3 {
			forms = append(forms, base64Core(enc, secret, offset))
		}
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

func schemaQuoted(secret string) string {
	quoted, err := value.EncodeJSON(secret)
	if err != nil {
		return ""
	}
	return string(quoted[1 : len(quoted)-1])
}

// base64Core is the part of the base64 of any text with the secret in it, at
// one of the three alignments, that depends on the secret alone.
func base64Core(enc *base64.Encoding, secret string, offset int) string {
	padded := enc.EncodeToString([]byte(strings.Repeat("\x00", offset) + secret))
	first := (offset*8 + 5) / 6
	last := (offset + len(secret)) * 8 / 6
	return padded[first:last]
}

// value returns a value without the secrets, for people: payloads are decoded.
// The value may share parts with v.
func (r *redactor) value(v any) any {
	if r.empty() {
		return value.Plain(v)
	}
	return r.without(v)
}

func (r *redactor) without(v any) any {
	switch x := v.(type) {
	case *value.Payload:
		return r.without(x.Value())
	case string:
		return r.text(x)
	case []byte:
		if clean := r.text(string(x)); clean != string(x) {
			return clean
		}
		return x
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = r.without(item)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, member := range x {
			out[r.text(k)] = r.without(member)
		}
		return out
	default:
		return v
	}
}

// mask replaces what a type marks as secret.
func mask(v any, f *schema.Field) any {
	if v == nil || f == nil || !f.HasSecret() {
		return v
	}
	if f.Secret {
		return schema.Masked
	}
	switch x := v.(type) {
	case *value.Payload:
		return mask(x.Value(), f)
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, member := range x {
			m := f.Members.Field(name)
			if m == nil {
				m = f.Elem
			}
			out[name] = mask(member, m)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = mask(item, f.Elem)
		}
		return out
	default:
		return schema.Masked
	}
}

// failure returns an error that people may read.
func (r *redactor) failure(e *report.RunError) *report.RunError {
	if e == nil {
		return nil
	}
	shown := *e
	shown.Code, shown.Message = r.text(e.Code), r.text(e.Message)
	if e.Params != nil {
		shown.Params, _ = r.value(e.Params).(map[string]any)
	}
	if e.Details != nil {
		shown.Details, _ = r.value(e.Details).(map[string]any)
	}
	switch cause := e.Cause.(type) {
	case *report.RunError:
		shown.Cause = r.failure(cause)
	case *connector.Error:
		shown.Cause = &r.failure(&report.RunError{Failure: *cause}).Failure
	default:
		shown.Cause = r.value(cause)
	}
	shown.UndoErrors, shown.Suppressed = r.failures(e.UndoErrors), r.failures(e.Suppressed)
	return &shown
}

func (r *redactor) failures(list []*report.RunError) []*report.RunError {
	if len(list) == 0 {
		return nil
	}
	shown := make([]*report.RunError, len(list))
	for i, e := range list {
		shown[i] = r.failure(e)
	}
	return shown
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
