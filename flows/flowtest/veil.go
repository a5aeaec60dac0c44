package flowtest

import (
	"fmt"

	"github.com/medlar-flow/medlar/schema"
)

// hider returns a value without the secrets of a run; nil hides nothing.
type hider func(any) any

func (h hider) value(v any) any {
	if h == nil {
		return v
	}
	return h(v)
}

// inline is inline without the secrets: they are out before a long value is
// cut.
func (h hider) inline(v any) string { return inline(h.value(v)) }

// texts returns texts for people without the secrets.
func (h hider) texts(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = fmt.Sprint(h.value(text))
	}
	return out
}

// diff is diff without the secrets. shown is what people see of got as a whole:
// "***" where that is secret, however short.
func (h hider) diff(want, got, shown any) string {
	want, got = h.apart(want, got, shown)
	return diff(want, got)
}

// hidden stands for a secret that is not the wanted value.
const hidden = schema.Masked + " (not as wanted)"

func (h hider) apart(want, got, shown any) (shownWant, shownGot any) {
	if shown == schema.Masked && got != any(schema.Masked) {
		if contains(want, got) {
			return schema.Masked, schema.Masked
		}
		return schema.Masked, hidden
	}
	switch g := got.(type) {
	case map[string]any:
		w, isMap := want.(map[string]any)
		s, seen := shown.(map[string]any)
		if !isMap || !seen {
			break
		}
		outW, outG := make(map[string]any, len(w)), make(map[string]any, len(g))
		for name, v := range w {
			outW[name] = h.value(v)
		}
		for name, v := range g {
			if wanted, both := w[name]; both {
				outW[name], outG[name] = h.apart(wanted, v, s[name])
			} else {
				_, outG[name] = h.apart(nil, v, s[name])
			}
		}
		return outW, outG
	case []any:
		w, isList := want.([]any)
		s, seen := shown.([]any)
		if !isList || !seen || len(w) != len(g) || len(s) != len(g) {
			break
		}
		outW, outG := make([]any, len(w)), make([]any, len(g))
		for i := range g {
			outW[i], outG[i] = h.apart(w[i], g[i], s[i])
		}
		return outW, outG
	}
	return h.value(want), h.value(shown)
}
