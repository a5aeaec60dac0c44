package botocore

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// preference is the order in which the protocols of a service are tried.
var preference = []string{"json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor", "query", "ec2"}

// Service reads the newest model in a folder, without its endpoint rules.
func Service(data fs.FS, folder string) (*model.Service, error) {
	version, err := newest(data, folder)
	if err != nil || version == "" {
		return nil, fmt.Errorf("the folder %s holds no service", folder)
	}
	at := folder + "/" + version + "/"
	var api API
	if found, err := read(data, at+"service-2", &api); err != nil || !found {
		return nil, fmt.Errorf("%s has no model: %w", at, err)
	}
	s := api.Service()
	s.Name, s.Folder = LowerCamel(folder), folder
	if err := addPaginators(data, at, s); err != nil {
		return nil, err
	}
	return s, addWaiters(data, at, s)
}

// Rules reads a service's endpoint rules, as they are written.
func Rules(data fs.FS, folder string) (json.RawMessage, error) {
	version, err := newest(data, folder)
	if err != nil {
		return nil, err
	}
	var text json.RawMessage
	_, err = read(data, folder+"/"+version+"/endpoint-rule-set-1", &text)
	return text, err
}

// Service returns the model of an API.
func (a *API) Service() *model.Service {
	m := &a.Metadata
	s := &model.Service{
		ID: m.ServiceID, FullName: cmp.Or(m.ServiceFullName, m.ServiceID), UID: m.UID, APIVersion: m.APIVersion,
		Protocol: m.Protocol, JSONVersion: m.JSONVersion, TargetPrefix: m.TargetPrefix,
		SigningName: cmp.Or(m.SigningName, m.EndpointPrefix), EndpointPrefix: m.EndpointPrefix,
		Namespace: m.XMLNamespace.URI, Auth: slices.Clone(m.Auth), QueryCompatible: m.AWSQueryCompatible != nil,
	}
	for _, p := range preference {
		if slices.Contains(m.Protocols, p) {
			s.Protocol = p
			break
		}
	}
	if len(s.Auth) == 0 {
		s.Auth = []string{signatures[m.SignatureVersion]}
	}
	b := &builder{api: a, service: s, index: map[string]int{}}
	for _, name := range slices.Sorted(maps.Keys(a.Operations)) {
		b.operation(name)
	}
	b.merge()
	return s
}

// signatures are the kinds of authentication that old models name otherwise.
var signatures = map[string]string{
	"v4": "aws.auth#sigv4", "s3": "aws.auth#sigv4", "s3v4": "aws.auth#sigv4", "v2": "aws.auth#sigv2",
	"bearer": "smithy.api#httpBearerAuth", "": "aws.auth#sigv4",
}

// builder makes the shapes that operations need.
type builder struct {
	api     *API
	service *model.Service
	index   map[string]int
}

func (b *builder) operation(name string) {
	in := b.api.Operations[name]
	o := model.Operation{
		Name: name, Method: in.HTTP.Method, URI: in.HTTP.RequestURI, Status: in.HTTP.ResponseCode,
		Input: model.None, Output: model.None, HostPrefix: in.Endpoint.HostPrefix, Auth: in.Auth,
	}
	o.Flags = flags(map[model.OperationFlags]bool{
		model.IdempotentMark: in.Idempotent, model.ReadonlyMark: in.Readonly,
		model.Unsigned:          in.AuthType == "none" || slices.Contains(in.Auth, "smithy.api#noAuth"),
		model.UnsignedPayload:   in.UnsignedPayload || in.AuthType == "v4-unsigned-body",
		model.CanDiscover:       in.EndpointDiscovery != nil,
		model.NeedsDiscovery:    in.EndpointDiscovery != nil && in.EndpointDiscovery.Required,
		model.Compressible:      in.RequestCompression != nil,
		model.ChecksumRequired:  in.HTTPChecksumRequired || in.HTTPChecksum != nil && in.HTTPChecksum.RequestChecksumRequired,
		model.OperationObsolete: in.Deprecated,
	})
	if in.Input != nil {
		o.Input = b.shape(in.Input.Shape)
		o.Root, o.Namespace = in.Input.LocationName, model.Namespace(in.Input.XMLNamespace)
		o.URI = b.labels(o.URI, in.Input.Shape)
	}
	if b.service.ID == "S3" {
		// The endpoint rules say where the name of a bucket stands.
		o.URI = strings.TrimPrefix(o.URI, "/{Bucket}")
		if !strings.HasPrefix(o.URI, "/") {
			o.URI = "/" + o.URI
		}
	}
	if in.Output != nil {
		o.Output = b.shape(in.Output.Shape)
	}
	for _, e := range in.Errors {
		o.Errors = append(o.Errors, b.shape(e.Shape))
	}
	if c := in.HTTPChecksum; c != nil {
		o.Checksum = &model.Checksum{
			Member: c.RequestAlgorithmMember, Validate: c.RequestValidationModeMember,
			Answer: c.ResponseAlgorithms, Required: c.RequestChecksumRequired,
		}
	}
	for _, k := range slices.Sorted(maps.Keys(in.StaticContextParams)) {
		o.Static = append(o.Static, model.Pair{Name: k, Value: string(in.StaticContextParams[k].Value)})
	}
	for _, k := range slices.Sorted(maps.Keys(in.OperationContextParam)) {
		o.Paths = append(o.Paths, model.Pair{Name: k, Value: in.OperationContextParam[k].Path})
	}
	b.service.Operations = append(b.service.Operations, o)
}

