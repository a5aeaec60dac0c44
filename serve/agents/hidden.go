package agents

import (
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// hiding finds the parts of a result that were hidden, since they hold a secret, and that
// the tool's schema has as something else than any text: a client that holds the result
// against it would refuse all of it for the text that stands in their place.
type hiding struct {
	pointers []string // of the parts
}

// mostHidden is how many parts are named.
const mostHidden = 20

// fit returns a value with null in place of such parts.
func (h *hiding) fit(v any, f *schema.Field, way ...string) any {
	switch v := v.(type) {
	case string:
		if f == nil || f.Type == schema.Any || f.Type == schema.String && len(f.Enum) == 0 || !strings.Contains(v, schema.Masked) {
			return v
		}
		h.pointers = append(h.pointers, event.PointerOf(way))
		return nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, name := range value.SortedKeys(v) {
			out[name] = h.fit(v[name], f.Member(name), append(slices.Clip(way), name)...)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			var elem *schema.Field
			if f != nil && f.Type == schema.List {
				elem = f.Elem
			}
			out[i] = h.fit(one, elem, append(slices.Clip(way), strconv.Itoa(i))...)
		}
		return out
	}
	return v
}

// text says which parts are null for that; empty for none.
func (h *hiding) text() string {
	if len(h.pointers) == 0 {
		return ""
	}
	list := h.pointers[:min(len(h.pointers), mostHidden)]
	text := "null stands for what is secret and was hidden: " + strings.Join(list, ", ")
	if n := len(h.pointers) - len(list); n > 0 {
		text += " and " + strconv.Itoa(n) + " more"
	}
	return text
}
