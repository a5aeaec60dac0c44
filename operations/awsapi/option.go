package awsapi

import (
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/aws/smithy-go"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// Option says what the SDK cannot know of a service.
type Option func(*builder)

// Aliases returns other accepted spellings of the connector's name.
func Aliases(names ...string) Option {
	return func(b *builder) { b.connector.Aliases = append(b.connector.Aliases, names...) }
}

// Summary returns the connector's one sentence.
func Summary(text string) Option {
	return func(b *builder) { b.connector.Summary = text }
}

// IAMPrefix returns what stands before the colon of the service's IAM actions;
// without it that is the connector's name.
func IAMPrefix(prefix string) Option {
	return func(b *builder) { b.iamPrefix = prefix }
}

// Reference returns the address of an operation's reference page, with %s for
// its name as AWS spells it.
func Reference(format string) Option {
	return func(b *builder) { b.reference = format }
}

// Params says more of parameters that several operations share, by canonical
// path: "functionName", "vpcConfig.subnetIds", "tags[].key". Operations that
// have no such parameter are left as they are; what an operation's own table
// says goes over it. The table must not change afterwards.
func Params(table map[string]schema.Field) Option {
	return func(b *builder) { b.params = append(b.params, table) }
}

// Results says more of result members that several operations share, by path
// in AWS spelling: "Credentials.SecretAccessKey". The table must not change
// afterwards.
func Results(table map[string]schema.Field) Option {
	return func(b *builder) { b.results = append(b.results, table) }
}

// NotSecret takes back the SDK's mark of a secret from members whose path ends so:
// ".Error.Message".
func NotSecret(endings ...string) Option {
	return func(b *builder) { b.public = append(b.public, endings...) }
}

// Unions names the members of the tagged unions that a client takes, which
// reflection cannot find: &types.AttributeValueMemberS{} and so on. A parameter
// of such a union is then an object of which one member is given; without this
// it cannot be given. Results need no help.
func Unions(members ...any) Option {
	return func(b *builder) {
		for _, m := range members {
			t := reflect.TypeOf(m)
			if !isUnionMember(t) {
				panic(fmt.Sprintf("awsapi: a %T is no member of a union, such as &types.AttributeValueMemberS{}", m))
			}
			b.unions = append(b.unions, t)
		}
	}
}

// Extra adds parameters to each operation of the SDK's client; name is the
// operation's, as AWS spells it.
func Extra(fields func(name string) []*schema.Field) Option {
	return func(b *builder) { b.extra = append(b.extra, fields) }
}

// Operations says more of single operations, by their name as AWS spells it.
// A name that the client lacks is a mistake that panics. The table must not
// change afterwards.
func Operations(table map[string]Operation) Option {
	return func(b *builder) { b.operations = append(b.operations, table) }
}

// Needs adds to Operation.Needs of the operations of a table, by their name as
// AWS spells it. A name that the client lacks is a mistake that panics. The table
// must not change afterwards.
func Needs(table map[string][]string) Option {
	return func(b *builder) { b.needs = append(b.needs, table) }
}

// Touches adds the Operation.Touches of package connector to operations, by their
// name as AWS spells it. A name that the client lacks is a mistake that panics. The
// table must not change afterwards.
func Touches(table map[string]func(params map[string]any) []connector.Touch) Option {
	return func(b *builder) { b.touches = append(b.touches, table) }
}

// Add adds operations made by hand; see [Client] for what they call. One with
// the name of an operation of the client replaces it.
func Add(ops ...*connector.Operation) Option {
	return func(b *builder) { b.added = append(b.added, ops...) }
}

// Hints say, of names that are no parameters but that people try, what to
// write instead: those of every operation, and those of a connection.
func Hints(operation, connection map[string]string) Option {
	return func(b *builder) { b.hints, b.connector.Hints = operation, connection }
}

// Linger says how long a client is kept that no connection uses, 10 s without
// it, so that runs that follow each other share its credentials and its
// connections. 0 keeps none.
func Linger(d time.Duration) Option { return func(b *builder) { b.pool.Linger = d } }

// Transport puts wrap around the HTTP transport of every client, also of those
// that assume roles: to trace requests, or to look at them in a test.
func Transport(wrap func(http.RoundTripper) http.RoundTripper) Option {
	return func(b *builder) { b.wrap = wrap }
}

// Direct says whether plain calls are made without the SDK's middleware, and
// over connections of our own, which takes a good part of the time away. That is
// so without it; [DirectVariable] changes it for a whole process. Calls that are
// not plain go through the SDK in any case.
func Direct(on bool) Option { return func(b *builder) { b.sdkOnly = !on } }

// Operation says of one operation what the SDK cannot know. Empty members
// leave what follows from the SDK and from convention.
type Operation struct {
	Summary     string // what it does, in a sentence
	Description string // what it does, at length
	IAMAction   string // that calling it needs: "lambda:InvokeFunction"
	// Traced is true where the service hands on where a call stands in a trace: it is
	// told so by X-Amzn-Trace-Id.
	Traced bool
	// Effect replaces the convention that names beginning with Get, List,
	// Describe, Decode, Head, BatchGet, Query, Scan and Search only read.
	Effect *connector.Effect
	// Model is the SDK's schema of the operation, such as schemas.Invoke. It
	// makes calls cheaper whose input and output are headers and a payload.
	Model *smithy.Schema
	// Errors are the codes that AWS documents; [ClassOf] gives their classes.
	Errors []string
	// OtherErrors is that of connector.Operation.
	OtherErrors bool

	// Params go over the parameters of these canonical paths. A field's Type
	// and structure stay the SDK's.
	Params map[string]schema.Field
	// Spellings are other names, at the top, of parameters inside structures:
	// "code.zipFile": {"zipFile"}.
	Spellings map[string][]string
	// Extra are further parameters. One with the name of a parameter replaces
	// it; Bytes or Prepare then turn its values into what the SDK takes.
	Extra []*schema.Field
	// Results go over the members of these paths of the result.
	Results map[string]schema.Field
	// ExtraResults are further members, or replace members, of the result.
	ExtraResults []*schema.Field

	// Needs are the members that a success must have, by their paths in AWS
	// spelling: an answer without one is none.
	Needs []string

	// Bytes say how the values of parameters become the bytes that the SDK
	// takes, by their canonical names.
	Bytes map[string]func(v any) ([]byte, error)
	// Check is that of connector.Operation.
	Check func(connector.Given) []connector.Mistake
	// Prepare changes the converted parameters before the SDK's input is made
	// from them. The map is the operation's own, its values are not.
	Prepare func(params map[string]any) error
	// Finish gives the step's result.
	Finish func(a Answer) (any, error)
	// Simple says that Prepare and Finish wait for nothing, look at no Output, and keep
	// nothing of an Answer when they have returned, so that calls end with their context,
	// see EndsInTime of connector.Operation, and the memory of answers can be used again.
	Simple bool
}

// Answer is a successful call.
type Answer struct {
	Params map[string]any // as Prepare left them
	Result map[string]any // of the declared form, before Finish
	Output any            // the SDK's *XOutput
}

// Effect returns a pointer for [Operation].
func Effect(e connector.Effect) *connector.Effect { return &e }