func flags[T ~uint32](set map[T]bool) T {
	var all T
	for f, on := range set {
		if on {
			all |= f
		}
	}
	return all
}

// labels puts the members' names into a path where botocore has those that are
// sent.
func (b *builder) labels(uri, input string) string {
	for name, m := range b.api.Shapes[input].Members {
		if m.Location == "uri" && m.LocationName != "" {
			uri = strings.NewReplacer("{"+m.LocationName+"}", "{"+name+"}", "{"+m.LocationName+"+}", "{"+name+"+}").Replace(uri)
		}
	}
	return uri
}

var kinds = map[string]model.Kind{
	"structure": model.Structure, "list": model.List, "map": model.Map, "string": model.String, "character": model.String,
	"blob": model.Blob, "boolean": model.Boolean, "integer": model.Integer, "byte": model.Integer, "short": model.Integer,
	"long": model.Long, "float": model.Float, "double": model.Double, "timestamp": model.Timestamp,
}

func (b *builder) shape(name string) int {
	if i, ok := b.index[name]; ok {
		return i
	}
	in := b.api.Shapes[name]
	i := len(b.service.Shapes)
	b.index[name] = i
	b.service.Shapes = append(b.service.Shapes, model.Shape{})
	s := model.Shape{
		Kind: kinds[in.Type], Payload: model.None, Enum: in.Enum, TimestampFormat: in.TimestampFormat,
		Min: (*float64)(in.Min), Max: (*float64)(in.Max), Pattern: pattern(in.Pattern),
		Namespace: model.Namespace(in.XMLNamespace), Wire: in.LocationName,
	}
	s.Flags = flags(map[model.ShapeFlags]bool{
		model.Sensitive: in.Sensitive, model.Union: in.Union, model.Document: in.Document,
		model.Exception: in.Exception || in.Error != nil, model.Fault: in.Fault,
		model.Retryable: in.Retryable != nil, model.Throttling: in.Retryable != nil && in.Retryable.Throttling,
		model.Streaming: in.Streaming, model.NeedsLength: in.RequiresLength, model.EventStream: in.EventStream,
		model.Flattened: in.Flattened, model.Sparse: in.Sparse,
	})
	if in.Error != nil {
		s.Code, s.Status = in.Error.Code, in.Error.HTTPStatusCode
	}
	if s.Flags&model.Exception != 0 || in.Event || s.Kind == model.Structure && b.service.Protocol == "rest-xml" {
		s.Name = name
	}
	switch s.Kind {
	case model.Structure:
		b.members(&s, &in)
	case model.List:
		s.Members = []model.Member{b.member("", in.Member)}
	case model.Map:
		s.Members = []model.Member{b.member("", in.Key), b.member("", in.Value)}
	}
	b.service.Shapes[i] = s
	return i
}

