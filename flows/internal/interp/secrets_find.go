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

// text returns a text without the secrets.
func (r *redactor) text(text string) string {
	f := r.find.Load()
	if f == nil {
		return text
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out strings.Builder
	kept := 0
	for i := 0; i+MinSecret <= len(text); i++ {
		found := patternAt(f, text[i:])
		if found == "" {
			continue
		}
		out.WriteString(text[kept:i] + schema.Masked)
		kept = i + len(found)
		i = kept - 1
	}
	if kept == 0 {
		return text
	}
	return out.String() + text[kept:]
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

// stands reports whether a pattern stands in a text.
func stands[T string | []byte](r *redactor, text T) bool {
	f := r.find.Load()
	if f == nil {
		return false
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
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
	}
	return false
}

func (r *redactor) empty() bool { return r.find.Load() == nil }
