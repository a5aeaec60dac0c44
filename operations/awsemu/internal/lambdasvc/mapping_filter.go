package lambdasvc

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// filters are the patterns of which one has to fit a message; none lets all through.
type filters []object

// The bounds of AWS.
const (
	mostFilters   = 5
	longestFilter = 4096
)

func readFilters(in *filterCriteria) (filters, error) {
	if len(in.Filters) > mostFilters {
		return nil, service.Invalid("The number of filters exceeds the limit of %d", mostFilters)
	}
	var list filters
	for _, f := range in.Filters {
		var pattern object
		if len(f.Pattern) > longestFilter || json.Unmarshal([]byte(f.Pattern), &pattern) != nil || !validPattern(pattern) {
			return nil, service.Invalid("Invalid filter pattern definition. (Service: null; Status Code: 0; Error Code: null; Request ID: null; Proxy: null)")
		}
		list = append(list, pattern)
	}
	return list, nil
}

// validPattern reports whether a pattern has nothing but rules that are known.
func validPattern(pattern object) bool {
	if len(pattern) == 0 {
		return false
	}
	for key, v := range pattern {
		switch v := v.(type) {
		case object:
			if !validPattern(v) {
				return false
			}
		case []any:
			valid := validRule
			if key == "$or" {
				valid = func(one any) bool { p, ok := one.(object); return ok && validPattern(p) }
			}
			if len(v) == 0 || slices.ContainsFunc(v, func(one any) bool { return !valid(one) }) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// validRule reports whether something may stand in the list of a field.
func validRule(one any) bool {
	rule, ok := one.(object)
	if !ok {
		_, list := one.([]any)
		return !list
	}
	if len(rule) != 1 {
		return false
	}
	for name, v := range rule {
		switch name {
		case "exists":
			_, ok = v.(bool)
		case "prefix", "suffix", "equals-ignore-case":
			_, ok = v.(string)
		case "anything-but":
			ok = validOther(v)
		case "numeric":
			ok = validNumeric(v)
		default:
			ok = false
		}
	}
	return ok
}

// validOther reports whether something may stand under anything-but.
func validOther(v any) bool {
	switch v := v.(type) {
	case object:
		return validRule(v)
	case []any:
		return len(v) > 0 && !slices.ContainsFunc(v, func(one any) bool { return !same(one, one) })
	}
	return v != nil
}

func validNumeric(v any) bool {
	list, _ := v.([]any)
	if len(list) != 2 && len(list) != 4 {
		return false
	}
	for i := 0; i < len(list); i += 2 {
		op, _ := list[i].(string)
		if _, ok := list[i+1].(float64); !ok || !slices.Contains([]string{"=", "<", "<=", ">", ">="}, op) {
			return false
		}
	}
	return true
}

// let reports whether a message goes to the function.
func (f filters) let(m service.QueueMessage) bool {
	if len(f) == 0 {
		return true
	}
	return slices.ContainsFunc(f, func(pattern object) bool { return fitsPattern(pattern, filtered(pattern, m)) })
}

// filtered is a message as a pattern sees it: its body is read as JSON where the
// pattern looks into it.
func filtered(pattern object, m service.QueueMessage) object {
	system, own := object{}, object{}
	for name, text := range m.System {
		system[name] = text
	}
	for name, v := range shownAttributes(m) {
		own[name] = v
	}
	var body any = m.Body
	if _, inside := pattern["body"].(object); inside {
		var read any
		if json.Unmarshal([]byte(m.Body), &read) == nil {
			body = read
		}
	}
	return object{"messageId": m.ID, "body": body, "attributes": system, "messageAttributes": own}
}

// fitsPattern reports whether every field of a pattern fits a value.
func fitsPattern(pattern, value object) bool {
	for key, want := range pattern {
		list, _ := want.([]any)
		if key == "$or" {
			if !slices.ContainsFunc(list, func(one any) bool { p, _ := one.(object); return fitsPattern(p, value) }) {
				return false
			}
			continue
		}
		found, there := value[key]
		if inner, ok := want.(object); ok {
			into, _ := found.(object)
			if !fitsPattern(inner, into) {
				return false
			}
			continue
		}
		if !slices.ContainsFunc(list, func(rule any) bool { return fitsRule(rule, found, there) }) {
			return false
		}
	}
	return true
}

// fitsRule reports whether a value, or one of its elements, fits a rule.
func fitsRule(rule, value any, there bool) bool {
	if r, ok := rule.(object); ok {
		if exists, ok := r["exists"].(bool); ok {
			_, inner := value.(object)
			return (there && !inner) == exists
		}
	}
	if !there {
		return false
	}
	if list, ok := value.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return fitsOne(rule, one) })
	}
	return fitsOne(rule, value)
}

func fitsOne(rule, value any) bool {
	r, ok := rule.(object)
	if !ok {
		return same(rule, value)
	}
	text, isText := value.(string)
	for name, v := range r {
		want, _ := v.(string)
		switch name {
		case "prefix":
			return isText && strings.HasPrefix(text, want)
		case "suffix":
			return isText && strings.HasSuffix(text, want)
		case "equals-ignore-case":
			return isText && strings.EqualFold(text, want)
		case "anything-but":
			return !excluded(v, value)
		case "numeric":
			return isWithin(v, value)
		}
	}
	return false
}

// excluded reports whether anything-but leaves a value out: a value, a list of them,
// or a rule.
func excluded(v, value any) bool {
	if list, ok := v.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return same(one, value) })
	}
	return fitsOne(v, value)
}

func isWithin(v, value any) bool {
	n, ok := value.(float64)
	list, _ := v.([]any)
	for i := 0; ok && i+1 < len(list); i += 2 {
		op, _ := list[i].(string)
		bound, _ := list[i+1].(float64)
		switch op {
		case "=":
			ok = n == bound
		case "<":
			ok = n < bound
		case "<=":
			ok = n <= bound
		case ">":
			ok = n > bound
		case ">=":
			ok = n >= bound
		}
	}
	return ok
}

// same reports whether two values that are no lists and no objects are one.
func same(a, b any) bool {
	switch a.(type) {
	case nil, string, float64, bool:
	default:
		return false
	}
	switch b.(type) {
	case nil, string, float64, bool:
		return a == b
	}
	return false
}
