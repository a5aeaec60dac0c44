// Package protocol makes requests of values and values of answers, in the
// protocol of a service, by the implementations of smithy-go that AWS's own
// SDK uses. What they need to know of a service's shapes is made from its model
// when an operation is first used.
//
// schema.go is the file that knows how smithy-go describes shapes.
package protocol

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"
	"github.com/aws/smithy-go/transport/http/protocol/ec2query"
	"github.com/aws/smithy-go/transport/http/protocol/restjson1"
	"github.com/aws/smithy-go/transport/http/protocol/restxml"
	"github.com/aws/smithy-go/transport/http/protocol/rpcv2"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// Spelling returns the names that values have for members.
type Spelling struct {
	In, Out func(awsName string) string
}

// Service speaks the protocol of one service.
type Service struct {
	model    *model.Service
	spelling Spelling
	protocol smithyhttp.ClientProtocol
	root     *smithy.ServiceSchema

	mu     sync.Mutex
	shapes []*shape // by index in the model; nil for those not needed yet
	errors *smithy.TypeRegistry
}

// New makes a Service. It is an error if nobody here speaks the protocol.
func New(s *model.Service, spelling Spelling) (*Service, error) {
	p := &Service{model: s, spelling: spelling, shapes: make([]*shape, len(s.Shapes))}
	p.root = rootOf(s)
	switch s.Protocol {
	case "json":
		if s.JSONVersion == "1.0" {
			p.protocol = awsjson.New10(p.root)
		} else {
			p.protocol = awsjson.New11(p.root)
		}
	case "rest-json":
		p.protocol = restjson1.New(p.root)
	case "rest-xml":
		p.protocol = restxml.New(p.root)
	case "smithy-rpc-v2-cbor":
		p.protocol = rpcv2.NewCBOR(p.root)
	case "query":
		p.protocol = awsquery.New(p.root)
	case "ec2":
		p.protocol = ec2query.New(p.root)
	default:
		return nil, fmt.Errorf("the protocol %s is not spoken", s.Protocol)
	}
	return p, nil
}

// Operation makes requests of one operation and reads its answers.
type Operation struct {
	service *Service
	model   *model.Operation
	schema  *smithy.OperationSchema
	in, out *shape
	errors  *smithy.TypeRegistry
}

// Operation returns what speaks for an operation.
func (p *Service) Operation(o *model.Operation) *Operation {
	p.mu.Lock()
	defer p.mu.Unlock()
	op := &Operation{service: p, model: o}
	op.in, op.out = p.rootShape(o, o.Input, true), p.rootShape(o, o.Output, false)
	op.schema = p.operationSchema(o, op.in, op.out)
	op.errors = p.errorTypes(o)
	return op
}

// StreamsIn reports whether the input's body may be a stream.
func (op *Operation) StreamsIn() (member string, ok bool) { return op.in.stream() }

// StreamsOut reports whether the output's body is a stream.
func (op *Operation) StreamsOut() (member string, ok bool) { return op.out.stream() }

// stream finds the member that is a stream.
func (s *shape) stream() (name string, ok bool) {
	if s == nil {
		return "", false
	}
	for i := range s.members {
		if s.members[i].streams {
			return s.members[i].name, true
		}
	}
	return "", false
}

// Write makes a request of params. body takes the place of the member that is a
// stream; nil for none. The request has the path and query of the operation,
// behind whatever path its URL has.
func (op *Operation) Write(ctx context.Context, params map[string]any, body io.Reader, req *smithyhttp.Request) error {
	in := &input{shape: op.in, values: params, body: body}
	if op.in != nil && op.in.streams {
		if err := op.service.protocol.SerializeRequest(ctx, op.schema, streamed{in}, req); err != nil {
			return err
		}
		req.URL.RawQuery = strings.ReplaceAll(req.URL.RawQuery, "+", "%20")
		return in.err
	}
	if err := op.service.protocol.SerializeRequest(ctx, op.schema, in, req); err != nil {
		return err
	}
	if in.err != nil {
		return in.err
	}
	return op.afterwards(req)
}

// Read returns the result of an answer, in which each member that was not sent is
// null, or its error. Where the body is a stream, it is given as body and not
// read.
func (op *Operation) Read(ctx context.Context, resp *smithyhttp.Response) (result map[string]any, body io.ReadCloser, err error) {
	out := &output{shape: op.out}
	var target smithy.Deserializable = out
	if _, ok := op.StreamsOut(); ok {
		target = streaming{out}
	}
	if err := op.service.protocol.DeserializeResponse(ctx, op.schema, op.errors, resp, target); err != nil {
		return nil, nil, err
	}
	if out.values == nil {
		out.values = op.out.nothing()
	}
	return out.values, out.body, nil
}

// ErrorAt returns the error that a body with another status than that of an error
// holds.
func (op *Operation) ErrorAt(ctx context.Context, resp *smithyhttp.Response) error {
	return op.service.protocol.DeserializeResponse(ctx, op.schema, op.errors, resp, &output{shape: op.out})
}
