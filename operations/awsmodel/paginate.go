package awsmodel

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
)

// pages reports whether all pages of an operation can be given in one result.
// Of several lists, those that stand in the result itself are joined.
func (o *operation) pages() bool {
	p := o.model.Paging
	if p == nil || len(p.Lists) == 0 || len(p.In) != len(p.Out) {
		return false
	}
	return !slices.ContainsFunc(slices.Concat(p.In, p.Lists), func(path string) bool { return !isPath(path) }) &&
		!slices.ContainsFunc(p.Out, func(path string) bool { return !isOutPath(path) })
}

// isPath reports whether an expression is names with dots between them.
func isPath(path string) bool { return path != "" && !strings.ContainsAny(path, "[]|()*?&@ `") }

// isOutPath also lets the last element of a list, and one path or another,
// be where a token stands.
func isOutPath(path string) bool {
	for alternative := range strings.SplitSeq(path, "||") {
		if !isPath(strings.ReplaceAll(strings.TrimSpace(alternative), "[-1]", "")) {
			return false
		}
	}
	return true
}

// allPages returns the last page with the items of all of them.
func (o *operation) allPages(ctx context.Context, c *client, call *connector.Call, params map[string]any, limit int) (any, error) {
	paging := o.model.Paging
	params = maps.Clone(params)
	lists := make([][]any, len(paging.Lists))
	for range awsapi.MaxPages {
		page, err := o.once(ctx, c, isSingle(call), params)
		if err != nil {
			return nil, err
		}
		for i, path := range paging.Lists {
			list, _ := valueAt(page, path).([]any)
			lists[i] = append(lists[i], list...)
		}
		next := o.tokens(page, params)
		full := limit > 0 && len(lists[0]) >= limit
		if full && len(lists[0]) > limit {
			lists[0], next = lists[0][:limit], nil
		}
		if full || next == nil {
			for i, path := range paging.Lists {
				if lists[i] == nil {
					lists[i] = []any{}
				}
				setAt(page, path, lists[i])
			}
			if next == nil {
				for _, path := range paging.Out {
					setAt(page, path, nil)
				}
			}
			return o.finish(params, page)
		}
		for i, name := range paging.In {
			params[spelled(name)] = next[i]
		}
	}
	return nil, &connector.Error{
		Code: "TooManyPages", Class: connector.ClassQuota, Message: fmt.Sprintf("more than %d pages", awsapi.MaxPages),
	}
}

// tokens returns what asks for the next page; nil where there is none.
func (o *operation) tokens(page, params map[string]any) []any {
	p := o.model.Paging
	if p.More != "" && valueAt(page, p.More) != true {
		return nil
	}
	next, given, moved := make([]any, len(p.In)), false, false
	for i, path := range p.Out {
		next[i] = tokenAt(page, path)
		given = given || next[i] != nil && next[i] != ""
		moved = moved || fmt.Sprint(next[i]) != fmt.Sprint(params[spelled(p.In[i])])
	}
	if !given || !moved {
		return nil
	}
	return next
}

func tokenAt(page map[string]any, path string) any {
	for alternative := range strings.SplitSeq(path, "||") {
		if v := valueAt(page, strings.TrimSpace(alternative)); v != nil && v != "" {
			return v
		}
	}
	return nil
}

// valueAt follows names of the model, of which [-1] gives the last element of a
// list.
func valueAt(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		name, last := strings.CutSuffix(name, "[-1]")
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[capital(name)]
		if list, ok := v.([]any); last {
			if !ok || len(list) == 0 {
				return nil
			}
			v = list[len(list)-1]
		}
	}
	return v
}

func setAt(m map[string]any, path string, v any) {
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		inner, ok := m[capital(name)].(map[string]any)
		if !ok {
			return
		}
		m = inner
	}
	if name := capital(names[len(names)-1]); isPath(name) {
		if _, ok := m[name]; ok {
			m[name] = v
		}
	}
}

// textsAt returns the texts at a path of JMESPath's simplest form, "a.b[].c" or
// "a[*].b", among parameters.
func textsAt(params map[string]any, path string) []string {
	values := []any{params}
	for part := range strings.SplitSeq(strings.NewReplacer("[*]", "[]").Replace(path), ".") {
		name, each := strings.CutSuffix(part, "[]")
		var next []any
		for _, v := range values {
			next = append(next, pick(v, name, each)...)
		}
		values = next
	}
	var out []string
	for _, v := range values {
		if text, ok := v.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

func pick(v any, name string, each bool) []any {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	var found []any
	if keys, isKeys := strings.CutPrefix(name, "keys("); isKeys {
		inner, _ := m[spelled(strings.TrimSuffix(keys, ")"))].(map[string]any)
		for k := range inner {
			found = append(found, k)
		}
		return found
	}
	if name == "*" {
		for _, e := range m {
			found = append(found, e)
		}
		return found
	}
	v = m[spelled(name)]
	if list, ok := v.([]any); ok && each {
		return list
	}
	if v != nil {
		found = append(found, v)
	}
	return found
}
