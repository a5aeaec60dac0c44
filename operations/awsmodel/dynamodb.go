package awsmodel

import (
	"slices"

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
