package awsapi

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi/internal/direct"
	"github.com/medlar-flow/medlar/schema"
)

var (
	contextType = reflect.TypeFor[context.Context]()
	configType  = reflect.TypeFor[aws.Config]()
	errorType   = reflect.TypeFor[error]()
)

// Connector returns every operation of a client of the AWS SDK as a connector.
// newClient is the service's constructor, such as lambda.NewFromConfig. It
// panics where newClient is no such function or an option names an operation
// that the client lacks. It calls nothing.
func Connector(name string, newClient any, opts ...Option) *connector.Connector {
	b := newBuilder(name, newClient)
	for _, opt := range opts {
		opt(b)
	}
	b.build()
	return b.connector
}

// builder collects what options say; afterwards it is what the operations of
// one connector share, and does not change.
type builder struct {
	connector  *connector.Connector
	service    *service
	iamPrefix  string
	reference  string
	params     []map[string]schema.Field // a row of a later table takes the place of one of an earlier
	results    []map[string]schema.Field
	public     []string // endings of paths whose values are not secret
	unions     unions
	extra      []func(name string) []*schema.Field
	operations []map[string]Operation // as params
	needs      []map[string][]string
	touches    []map[string]func(params map[string]any) []connector.Touch
	added      []*connector.Operation
	hints      map[string]string
	pool       *pool
	wrap       func(http.RoundTripper) http.RoundTripper // nil for none
	sdkOnly    bool                                      // no call is made but by the SDK
}

func newBuilder(name string, newClient any) *builder {
	return &builder{
		connector: &connector.Connector{Name: name, Family: "aws", Summary: "AWS " + name + "."},
		service:   newService(newClient),
		iamPrefix: name,
		pool:      newPool(defaultLinger),
	}
}

func (b *builder) build() {
	b.connector.Connection = sharedConnection.Get()
	b.connector.CheckConnection = checkConnection
	b.connector.Hints = withConnectionHints(b.connector.Hints)
	b.connector.Open, b.connector.Shared = b.open, b.shared
	b.connector.Identify = b.identify
	b.connector.CommonErrors = commonErrors.Get
	replaced := map[string]bool{}
	for _, op := range b.added {
		replaced[op.Name] = true
	}
	methods := b.service.methods()
	// A client has up to hundreds of methods: they are made together.
	operations, public := make([]operation, len(methods)), make([]connector.Operation, len(methods))
	b.fill(methods, operations, public)
	list := make([]*connector.Operation, 0, len(methods)+len(b.added))
	for i, method := range methods {
		op := &public[i]
		b.operation(&operations[i], op, method)
		if !replaced[op.Name] {
			list = append(list, op)
		}
	}
	list = append(list, b.added...)
	b.connector.Operations = list
}

// fill writes what the tables say of operations: a row of a later table takes the place of
// one of an earlier. It goes through the tables, and looks each row's operation up, since
// there are more operations and several tables. It panics where one says something of an
// operation that there is not.
func (b *builder) fill(methods []method, operations []operation, public []connector.Operation) {
	at := make(map[string]int, len(methods))
	for i, m := range methods {
		at[m.name] = i
	}
	var unknown []string
	for _, table := range b.operations {
		unknown = eachRow(table, at, unknown, func(i int, row Operation) { operations[i].Operation = row })
	}
	for _, table := range b.needs {
		unknown = eachRow(table, at, unknown, func(i int, needs []string) {
			operations[i].Needs = append(slices.Clip(operations[i].Needs), needs...)
		})
	}
	for _, table := range b.touches {
		unknown = eachRow(table, at, unknown, func(i int, touches func(map[string]any) []connector.Touch) {
			public[i].Touches = touches
		})
	}
	if len(unknown) > 0 {
		panic(fmt.Sprintf("awsapi: the client of %s has no operation %s", b.connector.Name, slices.Min(unknown)))
	}
}

