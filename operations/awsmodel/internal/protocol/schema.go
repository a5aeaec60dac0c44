package protocol

import (
	"cmp"
	"maps"
	"strings"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// namespace stands before the names of all shapes; none is sent.
const namespace = "aws"

// shape is a shape of the model as the protocols see it.
type shape struct {
	*model.Shape
	schema  *smithy.Schema
	members []member // of a structure
	byName  map[*smithy.Schema]*member
	elem    *shape // of a list or map
	empty   map[string]any
	streams bool // a member is a stream
}

// member is a member of a structure.
type member struct {
	name    string // of the parameter
	outName string // of the result's member
	schema  *smithy.Schema
	shape   *shape
	json    bool // a value that is sent as text
	streams bool
	query   string // the name in the query; empty for none
	queries bool   // a map of further names in the query
	absent  bool   // a label that the path lacks: it stands elsewhere
}

// nothing returns a result that lacks everything.
func (s *shape) nothing() map[string]any {
	if s == nil {
		return map[string]any{}
	}
	return maps.Clone(s.empty)
}

func rootOf(s *model.Service) *smithy.ServiceSchema {
	var ts []smithy.Trait
	if s.QueryCompatible {
		ts = append(ts, &traits.AWSQueryCompatible{})
	}
	if s.Namespace != "" {
		ts = append(ts, &traits.XMLNamespace{URI: s.Namespace})
	}
	id := smithy.ShapeID{Namespace: namespace, Name: s.TargetPrefix}
	return smithy.NewServiceSchema(smithy.NewSchema(id, smithy.ShapeTypeService, 0, ts...), s.APIVersion)
}

func (p *Service) operationSchema(o *model.Operation, in, out *shape) *smithy.OperationSchema {
	schema := smithy.NewSchema(smithy.ShapeID{Namespace: namespace, Name: o.Name}, smithy.ShapeTypeOperation, 0,
		&traits.HTTP{Method: o.Method, URI: o.URI, Code: o.Status})
	return smithy.NewOperationSchema(schema, in.schemaOrNil(), out.schemaOrNil())
}

func (s *shape) schemaOrNil() *smithy.Schema {
	if s == nil {
		return nil
	}
	return s.schema
}

// rootShape returns the shape of an input or output, whose members are bound to
// places of the request or answer. nil for none.
func (p *Service) rootShape(o *model.Operation, index int, isInput bool) *shape {
	if index == model.None {
		return nil
	}
	from := &p.model.Shapes[index]
	name, ts := o.Name+"Output", []smithy.Trait(nil)
	if isInput {
		name = o.Name + "Input"
		switch {
		case from.Wire != "":
			ts = append(ts, &traits.XMLName{Name: from.Wire})
		case o.Root != "":
			ts = append(ts, &traits.XMLName{Name: o.Root})
		case from.Name != "":
			name = from.Name
		}
		ns := o.Namespace
		if ns == (model.Namespace{}) {
			ns = from.Namespace
		}
		if ns != (model.Namespace{}) {
			ts = append(ts, &traits.XMLNamespace{URI: ns.URI, Prefix: ns.Prefix})
		}
	}
	s := &shape{Shape: from}
	s.schema = smithy.NewSchema(smithy.ShapeID{Namespace: namespace, Name: name}, smithy.ShapeTypeStructure, len(from.Members), ts...)
	p.fill(s, true)
	for i := range from.Members {
		m := &from.Members[i]
		s.members[i].absent = isInput && m.Location == model.InURI &&
			!strings.Contains(o.URI, "{"+m.Name+"}") && !strings.Contains(o.URI, "{"+m.Name+"+}")
	}
	return s
}

// shape returns a shape that lies in others.
func (p *Service) shape(index int) *shape {
	if s := p.shapes[index]; s != nil {
		return s
	}
	from := &p.model.Shapes[index]
	s := &shape{Shape: from}
	p.shapes[index] = s // before its members: they may be of its own kind
	s.schema = smithy.NewSchema(smithy.ShapeID{Namespace: namespace, Name: from.Name}, typeOf(from), len(from.Members), shapeTraits(from)...)
	p.fill(s, false)
	return s
}

var types = [...]smithy.ShapeType{
	model.Structure: smithy.ShapeTypeStructure, model.List: smithy.ShapeTypeList, model.Map: smithy.ShapeTypeMap,
	model.String: smithy.ShapeTypeString, model.Blob: smithy.ShapeTypeBlob, model.Boolean: smithy.ShapeTypeBoolean,
	model.Integer: smithy.ShapeTypeInteger, model.Long: smithy.ShapeTypeLong, model.Float: smithy.ShapeTypeFloat,
	model.Double: smithy.ShapeTypeDouble, model.Timestamp: smithy.ShapeTypeTimestamp,
}

func typeOf(s *model.Shape) smithy.ShapeType {
	switch {
	case s.Flags&model.Document != 0:
		return smithy.ShapeTypeDocument
	case s.Flags&model.Union != 0:
		return smithy.ShapeTypeUnion
	}
	return types[s.Kind]
}

var timestampFormats = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{"iso8601": "date-time", "rfc822": "http-date", "unixTimestamp": "epoch-seconds"}
}}

