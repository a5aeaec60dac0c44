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
	"github.com/medlar-flow/medlar/schema"
)

// plainParameter asks for items as plain values.
const plainParameter = "plain"

// tags are the members of DynamoDB's AttributeValue, by which it is known.
var tags = []string{"B", "BOOL", "BS", "L", "M", "N", "NS", "NULL", "S", "SS"}

// isAttribute reports whether a shape is DynamoDB's AttributeValue.
func isAttribute(s *model.Shape) bool {
	if s.Kind != model.Structure || len(s.Members) != len(tags) {
		return false
	}
	for i, m := range s.Members {
		if m.Name != tags[i] {
			return false
		}
	}
	return true
}

// isPlain reports whether an operation takes or gives items of DynamoDB.
func (o *operation) isPlain() bool {
	if name := o.service.model.Name; name != "dynamodb" && name != "dynamodbstreams" {
		return false
	}
	return o.reaches(o.model.Input, nil) || o.reaches(o.model.Output, nil)
}

func (o *operation) reaches(index int, seen []int) bool {
	if index == model.None || slices.Contains(seen, index) {
		return false
	}
	s := &o.service.model.Shapes[index]
	if isAttribute(s) {
		return true
	}
	seen = append(seen, index)
	return slices.ContainsFunc(s.Members, func(m model.Member) bool { return o.reaches(m.Shape, seen) })
}

const plainText = "A plain value, or DynamoDB's own form {S: text}. Text is S, numbers are N, true and false BOOL, null NULL, " +
	"bytes B, lists L and maps M; sets have only DynamoDB's form: {SS: [a]}, {NS: [1]}, {BS: [bytes]}."

// plainParams lets attributes be plain values.
func (o *operation) plainParams(fields []*schema.Field) []*schema.Field {
	if o.model.Input != model.None {
		o.loosen(fields, o.model.Input, nil)
	}
	if o.reaches(o.model.Output, nil) {
		fields = append(fields, &schema.Field{
			Name: plainParameter, Type: schema.Boolean,
			Description: "true gives items as plain values; otherwise they are given in DynamoDB's own form.",
		})
	}
	return fields
}

func (o *operation) plainResults(fields []*schema.Field) []*schema.Field {
	o.loosen(fields, o.model.Output, nil)
	return fields
}

// loosen makes the attributes among the members of a structure values of any
// kind.
func (o *operation) loosen(fields []*schema.Field, index int, seen []int) {
	if slices.Contains(seen, index) {
		return
	}
	seen = append(seen, index)
	for i, m := range o.service.model.Shapes[index].Members {
		if i < len(fields) {
			o.loosenValue(fields[i], m.Shape, seen)
		}
	}
}

func (o *operation) loosenValue(f *schema.Field, index int, seen []int) {
	s := &o.service.model.Shapes[index]
	switch {
	case isAttribute(s):
		*f = schema.Field{Name: f.Name, Aliases: f.Aliases, Type: schema.Any, Nullable: f.Nullable, Description: plainText}
	case s.Kind == model.List || s.Kind == model.Map:
		if f.Elem != nil {
			o.loosenValue(f.Elem, s.Elem().Shape, seen)
		}
	case s.Kind == model.Structure && f.Members != nil:
		o.loosen(f.Members.Fields(), index, seen)
	}
}

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

// plainItems turns the attributes of a result into plain values.
func (o *operation) plainItems(result map[string]any) {
	if o.model.Output == model.None {
		return
	}
	for _, m := range o.service.model.Shapes[o.model.Output].Members {
		name := capital(m.Name)
		result[name] = o.plainValue(result[name], m.Shape)
	}
}

func (o *operation) plainValue(v any, index int) any {
	s := &o.service.model.Shapes[index]
	if isAttribute(s) {
		return fromAttribute(v)
	}
	switch x := v.(type) {
	case map[string]any:
		if s.Kind == model.Map {
			for k, e := range x {
				x[k] = o.plainValue(e, s.Elem().Shape)
			}
			return x
		}
		for i := range s.Members {
			name := capital(s.Members[i].Name)
			if e, ok := x[name]; ok {
				x[name] = o.plainValue(e, s.Members[i].Shape)
			}
		}
	case []any:
		for i, e := range x {
			x[i] = o.plainValue(e, s.Elem().Shape)
		}
	}
	return v
}

// fromAttribute returns the plain value of an attribute.
func fromAttribute(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for tag, content := range m {
		if content == nil {
			continue
		}
		switch x := content.(type) {
		case map[string]any:
			out := make(map[string]any, len(x))
			for k, e := range x {
				out[k] = fromAttribute(e)
			}
			return out
		case []any:
			return fromList(tag, x)
		case string:
			if tag == "N" {
				return fromNumber(x)
			}
		case bool:
			if tag == "NULL" {
				return nil
			}
		}
		return content
	}
	return nil
}

func fromList(tag string, l []any) any {
	out := make([]any, len(l))
	for i, e := range l {
		switch text, _ := e.(string); tag {
		case "L":
			out[i] = fromAttribute(e)
		case "NS":
			out[i] = fromNumber(text)
		default:
			out[i] = e
		}
	}
	return out
}

// fromNumber returns a number as an integer where it is one, as a number where
// that has the same digits, else as text.
func fromNumber(text string) any {
	if len(text) > value.MaxDigits {
		return text
	}
	if n, ok := new(big.Int).SetString(text, 10); ok {
		if n.IsInt64() {
			return n.Int64()
		}
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err == nil && (strconv.FormatFloat(f, 'g', -1, 64) == text || strconv.FormatFloat(f, 'f', -1, 64) == text) {
		return f
	}
	return text
}
