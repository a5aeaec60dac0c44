package protocol

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"math/big"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/document"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// input is a request's values, which describe themselves to a protocol.
type input struct {
	shape  *shape
	values map[string]any
	body   io.Reader
	err    error // the first value that does not fit
}

// Serialize writes the values.
func (in *input) Serialize(s smithy.ShapeSerializer) {
	if in.shape == nil {
		return
	}
	w := writer{s: s, err: &in.err}
	w.structure(in.shape, in.shape.schema, in.values)
}

// streamed is an input with a body that is a stream.
type streamed struct{ *input }

// GetPayloadStream returns the body.
func (in streamed) GetPayloadStream() io.Reader {
	if in.body != nil {
		return in.body
	}
	for i := range in.shape.members {
		m := &in.shape.members[i]
		if !m.streams {
			continue
		}
		switch x := in.values[m.name].(type) {
		case nil:
			return nil
		case []byte:
			return bytes.NewReader(x)
		case string:
			return bytes.NewReader([]byte(x))
		default:
			text, err := value.EncodeJSON(x)
			if err != nil && in.err == nil {
				in.err = err
			}
			return bytes.NewReader(text)
		}
	}
	return nil
}

// writer writes values of flows to a serializer of smithy-go.
type writer struct {
	s   smithy.ShapeSerializer
	err *error
}

func (w writer) fail(name string, want string, v any) {
	if *w.err == nil {
		*w.err = fmt.Errorf("%s: expected %s, found a %T", name, want, v)
	}
}

func (w writer) structure(s *shape, as *smithy.Schema, values map[string]any) {
	w.s.WriteStruct(as)
	for i := range s.members {
		m := &s.members[i]
		v := values[m.name]
		if v == nil || m.streams || m.absent {
			continue
		}
		if m.json {
			w.jsonText(m, v)
			continue
		}
		if m.queries {
			v = s.furtherQueries(v, values)
		}
		w.value(m.shape, m.schema, v)
	}
	w.s.CloseStruct()
}

// furtherQueries leaves those out of a map of queries that have a parameter of
// their own, which is given.
func (s *shape) furtherQueries(v any, values map[string]any) any {
	given, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := maps.Clone(given)
	for i := range s.members {
		if m := &s.members[i]; m.query != "" && !m.queries && values[m.name] != nil {
			delete(out, m.query)
		}
	}
	return out
}

// jsonText writes a value as the text that it is in JSON. Text that is JSON
// already stays.
func (w writer) jsonText(m *member, v any) {
	if text, ok := v.(string); ok && json.Valid([]byte(text)) {
		w.s.WriteString(m.schema, text)
		return
	}
	text, err := value.EncodeJSON(v)
	if err != nil {
		w.fail(m.name, "a value of JSON", v)
		return
	}
	w.s.WriteString(m.schema, string(text))
}

func (w writer) value(s *shape, as *smithy.Schema, v any) {
	if s.Flags&model.Document != 0 {
		w.s.WriteDocument(as, toDocument(v))
		return
	}
	switch s.Kind {
	case model.Structure:
		w.object(s, as, v)
	case model.List:
		w.list(s, as, v)
	case model.Map:
		w.mapping(s, as, v)
	default:
		w.scalar(s, as, v)
	}
}

func (w writer) object(s *shape, as *smithy.Schema, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		w.fail(as.MemberName(), "an object", v)
		return
	}
	if s.Flags&model.Union == 0 {
		w.structure(s, as, m)
		return
	}
	for i := range s.members {
		member := &s.members[i]
		if v := m[member.name]; v != nil {
			w.s.WriteUnion(as, member.schema)
			w.value(member.shape, member.schema, v)
			w.s.CloseUnion()
			return
		}
	}
}

func (w writer) list(s *shape, as *smithy.Schema, v any) {
	list, ok := v.([]any)
	if !ok {
		w.fail(as.MemberName(), "a list", v)
		return
	}
	w.s.WriteList(as)
	elem := s.schema.ListMember()
	for _, v := range list {
		switch {
		case v != nil:
			w.value(s.elem, elem, v)
		case s.Flags&model.Sparse != 0:
			w.s.WriteNil(elem)
		}
	}
	w.s.CloseList()
}