func shapeTraits(s *model.Shape) []smithy.Trait {
	var ts []smithy.Trait
	if s.Flags&model.Flattened != 0 {
		ts = append(ts, &traits.XMLFlattened{})
	}
	if f := timestampFormats.Get()[s.TimestampFormat]; f != "" {
		ts = append(ts, &traits.TimestampFormat{Format: f})
	}
	if s.Flags&model.Exception != 0 {
		ts = append(ts, &traits.Error{Type: "client"})
	}
	if s.Flags&model.Exception != 0 && s.Code != "" {
		ts = append(ts, &traits.AWSQueryError{ErrorCode: s.Code, StatusCode: s.Status})
	}
	if s.Wire != "" {
		ts = append(ts, &traits.XMLName{Name: s.Wire})
	}
	if s.Namespace != (model.Namespace{}) {
		ts = append(ts, &traits.XMLNamespace{URI: s.Namespace.URI, Prefix: s.Namespace.Prefix})
	}
	return ts
}

// fill makes the members of a shape.
func (p *Service) fill(s *shape, root bool) {
	from := s.Shape
	switch from.Kind {
	case model.Structure:
		p.fillStructure(s, root)
	case model.List:
		s.elem = p.shape(from.Members[0].Shape)
		s.schema.AddMember("member", s.elem.schema, p.partTraits(&from.Members[0])...)
	case model.Map:
		s.elem = p.shape(from.Members[1].Shape)
		s.schema.AddMember("key", p.shape(from.Members[0].Shape).schema, p.partTraits(&from.Members[0])...)
		s.schema.AddMember("value", s.elem.schema, p.partTraits(&from.Members[1])...)
	}
}

// partTraits returns those of an element, key or value.
func (p *Service) partTraits(m *model.Member) []smithy.Trait {
	ts := memberTraits(m, p.model.Shapes[m.Shape].Namespace)
	if m.Wire != "" {
		ts = append(ts, &traits.XMLName{Name: m.Wire})
	}
	return ts
}