// eachRow calls set for each row of a table with where its operation is, and adds the names
// of those that are nowhere to unknown.
func eachRow[T any](table map[string]T, at map[string]int, unknown []string, set func(i int, row T)) []string {
	for name, row := range table {
		if i, ok := at[name]; ok {
			set(i, row)
		} else {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

// row finds what the tables say of a name: the last that has it.
func row[T any](tables []map[string]T, name string) (found T, ok bool) {
	for _, table := range slices.Backward(tables) {
		if found, ok = table[name]; ok {
			break
		}
	}
	return found, ok
}

// service is one client type of the SDK.
type service struct {
	newClient reflect.Value        // func(aws.Config, ...func(*Options)) *Client
	client    reflect.Type         // *Client
	option    reflect.Type         // func(*Options)
	probe     func() reflect.Value // a client that only validates
	single    func() reflect.Value // an option: one attempt
}

func newService(newClient any) *service {
	v := reflect.ValueOf(newClient)
	if v.Kind() != reflect.Func || !isConstructor(v.Type()) {
		panic(fmt.Sprintf("awsapi: a %T is no constructor of an SDK client, such as lambda.NewFromConfig", newClient))
	}
	s := &service{newClient: v, client: v.Type().Out(0), option: v.Type().In(1).Elem()}
	s.probe = sync.OnceValue(func() reflect.Value { return s.open(probeConfig()) })
	s.single = sync.OnceValue(func() reflect.Value { return s.with("Retryer", aws.NopRetryer{}) })
	return s
}

func isConstructor(t reflect.Type) bool {
	return t.IsVariadic() && t.NumIn() == 2 && t.NumOut() == 1 && t.In(0) == configType && isOption(t.In(1).Elem()) &&
		t.Out(0).Kind() != reflect.Interface
}

// isOption is true for func(*Options).
func isOption(t reflect.Type) bool {
	return t.Kind() == reflect.Func && t.NumIn() == 1 && t.NumOut() == 0 &&
		t.In(0).Kind() == reflect.Pointer && t.In(0).Elem().Kind() == reflect.Struct
}

// isSTS is true for the client that assumes roles.
func (s *service) isSTS() bool { return s.client == reflect.TypeFor[*sts.Client]() }

// open makes a client.
func (s *service) open(cfg aws.Config, options ...reflect.Value) reflect.Value {
	return s.newClient.Call(append([]reflect.Value{reflect.ValueOf(cfg)}, options...))[0]
}

// with returns an option that sets a member of the service's Options.
func (s *service) with(field string, value any) reflect.Value {
	f, ok := s.option.In(0).Elem().FieldByName(field)
	if !ok {
		panic(fmt.Sprintf("awsapi: the options of %s have no %s", s.client, field))
	}
	return reflect.MakeFunc(s.option, func(args []reflect.Value) []reflect.Value {
		direct.Assign(args[0].Elem().FieldByIndex(f.Index), value)
		return nil
	})
}

// change returns an option that puts something around the retryer of the
// service's Options.
func (s *service) change(field string, around func(aws.Retryer) aws.Retryer) reflect.Value {
	f, ok := s.option.In(0).Elem().FieldByName(field)
	if !ok {
		panic(fmt.Sprintf("awsapi: the options of %s have no %s", s.client, field))
	}
	return reflect.MakeFunc(s.option, func(args []reflect.Value) []reflect.Value {
		member := args[0].Elem().FieldByIndex(f.Index)
		if old, ok := member.Interface().(aws.Retryer); ok {
			member.Set(reflect.ValueOf(around(old)))
		}
		return nil
	})
}

// makesTokens reports whether the SDK's client fills in tokens for idempotency.
func (s *service) makesTokens() bool {
	_, ok := s.option.In(0).Elem().FieldByName("IdempotencyTokenProvider")
	return ok
}

// hasToken reports whether an input has a token for idempotency, as far as its
// name tells; the SDK only asks for one where it is.
func hasToken(input reflect.Type) bool {
	return slices.ContainsFunc(membersOf(input), func(m member) bool {
		return strings.HasSuffix(m.awsName, "Token") && m.awsName != "NextToken"
	})
}

// sendsToken reports whether an input has a member that is surely such a token:
// other members that are named so say who calls, or how far something has come.
func sendsToken(input reflect.Type) bool {
	return slices.ContainsFunc(membersOf(input), func(m member) bool {
		return slices.ContainsFunc([]string{"ClientToken", "RequestToken", "IdempotencyToken", "CreationToken"}, func(end string) bool {
			return strings.HasSuffix(strings.ToLower(m.awsName), strings.ToLower(end))
		})
	})
}

// method is an operation as a client has it.
type method struct {
	name  string
	index int          // among the client's methods
	typ   reflect.Type // without the receiver
}

func (m method) input() reflect.Type  { return m.typ.In(1).Elem() }
func (m method) output() reflect.Type { return m.typ.Out(0) }

// of returns the method of one client, to call.
func (m method) of(client reflect.Value) reflect.Value { return client.Method(m.index) }

// methods returns the methods that are operations. The name is taken from the
// input, which the SDK names after its operation: reflect.Type.Method, which
// knows it, makes a type for each method of a client, a third of what a start
// does before it reads the flow.
func (s *service) methods() []method {
	list := make([]method, 0, s.client.NumMethod())
	none := reflect.Zero(s.client)
	for i := range s.client.NumMethod() {
		t := none.Method(i).Type()
		if name, ok := s.operation(t); ok {
			list = append(list, method{name: name, index: i, typ: t})
		}
	}
	return list
}

// operation returns the name M of func(context.Context, *MInput, ...func(*Options)) (*MOutput, error).
func (s *service) operation(t reflect.Type) (name string, ok bool) {
	if !t.IsVariadic() || t.NumIn() != 3 || t.NumOut() != 2 {
		return "", false
	}
	name, ok = structName(t.In(1), "Input")
	if !ok || t.In(0) != contextType || t.In(2).Elem() != s.option || t.Out(1) != errorType {
		return "", false
	}
	output, ok := structName(t.Out(0), "Output")
	return name, ok && output == name
}

// structName returns the name of the struct that a pointer is of, without its ending, which
// it must have.
func structName(t reflect.Type, ending string) (name string, ok bool) {
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		return "", false
	}
	return strings.CutSuffix(t.Elem().Name(), ending)
}

var readingPrefixes = []string{"Get", "List", "Describe", "Decode", "Head", "BatchGet", "Query", "Scan", "Search"}

// effectOf tells by name whether an operation changes anything.
func effectOf(name string) connector.Effect {
	reads := slices.ContainsFunc(readingPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	if reads {
		return connector.EffectReadOnly
	}
	return connector.EffectMutating
}
