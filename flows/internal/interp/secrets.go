package interp

import (
	"cmp"
	"encoding/base64"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/medlar-flow/medlar/connector"
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
	// made are the shorter texts that were made of secrets; derived counts the
	// others. What stands in program is no secret.
	made    map[string]bool
	derived int
	program *Program
}

// finder finds the patterns of the secrets in texts.
type finder struct {
	patterns map[string][]string // by their first minSecret bytes, longest first
	first    [4]uint64           // the bytes that patterns begin with, a bit each
}

// note keeps the secrets in a value that its type marks.
func (r *redactor) note(v any, f *schema.Field) { secretParts(v, f, r.noteAll) }

// secretParts calls each with the parts of a value that its type marks.
func secretParts(v any, f *schema.Field, each func(any)) {
	if v == nil || f == nil || !f.HasSecret() {
		return
	}
	if f.Secret {
		each(v)
		return
	}
	switch x := v.(type) {
	case *value.Payload:
		secretParts(x.Value(), f, each)
	case map[string]any:
		for name, member := range x {
			secretParts(member, cmp.Or(f.Members.Field(name), f.Elem), each)
		}
	case []any:
		for _, item := range x {
			secretParts(item, f.Elem, each)
		}
	}
}

// eachLeaf calls each with what is no list and no map below v.
func eachLeaf(v any, each func(any)) {
	switch x := v.(type) {
	case *value.Payload:
		eachLeaf(x.Value(), each)
	case map[string]any:
		for _, member := range x {
			eachLeaf(member, each)
		}
	case []any:
		for _, item := range x {
			eachLeaf(item, each)
		}
	default:
		each(v)
	}
}

// noteAll keeps every text below v.
func (r *redactor) noteAll(v any) {
	eachLeaf(v, func(leaf any) {
		switch x := leaf.(type) {
		case string:
			r.add(x)
		case []byte:
			r.add(string(x))
		default:
			if text, ok := numberText(x); ok {
				r.add(text)
			}
		}
	})
}

func (r *redactor) add(secret string) {
	if len(secret) < MinSecret {
		r.addWord(secret)
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
	for _, line := range lines(secret) {
		for _, form := range variants(line) {
			r.addPattern(form)
		}
	}
}

// addWord keeps a text that is too short to be looked for everywhere.
func (r *redactor) addWord(text string) {
	if len(text) < minWord || r.knows(text) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made == nil {
		r.made = map[string]bool{}
	}
	if len(r.made) < maxDerived {
		r.made[text] = true
		r.made[strings.ReplaceAll(text, " ", "+")] = true // in the query of a URL
	}
}

var base64s = [...]*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding}

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
	return reworded(v, r.text, r.scalar)
}

// reworded returns a value with what text makes of its texts, also of those that
// are names, and what other makes of all but texts, lists and maps. Payloads are
// decoded.
func reworded(v any, text func(string) string, other func(any) any) any {
	switch x := v.(type) {
	case *value.Payload:
		return reworded(x.Value(), text, other)
	case string:
		return text(x)
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = reworded(item, text, other)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, member := range x {
			out[text(k)] = reworded(member, text, other)
		}
		return out
	default:
		return other(v)
	}
}

// scalar is value for what is no text, list or map.
func (r *redactor) scalar(v any) any {
	switch x := v.(type) {
	case []byte:
		if clean := r.text(string(x)); clean != string(x) {
			return clean
		}
		return x
	case nil, bool:
		return v
	default:
		if text, ok := numberText(v); ok && stands(r, text) {
			return schema.Masked
		}
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
			out[name] = mask(member, cmp.Or(f.Members.Field(name), f.Elem))
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
	shown.Code, shown.Message, shown.RequestID = value.Cut(r.text(e.Code)), value.Cut(r.text(e.Message)), r.text(e.RequestID)
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
