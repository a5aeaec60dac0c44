package awsapi

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// unions are the types that stand for members of the SDK's tagged unions:
// pointers to structs such as types.AttributeValueMemberS.
type unions []reflect.Type

// unionMember is one member of a union.
type unionMember struct {
	awsName string
	name    string // as flows spell it
	typ     reflect.Type
	value   reflect.StructField
}

// of returns the members of the union t; none where t is no union, or one whose
// members are not known.
func (u unions) of(t reflect.Type) []unionMember {
	var members []unionMember
	for _, typ := range u {
		awsName, ok := strings.CutPrefix(typ.Elem().Name(), t.Name()+"Member")
		value, has := typ.Elem().FieldByName("Value")
		if ok && has && t.Name() != "" && typ.Implements(t) {
			members = append(members, unionMember{awsName, LowerCamel(awsName), typ, value})
		}
	}
	return members
}

func isUnionMember(t reflect.Type) bool {
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		return false
	}
	_, has := t.Elem().FieldByName("Value")
	return has && strings.Contains(t.Elem().Name(), "Member")
}

// union describes a union as an object, of which one member is given.
func (d *describer) union(f *schema.Field, t reflect.Type, members []unionMember, path string) {
	f.Type, f.JSONText, f.Description = schema.Object, !d.result, "One of its members."
	d.within(t, f, func() []*schema.Field {
		fields := make([]*schema.Field, len(members))
		for i, m := range members {
			fields[i] = d.member(member{awsName: m.awsName, name: m.name, typ: m.value.Type}, nil, path)
			fields[i].Nullable = d.result
		}
		return fields
	})
}

// unionSetter sets the one member that is given.
type unionSetter map[string]unionMemberSetter

type unionMemberSetter struct {
	unionMember
	set setter
}

func (s *setters) forUnion(t reflect.Type, members []unionMember) setter {
	plan := s.unionPlans[t]
	if plan == nil {
		plan = unionSetter{}
		s.unionPlans[t] = plan
		for _, m := range members {
			plan[m.name] = unionMemberSetter{m, s.forType(m.value.Type)}
		}
	}
	return plan.set
}

func (p unionSetter) set(dst reflect.Value, v any) error {
	given, ok := v.(map[string]any)
	if !ok || len(given) != 1 {
		return fmt.Errorf("give exactly one of %s", strings.Join(value.SortedKeys(p), ", "))
	}
	for name, v := range given {
		m, ok := p[name]
		if !ok {
			return unexpected(dst, v)
		}
		member := reflect.New(m.typ.Elem())
		if err := m.set(member.Elem().FieldByIndex(m.value.Index), v); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		dst.Set(member)
	}
	return nil
}