func (b *builder) members(s *model.Shape, in *shape) {
	for _, name := range slices.Sorted(maps.Keys(in.Members)) {
		from := in.Members[name]
		m := b.member(name, &from)
		if slices.Contains(in.Required, name) {
			m.Flags |= model.Required
		}
		if name == in.Payload {
			s.Payload = len(s.Members)
			if from.XMLNamespace.URI != "" {
				m.Wire = from.LocationName // also where it is the member's: else the shape's name is the element
			}
		}
		s.Members = append(s.Members, m)
	}
}

var locations = map[string]model.Location{
	"uri": model.InURI, "querystring": model.InQuery, "header": model.InHeader, "headers": model.InHeaders,
	"statusCode": model.InStatus,
}

func (b *builder) member(name string, in *member) model.Member {
	m := model.Member{
		Name: name, Shape: b.shape(in.Shape), Location: locations[in.Location], Wire: in.LocationName,
		QueryName: in.QueryName, TimestampFormat: in.TimestampFormat, Namespace: model.Namespace(in.XMLNamespace),
		ContextParam: in.ContextParam.Name,
	}
	if m.Wire == name && m.Location != model.InHeaders {
		m.Wire = ""
	}
	m.Flags = flags(map[model.MemberFlags]bool{
		model.IdempotencyToken: in.IdempotencyToken, model.JSONValue: in.JSONValue, model.MemberFlattened: in.Flattened,
		model.MemberStreaming: in.Streaming, model.XMLAttribute: in.XMLAttribute, model.HostLabel: in.HostLabel,
		model.EventPayload: in.EventPayload, model.EventHeader: in.EventHeader, model.Deprecated: in.Deprecated,
	})
	return m
}

// pattern returns a pattern that Go can compile; empty for others.
func pattern(text string) string {
	if _, err := regexp.Compile(text); err != nil {
		return ""
	}
	return text
}

func addPaginators(data fs.FS, at string, s *model.Service) error {
	var p paginators
	if _, err := read(data, at+"paginators-1", &p); err != nil {
		return err
	}
	for i := range s.Operations {
		o := &s.Operations[i]
		if in, ok := p.Pagination[o.Name]; ok && len(in.InputToken) > 0 {
			o.Paging = &model.Paging{In: in.InputToken, Out: in.OutputToken, Lists: in.ResultKey, More: in.MoreResults, Limit: in.LimitKey}
		} else {
			o.Paging = guessed(s, o)
		}
	}
	return nil
}

// tokens are names of what asks for the next page and of what tells it.
var tokens = []struct{ in, out string }{
	{"NextToken", "NextToken"},
	{"nextToken", "nextToken"},
	{"Marker", "NextMarker"},
	{"Marker", "Marker"},
	{"ContinuationToken", "NextContinuationToken"},
}

// guessed finds by name how an operation gives its pages where the data do not
// say; nil where it has no tokens or not exactly one list.
func guessed(s *model.Service, o *model.Operation) *model.Paging {
	if o.Input == model.None || o.Output == model.None {
		return nil
	}
	in, out := &s.Shapes[o.Input], &s.Shapes[o.Output]
	for _, t := range tokens {
		if !has(in, t.in) || !has(out, t.out) {
			continue
		}
		var lists []string
		for _, m := range out.Members {
			if s.Shapes[m.Shape].Kind == model.List {
				lists = append(lists, m.Name)
			}
		}
		if len(lists) == 1 {
			return &model.Paging{In: []string{t.in}, Out: []string{t.out}, Lists: lists, Guessed: true}
		}
	}
	return nil
}

func has(s *model.Shape, name string) bool {
	return slices.ContainsFunc(s.Members, func(m model.Member) bool { return m.Name == name })
}

func addWaiters(data fs.FS, at string, s *model.Service) error {
	var in waiters
	if _, err := read(data, at+"waiters-2", &in); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(in.Waiters)) {
		from := in.Waiters[name]
		w := model.Waiter{Name: name, Operation: from.Operation, Delay: from.Delay, Attempts: from.MaxAttempts}
		for _, a := range from.Acceptors {
			w.Accept = append(w.Accept, model.Acceptor{
				State: a.State, Matcher: a.Matcher, Argument: a.Argument, Expected: string(a.Expected),
			})
		}
		s.Waiters = append(s.Waiters, w)
	}
	return nil
}
