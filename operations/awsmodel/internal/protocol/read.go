package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/document"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// output takes an answer's values from a protocol.
type output struct {
	shape  *shape
	values map[string]any
	body   io.ReadCloser
}

// Deserialize reads the values.
func (o *output) Deserialize(d smithy.ShapeDeserializer) error {
	if o.shape == nil {
		return nil
	}
	v, err := reader{d: d}.structure(o.shape, o.shape.schema)
	o.values = v
	return err
}

// streaming is an output with a body that is a stream.
type streaming struct{ *output }

// SetPayloadStream takes the body.
func (o streaming) SetPayloadStream(body io.ReadCloser) { o.body = body }

// reader reads values of flows from a deserializer of smithy-go.
type reader struct {
	d     smithy.ShapeDeserializer
	depth int
}

// deepest bounds how deep answers nest: as deep as values of flows.
const deepest = 100

var errDeep = errors.New("the answer nests deeper than 100 levels")

func (r reader) structure(s *shape, as *smithy.Schema) (map[string]any, error) {
	out := s.nothing()
	if err := r.d.ReadStruct(s.schema); err != nil {
		return nil, err
	}
	for {
		ms, err := r.d.ReadStructMember()
		if err != nil {
			return nil, err
		}
		if ms == nil {
			return out, nil
		}
		m := s.byName[ms]
		if m == nil {
			return nil, fmt.Errorf("%s has no member %s", as.ID().Name, ms.MemberName())
		}
		v, err := r.member(m)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.outName, err)
		}
		out[m.outName] = v
	}
}

func (r reader) member(m *member) (any, error) {
	v, err := r.value(m.shape, m.schema)
	if text, ok := v.(string); ok && m.json && err == nil {
		return value.DecodeJSON([]byte(text))
	}
	return v, err
}

func (r reader) value(s *shape, as *smithy.Schema) (any, error) {
	if r.depth++; r.depth > deepest {
		return nil, errDeep
	}
	if s.Flags&model.Document != 0 {
		return r.document(as)
	}
	switch s.Kind {
	case model.Structure:
		if s.Flags&model.Union != 0 {
			return r.union(s, as)
		}
		return r.structure(s, as)
	case model.List:
		return r.list(s, as)
	case model.Map:
		return r.mapping(s, as)
	default:
		return r.scalar(s, as)
	}
}

// union returns {member: value}.
func (r reader) union(s *shape, as *smithy.Schema) (any, error) {
	var out map[string]any
	for {
		ms, err := r.d.ReadUnion(as)
		if err != nil {
			return nil, err
		}
		if ms == nil {
			break
		}
		m := s.byName[ms]
		if m == nil {
			m = s.memberNamed(ms.MemberName())
		}
		if m == nil {
			return nil, fmt.Errorf("%s has no member %s", as.ID().Name, ms.MemberName())
		}
		v, err := r.member(m)
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = make(map[string]any, 1)
		}
		out[m.outName] = v
	}
	if out == nil {
		return nil, nil
	}
	return out, nil
}

func (s *shape) memberNamed(name string) *member {
	for i := range s.members {
		if s.members[i].schema.MemberName() == name {
			return &s.members[i]
		}
	}
	return nil
}

func (r reader) list(s *shape, as *smithy.Schema) (any, error) {
	list := []any{}
	if err := r.d.ReadList(as); err != nil {
		return nil, err
	}
	elem := s.schema.ListMember()
	for {
		more, err := r.d.ReadListItem(elem)
		if err != nil {
			return nil, err
		}
		if !more {
			return list, nil
		}
		isNil, err := r.d.ReadNil(elem)
		if err != nil {
			return nil, err
		}
		if isNil {
			if s.Flags&model.Sparse != 0 {
				list = append(list, nil)
			}
			continue
		}
		v, err := r.value(s.elem, elem)
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", len(list), err)
		}
		list = append(list, v)
	}
}

func (r reader) mapping(s *shape, as *smithy.Schema) (any, error) {
	m := map[string]any{}
	if err := r.d.ReadMap(as); err != nil {
		return nil, err
	}
	key, value := s.schema.MapKey(), s.schema.MapValue()
	for {
		k, more, err := r.d.ReadMapKey(key)
		if err != nil {
			return nil, err
		}
		if !more {
			return m, nil
		}
		isNil, err := r.d.ReadNil(value)
		if err != nil {
			return nil, err
		}
		if isNil {
			if s.Flags&model.Sparse != 0 {
				m[k] = nil
			}
			continue
		}
		if m[k], err = r.value(s.elem, value); err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
	}
}

func (r reader) scalar(s *shape, as *smithy.Schema) (any, error) {
	switch s.Kind {
	case model.Blob:
		return read(as, r.d.ReadBlob)
	case model.Boolean:
		return read(as, r.d.ReadBool)
	case model.Integer:
		var n int32
		err := r.d.ReadInt32(as, &n)
		return int64(n), err
	case model.Long:
		return read(as, r.d.ReadInt64)
	case model.Float:
		return read(as, r.d.ReadFloat64) // text of a shorter number is that number
	case model.Double:
		return read(as, r.d.ReadFloat64)
	case model.Timestamp:
		var t time.Time
		if err := r.d.ReadTime(as, &t); err != nil {
			return nil, err
		}
		return value.FormatTime(t), nil
	default:
		return read(as, r.d.ReadString)
	}
}

func read[T any](as *smithy.Schema, from func(*smithy.Schema, *T) error) (any, error) {
	var v T
	if err := from(as, &v); err != nil {
		return nil, err
	}
	return v, nil
}

func (r reader) document(as *smithy.Schema) (any, error) {
	var v document.Value
	if err := r.d.ReadDocument(as, &v); err != nil {
		return nil, err
	}
	if o, ok := v.(document.Opaque); ok {
		return plain(o.Value)
	}
	return nil, nil
}

// plain turns what a JSON parser gives into values of flows.
func plain(v any) (any, error) {
	var err error
	switch x := v.(type) {
	case json.Number:
		return value.ParseNumber(string(x))
	case document.Number:
		return value.ParseNumber(string(x))
	case float64:
		if n := int64(x); float64(n) == x && n > -1<<53 && n < 1<<53 {
			return n, nil
		}
		return x, nil
	case []any:
		for i := range x {
			if x[i], err = plain(x[i]); err != nil {
				return nil, err
			}
		}
		return x, nil
	case map[string]any:
		for k := range x {
			if x[k], err = plain(x[k]); err != nil {
				return nil, err
			}
		}
		return x, nil
	}
	return value.Normalize(v)
}