func (p *Service) fillStructure(s *shape, root bool) {
	from := s.Shape
	s.members = make([]member, len(from.Members))
	s.byName = make(map[*smithy.Schema]*member, len(from.Members))
	s.empty = make(map[string]any, len(from.Members))
	for i := range from.Members {
		in := &from.Members[i]
		m := &s.members[i]
		m.shape = p.shape(in.Shape)
		m.name, m.outName = p.spelling.In(in.Name), p.spelling.Out(in.Name)
		m.json = in.Flags&model.JSONValue != 0
		ts := memberTraits(in, m.shape.Namespace)
		if root && from.Payload == i {
			ts = append(ts, &traits.HTTPPayload{})
			if in.Flags&model.MemberStreaming != 0 || m.shape.Flags&model.Streaming != 0 {
				m.streams, s.streams = true, true
				ts = append(ts, &traits.Streaming{})
			}
		}
		if root || from.Flags&model.Exception != 0 {
			ts = append(ts, placeTraits(in, m.shape)...)
			if in.Location == model.InQuery {
				m.query, m.queries = cmp.Or(in.Wire, in.Name), m.shape.Kind == model.Map
			}
		}
		ts = append(ts, p.nameTraits(in)...)
		m.schema = s.schema.AddMember(in.Name, m.shape.schema, ts...)
		s.byName[m.schema] = m
		if from.Flags&model.Union == 0 {
			s.empty[m.outName] = nil
		}
	}
	if from.Flags&model.Exception != 0 {
		p.addMessage(s)
	}
}

// addMessage returns an error the message that services send also where the model
// has none.
func (p *Service) addMessage(s *shape) {
	for i := range s.members {
		if strings.EqualFold(s.members[i].outName, messageName) {
			return
		}
	}
	text := &shape{Shape: &model.Shape{Kind: model.String}, schema: smithy.NewSchema(smithy.ShapeID{}, smithy.ShapeTypeString, 0)}
	m := &member{outName: messageName, shape: text, schema: s.schema.AddMember(messageName, text.schema)}
	s.byName[m.schema] = m
}

const messageName = "Message"

// memberTraits are those that do not hang on where a member stands.
func memberTraits(m *model.Member, shape model.Namespace) []smithy.Trait {
	var ts []smithy.Trait
	if f := timestampFormats.Get()[m.TimestampFormat]; f != "" {
		ts = append(ts, &traits.TimestampFormat{Format: f})
	}
	ns := m.Namespace
	if ns == (model.Namespace{}) {
		ns = shape
	}
	if ns != (model.Namespace{}) {
		ts = append(ts, &traits.XMLNamespace{URI: ns.URI, Prefix: ns.Prefix})
	}
	if m.Flags&model.MemberFlattened != 0 {
		ts = append(ts, &traits.XMLFlattened{})
	}
	if m.Flags&model.XMLAttribute != 0 {
		ts = append(ts, &traits.XMLAttribute{})
	}
	if m.QueryName != "" {
		ts = append(ts, &traits.EC2QueryName{Name: m.QueryName})
	}
	return ts
}

// placeTraits say where in a request or an answer a member stands.
func placeTraits(m *model.Member, s *shape) []smithy.Trait {
	name := cmp.Or(m.Wire, m.Name)
	switch m.Location {
	case model.InURI:
		return []smithy.Trait{&traits.HTTPLabel{}}
	case model.InQuery:
		if s.Kind == model.Map {
			return []smithy.Trait{&traits.HTTPQueryParams{}}
		}
		return []smithy.Trait{&traits.HTTPQuery{Name: name}}
	case model.InHeader:
		ts := []smithy.Trait{&traits.HTTPHeader{Name: name}}
		if m.Flags&model.JSONValue != 0 {
			ts = append(ts, &traits.MediaType{Type: "application/json"})
		}
		return ts
	case model.InHeaders:
		return []smithy.Trait{&traits.HTTPPrefixHeaders{Prefix: m.Wire}}
	case model.InStatus:
		return []smithy.Trait{&traits.HTTPResponseCode{}}
	default:
		return nil
	}
}

// nameTraits say what a member of a body is called.
func (p *Service) nameTraits(m *model.Member) []smithy.Trait {
	if m.Location != model.InBody {
		return nil
	}
	name := m.Wire
	if name == "" {
		return nil
	}
	if strings.HasSuffix(p.model.Protocol, "json") {
		return []smithy.Trait{&traits.JSONName{Name: name}}
	}
	return []smithy.Trait{&traits.XMLName{Name: name}}
}
