package interp

import (
	"bytes"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// addPattern files a form of a secret. Finding it later takes one look at its
// beginning, however many secrets there are.
func (r *redactor) addPattern(form string) {
	if len(form) < MinSecret {
		return
	}
	f := r.find.Load()
	if f == nil {
		f = &finder{patterns: map[string][]string{}}
	}
	key := form[:MinSecret]
	list := slices.Concat(f.patterns[key], []string{form})
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	f.patterns[key] = slices.Compact(list)
	f.first[form[0]>>6] |= 1 << (form[0] & 63)
	r.find.Store(f)
}

// maxEscapes is how many escapes around each other are looked through: JSON in
// the query of a URL in JSON has three.
const maxEscapes = 3

// text returns a text without the secrets.
func (r *redactor) text(text string) string {
	f := r.find.Load()
	if f == nil {
		return text
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	spans := f.spans(text)
	if hasEscape(text) && f.standsEscaped(text) {
		spans = append(spans, behindEscapes(text, f.spans)...)
	}
	return without(text, spans)
}

// behindEscapes returns where a text has what find finds once its escapes are
// read.
func behindEscapes(text string, find func(string) []span) []span {
	var spans []span
	v := plainView(text)
	for range maxEscapes {
		if v = v.unescaped(); v == nil {
			break
		}
		for _, s := range find(v.text) {
			spans = append(spans, span{v.start[s.from], v.end[s.to-1]})
		}
	}
	return spans
}

// span is a stretch of a text, in bytes.
type span struct{ from, to int }

// without returns a text with "***" in place of the spans, and of those that
// overlap once.
func without(text string, spans []span) string {
	if len(spans) == 0 {
		return text
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	var out strings.Builder
	kept := 0
	for i, s := range spans {
		if i > 0 && s.from < kept {
			kept = max(kept, s.to)
			continue
		}
		out.WriteString(text[kept:s.from] + schema.Masked)
		kept = s.to
	}
	return out.String() + text[kept:]
}

// spans returns where patterns stand in a text.
func (f *finder) spans(text string) []span {
	var found []span
	for i := 0; i+MinSecret <= len(text); i++ {
		if form := patternAt(f, text[i:]); form != "" {
			found = append(found, span{i, i + len(form)})
			i += len(form) - 1
		}
	}
	return found
}

// standsEscaped is true where a pattern stands behind escapes.
func (f *finder) standsEscaped(text string) bool {
	for range maxEscapes {
		var changed bool
		if text, changed = unescapedText(text); !changed {
			return false
		}
		if standsIn(f, text) {
			return true
		}
	}
	return false
}

// patternAt returns the longest pattern that text begins with, or "".
func patternAt[T string | []byte](f *finder, text T) string {
	if f.first[text[0]>>6]&(1<<(text[0]&63)) == 0 {
		return ""
	}
	for _, form := range f.patterns[string(text[:MinSecret])] {
		if len(text) >= len(form) && string(text[:len(form)]) == form {
			return form
		}
	}
	return ""
}

// stands is true where a pattern stands in a text, also behind escapes.
func stands[T string | []byte](r *redactor, text T) bool {
	f := r.find.Load()
	if f == nil {
		return false
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return standsIn(f, text) || hasEscape(text) && f.standsEscaped(string(text))
}

func standsIn[T string | []byte](f *finder, text T) bool {
	for i := 0; i+MinSecret <= len(text); i++ {
		if patternAt(f, text[i:]) != "" {
			return true
		}
	}
	return false
}

// holds reports whether a pattern stands in a value.
func (r *redactor) holds(v any) bool {
	switch x := v.(type) {
	case string:
		return stands(r, x)
	case []byte:
		return stands(r, x)
	case *value.Payload:
		// Escapes of JSON can be spelt in more ways than there are patterns.
		return stands(r, x.Bytes()) || bytes.IndexByte(x.Bytes(), '\\') >= 0 && r.holds(x.Value())
	case []any:
		return slices.ContainsFunc(x, r.holds)
	case map[string]any:
		for k, member := range x {
			if stands(r, k) || r.holds(member) {
				return true
			}
		}
	case nil, bool:
	default:
		text, ok := numberText(v)
		return ok && stands(r, text)
	}
	return false
}

// numberText returns a number as it stands in a text. ok is false for one that
// is too short to be a secret, and for what is no number.
func numberText(v any) (text string, ok bool) {
	switch v.(type) {
	case nil, bool, string:
		return "", false
	}
	written, err := value.EncodeJSON(v)
	return string(written), err == nil && len(written) >= MinSecret
}

func (r *redactor) empty() bool { return r.find.Load() == nil }
