package schema

import (
	"maps"
	"slices"

	"github.com/medlar-flow/medlar/internal/value"
)

func (c *converter) container(f *Field, v any) any {
	if text, ok := v.(string); ok && f.JSONText {
		v = f.fromText(text)
	}
	switch x := v.(type) {
	case map[string]any:
		if f.Type == Object {
			return c.members(f, x)
		}
		if f.Type == Map {
			return c.mapping(f, x)
		}
	case []any:
		if f.Type == List {
			return c.list(f, v, x)
		}
	default:
		return c.otherContainer(f, v)
	}
	return c.bareOrWrong(f, v)
}

// fromText returns the list or map that text holds as JSON, else the text. Text
// that can itself be the one element of a list stays.
func (f *Field) fromText(text string) any {
	parsed, err := value.DecodeJSON([]byte(text))
	if err != nil {
		return text
	}
	switch parsed.(type) {
	case []any:
		return parsed
	case map[string]any:
		if !f.BareElement || f.Elem == nil || slices.Contains(containers, f.Elem.Type) {
			return parsed
		}
	}
	return text
}

var containers = []Type{Any, Object, Map}

// otherContainer takes the slices and maps that Go programs give.
func (c *converter) otherContainer(f *Field, v any) any {
	n, err := value.NormalizeAt(v, c.depth-1)
	if err != nil {
		c.fail(RuleType, "%v", unveiled(f, err))
		return nil
	}
	switch n.(type) {
	case nil:
		return nil // a nil pointer, slice or map of a Go type
	case map[string]any, []any:
		return c.container(f, n)
	default:
		return c.bareOrWrong(f, n)
	}
}

func (c *converter) bareOrWrong(f *Field, v any) any {
	if f.Type == List && f.BareElement {
		list := []any{v}
		return c.list(f, list, list)
	}
	c.fail(RuleType, "expected %s, found %s", article(f), kindOf(v))
	return nil
}

func (c *converter) members(f *Field, m map[string]any) any {
	if f.Members == nil {
		return c.anything(f, m)
	}
	out, _ := c.object(f.Members, m)
	if out == nil {
		out = map[string]any{}
	}
	return out
}

func (c *converter) mapping(f *Field, m map[string]any) any {
	if m == nil {
		return map[string]any{}
	}
	if elem := f.element(); elem.isFree() {
		if out, err := (value.Normalizer{Lazy: c.keeps(elem)}).Map(m, c.depth-1); err == nil {
			return out
		}
	}
	out, own := m, false
	for k, v := range m {
		n := c.element(f, v, hop{name: k})
		if kept(v, n) {
			continue
		}
		if !own {
			out, own = maps.Clone(m), true
		}
		out[k] = n
	}
	return out
}

// list converts the elements of a list; whole is the list itself.
func (c *converter) list(f *Field, whole any, list []any) any {
	if list == nil {
		return []any{}
	}
	if elem := f.element(); elem.isFree() {
		if out, err := (value.Normalizer{Lazy: c.keeps(elem)}).List(whole, list, c.depth-1); err == nil {
			return out
		}
	}
	out, own := list, false
	for i, v := range list {
		n := c.element(f, v, hop{index: i, element: true})
		if kept(v, n) {
			continue
		}
		if !own {
			out, own = slices.Clone(list), true
		}
		out[i] = n
	}
	if !own {
		return whole
	}
	return out
}

func (c *converter) element(f *Field, v any, at hop) any {
	c.at.enter(at)
	elem := f.element()
	before := len(c.errs)
	out := c.value(elem, v)
	if out == nil && len(c.errs) == before && elem.Type != Any && !elem.Nullable {
		c.fail(RuleType, "expected %s, found null", article(elem))
	}
	c.at.leave()
	return out
}

// element is the field of each element.
func (f *Field) element() *Field {
	if f.Elem == nil {
		return anyField
	}
	return f.Elem
}