func (w writer) mapping(s *shape, as *smithy.Schema, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		w.fail(as.MemberName(), "a map", v)
		return
	}
	w.s.WriteMap(as)
	key, elem := s.schema.MapKey(), s.schema.MapValue()
	for _, k := range value.SortedKeys(m) {
		v := m[k]
		if v == nil && s.Flags&model.Sparse == 0 {
			continue
		}
		w.s.WriteKey(key, k)
		if v == nil {
			w.s.WriteNil(elem)
		} else {
			w.value(s.elem, elem, v)
		}
	}
	w.s.CloseMap()
}

func (w writer) scalar(s *shape, as *smithy.Schema, v any) {
	switch s.Kind {
	case model.String:
		if x, ok := v.(string); ok {
			w.s.WriteString(as, x)
			return
		}
	case model.Blob:
		if b, ok := bytesOf(v); ok {
			w.s.WriteBlob(as, b)
			return
		}
	case model.Boolean:
		if x, ok := v.(bool); ok {
			w.s.WriteBool(as, x)
			return
		}
	case model.Timestamp:
		if t, ok := timeOf(v); ok {
			w.s.WriteTime(as, t)
			return
		}
	default:
		if w.number(s, as, v) {
			return
		}
	}
	w.fail(as.MemberName(), kindNames[s.Kind], v)
}

var kindNames = [...]string{
	model.Structure: "an object", model.List: "a list", model.Map: "a map", model.String: "text", model.Blob: "bytes",
	model.Boolean: "true or false", model.Integer: "a 32-bit integer", model.Long: "an integer", model.Float: "a number",
	model.Double: "a number", model.Timestamp: "a timestamp",
}

func (w writer) number(s *shape, as *smithy.Schema, v any) bool {
	n, whole := v.(int64)
	f, ok := floatOf(v)
	switch s.Kind {
	case model.Integer:
		if whole && n == int64(int32(n)) {
			w.s.WriteInt32(as, int32(n))
			return true
		}
	case model.Long:
		if whole {
			w.s.WriteInt64(as, n)
			return true
		}
	case model.Float:
		if ok {
			w.s.WriteFloat32(as, float32(f))
		}
		return ok
	case model.Double:
		if ok {
			w.s.WriteFloat64(as, f)
		}
		return ok
	}
	return false
}

func floatOf(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int64:
		return float64(x), true
	case *big.Int:
		f, _ := new(big.Float).SetInt(x).Float64()
		return f, true
	case string:
		switch x {
		case "NaN":
			return math.NaN(), true
		case "Infinity":
			return math.Inf(1), true
		case "-Infinity":
			return math.Inf(-1), true
		}
	}
	return 0, false
}

func bytesOf(v any) ([]byte, bool) {
	switch x := v.(type) {
	case []byte:
		return x, true
	case string:
		b, err := base64.StdEncoding.DecodeString(x)
		return b, err == nil
	}
	return nil, false
}

func timeOf(v any) (time.Time, bool) {
	switch x := v.(type) {
	case string:
		t, err := time.Parse(time.RFC3339Nano, x)
		return t, err == nil
	case int64:
		return time.Unix(x, 0).UTC(), true
	}
	return time.Time{}, false
}

// toDocument returns a value as a document. Bytes become base64, as in JSON.
func toDocument(v any) document.Value { return document.Opaque{Value: plainJSON(v)} }

func plainJSON(v any) any {
	switch x := v.(type) {
	case []byte:
		return base64.StdEncoding.EncodeToString(x)
	case []any:
		list := make([]any, len(x))
		for i, e := range x {
			list[i] = plainJSON(e)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(x))
		for k, e := range x {
			m[k] = plainJSON(e)
		}
		return m
	default:
		return v
	}
}
