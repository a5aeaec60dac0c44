package awsapi

import (
	"fmt"
	"maps"
	"reflect"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// paginateParam asks for all pages in one result.
const paginateParam = "paginate"

// MaxPages ends a listing whose pages never end, or whose items would not fit
// into memory anyhow.
const MaxPages = 100_000

// paging says how an operation gives its pages.
type paging struct {
	tokenIn  string // parameter, lowerCamel
	tokenOut string // member of the result
	list     string // the member that is the page
}

// Token names in order: what goes in, and what comes out for it.
var tokenNames = []struct{ in, out string }{
	{"NextToken", "NextToken"},
	{"Marker", "NextMarker"},
	{"Marker", "Marker"},
	{"ContinuationToken", "NextContinuationToken"},
}

// pagingOf finds the tokens and the one list of an operation; nil without.
func pagingOf(in, out reflect.Type) *paging {
	for _, token := range tokenNames {
		_, takes := in.FieldByName(token.in)
		_, gives := out.FieldByName(token.out)
		if !takes || !gives {
			continue
		}
		if list := onlyList(out); list != "" {
			return &paging{tokenIn: LowerCamel(token.in), tokenOut: token.out, list: list}
		}
	}
	return nil
}

func onlyList(t reflect.Type) string {
	var name string
	for _, m := range membersOf(t) {
		if m.typ.Kind() != reflect.Slice || m.typ == bytesType {
			continue
		}
		if name != "" {
			return ""
		}
		name = m.awsName
	}
	return name
}

// PaginateField returns the parameter that asks for all pages in one result.
func PaginateField() *schema.Field {
	return &schema.Field{
		Name: paginateParam, Type: schema.Object,
		Description: "true, or {maxItems: n}: the items of all pages in one result.",
		Accept: schema.Accept{JSONText: true, Coerce: func(v any) (any, error) {
			switch v {
			case true, "true":
				return map[string]any{}, nil
			case false, "false":
				return map[string]any{"enabled": false}, nil
			}
			return v, nil
		}},
		Members: schema.MustNew(
			&schema.Field{Name: "maxItems", Type: schema.Integer, Minimum: number(1), Description: "The most items to give."},
			&schema.Field{Name: "enabled", Type: schema.Boolean, Default: true, Description: "false gives one page."},
		),
	}
}

// WantsPages returns the limit of items, 0 for none, and whether all pages are
// wanted at all.
func WantsPages(params map[string]any) (limit int, ok bool) {
	p, ok := params[paginateParam].(map[string]any)
	if !ok || p["enabled"] == false {
		return 0, false
	}
	n, _ := p["maxItems"].(int64)
	return int(n), true
}

// allPages returns the last page with the items of all of them. The token that
// is left tells a listing cut at the limit from a whole one, where the limit
// falls on the end of a page.
func (o *operation) allPages(
	ctx *calling, conn *Connection, how callOptions, params map[string]any, limit int,
) (any, error) {
	paging := o.traits().paging
	params = maps.Clone(params)
	items := []any{}
	for range MaxPages {
		v, err := o.once(ctx, conn, how, params)
		if err != nil {
			return nil, err
		}
		page, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s: a page is no object", o.name)
		}
		list, _ := page[paging.list].([]any)
		items = append(items, list...)
		next := page[paging.tokenOut]
		full := limit > 0 && len(items) >= limit
		if full && len(items) > limit {
			items, next = items[:limit], nil
		}
		if full || next == nil || next == "" || next == params[paging.tokenIn] {
			page[paging.list], page[paging.tokenOut] = items, next
			return page, nil
		}
		params[paging.tokenIn] = next
	}
	return nil, &connector.Error{
		Code: "TooManyPages", Class: connector.ClassQuota, Message: fmt.Sprintf("more than %d pages", MaxPages),
	}
}
