package awsmodel

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// typedItems returns the parameters with their attributes in DynamoDB's form.
func (o *operation) typedItems(params map[string]any) error {
	if o.model.Input == model.None {
		return nil
	}
	for _, m := range o.service.model.Shapes[o.model.Input].Members {
		name := spelled(m.Name)
		v := params[name]
		if v == nil {
			continue
		}
		typed, err := o.typed(v, m.Shape)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		params[name] = typed
	}
	return nil
}

// typed returns a value of a shape with its attributes in DynamoDB's form.
func (o *operation) typed(v any, index int) (any, error) {
	s := &o.service.model.Shapes[index]
	if isAttribute(s) {
		if isTyped(v) {
			return lowTags(v), nil
		}
		return toAttribute(v, 0)
	}
	switch x := v.(type) {
	case map[string]any:
		if s.Kind == model.Map && isAttribute(&o.service.model.Shapes[s.Elem().Shape]) {
			return toItem(x)
		}
		return o.typedMap(x, s)
	case []any:
		if s.Kind != model.List {
			return v, nil
		}
		out := make([]any, len(x))
		for i, e := range x {
			var err error
			if out[i], err = o.typed(e, s.Elem().Shape); err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return out, nil
	}
	return v, nil
}

func (o *operation) typedMap(m map[string]any, s *model.Shape) (any, error) {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
		index := model.None
		if s.Kind == model.Map {
			index = s.Elem().Shape
		}
		for i := range s.Members {
			if s.Kind == model.Structure && spelled(s.Members[i].Name) == k {
				index = s.Members[i].Shape
			}
		}
		if index == model.None || v == nil {
			continue
		}
		typed, err := o.typed(v, index)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		out[k] = typed
	}
	return out, nil
}

// toItem returns an item in DynamoDB's form. Where every value has that form
// already, it is one; else all are plain.
func toItem(m map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(m))
	typed := len(m) > 0
	for _, v := range m {
		typed = typed && isTyped(v)
	}
	for k, v := range m {
		if typed {
			out[k] = lowTags(v)
			continue
		}
		a, err := toAttribute(v, 0)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		out[k] = a
	}
	return out, nil
}

// isTyped reports whether a value is in DynamoDB's form: a map of one tag with
// a content that fits it.
func isTyped(v any) bool {
	m, ok := v.(map[string]any)
	if !ok || len(m) != 1 {
		return false
	}
	for tag, content := range m {
		return fits(tag, content)
	}
	return false
}

func fits(tag string, v any) bool {
	switch tag {
	case "S":
		_, ok := v.(string)
		return ok
	case "N":
		_, ok := numberText(v)
		return ok
	case "BOOL":
		_, ok := v.(bool)
		return ok
	case "NULL":
		return v == true
	case "B":
		_, isText := v.(string)
		_, isBytes := v.([]byte)
		return isText || isBytes
	case "M":
		m, ok := v.(map[string]any)
		return ok && all(m, isTyped)
	case "L":
		l, ok := v.([]any)
		return ok && !slices.ContainsFunc(l, func(e any) bool { return !isTyped(e) })
	default:
		return isSet(tag, v)
	}
}

func all(m map[string]any, is func(any) bool) bool {
	for _, v := range m {
		if !is(v) {
			return false
		}
	}
	return true
}

// isSet reports whether a value is the content of a set.
func isSet(tag string, v any) bool {
	l, ok := v.([]any)
	if !ok || len(l) == 0 || tag != "SS" && tag != "NS" && tag != "BS" {
		return false
	}
	return !slices.ContainsFunc(l, func(e any) bool { return !fits(tag[:1], e) })
}

// lowTags returns a typed value under the names that parameters have for the
// tags, and numbers as the text that they are sent as.
func lowTags(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := make(map[string]any, len(m))
	for tag, content := range m {
		switch x := content.(type) {
		case map[string]any:
			inner := make(map[string]any, len(x))
			for k, e := range x {
				inner[k] = lowTags(e)
			}
			content = inner
		case []any:
			list := make([]any, len(x))
			for i, e := range x {
				list[i] = e
				if tag == "L" {
					list[i] = lowTags(e)
				} else if text, ok := numberText(e); tag == "NS" && ok {
					list[i] = text
				}
			}
			content = list
		default:
			if text, ok := numberText(x); tag == "N" && ok {
				content = text
			}
		}
		out[spelled(tag)] = content
	}
	return out
}

// numberText returns a number as DynamoDB takes it.
func numberText(v any) (string, bool) {
	switch x := v.(type) {
	case string:
		if len(x) > value.MaxDigits {
			return "", false
		}
		_, ok := new(big.Float).SetString(x)
		return x, ok && x != "" && !strings.ContainsAny(x, "xXpPoObB_iIn")
	case int64:
		return strconv.FormatInt(x, 10), true
	case *big.Int:
		return x.String(), true
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64), !math.IsNaN(x) && !math.IsInf(x, 0)
	}
	return "", false
}

// deepestItem is how deep DynamoDB lets an item nest.
const deepestItem = 32

// mostDigits are those that a number of DynamoDB can have.
const mostDigits = 38

// toAttribute returns a plain value in DynamoDB's form.
func toAttribute(v any, depth int) (any, error) {
	if depth > deepestItem {
		return nil, fmt.Errorf("an item nests at most %d levels deep", deepestItem)
	}
	switch x := v.(type) {
	case nil:
		return map[string]any{"null": true}, nil
	case string:
		return map[string]any{"s": x}, nil
	case bool:
		return map[string]any{"bool": x}, nil
	case []byte:
		return map[string]any{"b": x}, nil
	case []any:
		return toList(x, depth)
	case map[string]any:
		for tag, content := range x {
			if len(x) == 1 && isSet(tag, content) {
				return lowTags(x), nil
			}
		}
		return toMap(x, depth)
	default:
		return toNumber(v)
	}
}

func toNumber(v any) (any, error) {
	text, ok := numberText(v)
	if !ok {
		return nil, fmt.Errorf("a %T is no value of an item", v)
	}
	digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(strings.Split(text, "e")[0]), "0")
	if len(strings.TrimRight(digits, "0")) > mostDigits {
		return nil, fmt.Errorf("a number has at most %d digits", mostDigits)
	}
	return map[string]any{"n": text}, nil
}

func toList(l []any, depth int) (any, error) {
	out := make([]any, len(l))
	for i, e := range l {
		var err error
		if out[i], err = toAttribute(e, depth+1); err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return map[string]any{"l": out}, nil
}

func toMap(m map[string]any, depth int) (any, error) {
	out := make(map[string]any, len(m))
	for k, e := range m {
		a, err := toAttribute(e, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		out[k] = a
	}
	return map[string]any{"m": out}, nil
}
