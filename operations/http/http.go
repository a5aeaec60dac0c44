// Package http offers one operation, http.request: an HTTP request and its
// answer.
//
// [Connector] is what a registry takes. A connection is optional; it holds what
// several requests share: a base URL, headers, credentials, certificates.
//
// Bodies are held in memory, with a limit. There are no cookies and no streams.
package http

import (
	"context"
	nethttp "net/http"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/lending"
	"github.com/medlar-flow/medlar/operations/internal/shared"
	"github.com/medlar-flow/medlar/schema"
)

// Option changes what [Connector] offers.
type Option func(*opener)

// WithSigner lets connections sign their requests: their parameter sigv4 is
// what the signer says. Without it there is no such parameter.
func WithSigner(s Signer) Option { return func(o *opener) { o.signer = s } }

// Linger sets how long connections to servers are kept that no run uses, 4 seconds at
// most and unless it is set; 0 closes them with the last run.
func Linger(d time.Duration) Option { return func(o *opener) { o.settings.Linger = d } }

// opener opens connections, which share their tokens and the connections to servers.
type opener struct {
	codec      *schema.Codec[connectionIn]
	settings   *shared.Pool[settingsKey, *settings]
	tokens     tokens
	transports *transports
	signer     Signer // nil for none
}

// Connector offers http.request.
func Connector(options ...Option) *connector.Connector {
	o := &opener{codec: mustDescribe[connectionIn](), settings: newSettings(idleTimeout), transports: newTransports()}
	for _, option := range options {
		option(o)
	}
	params := o.codec.Schema()
	withSecretHeaders(params)
	withPEM(params, "caCertificates", "clientCertificate", "clientKey")
	withTexts(params.Field("oauth2").Members, "params")
	params.Field("oauth2").Members.Field("scopes").BareElement = true
	if o.signer != nil {
		params = schema.MustNew(append(params.Fields(), signingField(o.signer))...)
	}
	return &connector.Connector{
		Name: "http", Summary: "HTTP requests.",
		Connection: params, Open: o.open, Shared: o.shared, CheckConnection: o.checkConnection,
		Hints: map[string]string{
			"url": "a connection has a baseUrl", "token": "write ‹bearer:›", "auth": `write ‹bearer:›, or ‹basic: {username: name, password: "${secrets.password}"}›`,
			"username": `write ‹basic: {username: name, password: "${secrets.password}"}›`, "password": `write ‹basic: {username: name, password: "${secrets.password}"}›`,
			"cert": "write ‹clientCertificate:› and ‹clientKey:›", "ca": "write ‹caCertificates:›", "oauth": "write ‹oauth2:›", "aws": "write ‹sigv4:›",
		},
		CommonErrors: commonErrors,
		Operations:   []*connector.Operation{request()},
	}
}

type requestIn struct {
	Method  string         `param:"method" default:"GET" enum:"GET,HEAD,OPTIONS,POST,PUT,PATCH,DELETE" doc:"Method of the request."`
	URL     string         `param:"url,required" example:"https://api.example.com/orders" doc:"Where to; with a baseUrl on the connection it may be a path below that."`
	Headers map[string]any `param:"headers" doc:"Headers of the request; they replace those of the connection."`
	Query   map[string]any `param:"query" doc:"Parameters to add to the URL; a list gives one for each element, null none; a request that changes something takes no null, but ?? omit."`

	Body any            `param:"body" doc:"Text and bytes are sent as they are, anything else as JSON. The Content-Type follows, unless headers has one."`
	Form map[string]any `param:"form" doc:"Fields to send as an HTML form does, in place of a body."`

	Multipart []partIn       `param:"multipart" doc:"Fields and files to send as multipart/form-data, in place of a body."`
	XML       map[string]any `param:"xml" example:"{order: {'@id': 7, item: [pen, ink]}}" doc:"A value to send as XML, in place of a body: a map with one member, as toXML takes it."`
	Compress  string         `param:"compress" enum:"gzip" doc:"Send the body compressed. Answers are always read whether they are or not."`

	ExpectStatus []string      `param:"expectStatus" doc:"Statuses that are no failure, such as 404, 2xx or 200-299; 2xx if left out."`
	Timeout      time.Duration `param:"timeout" default:"1m" doc:"The longest to wait for the whole answer, redirects included; a step's own timeout may be shorter."`
	MaxRedirects int           `param:"maxRedirects" default:"10" min:"0" max:"100" doc:"Redirects to follow; with 0 the redirect itself is the answer."`

	ReadAs string `param:"readAs" enum:"auto,json,xml,text,bytes" default:"auto" doc:"What the body of the answer becomes: auto goes by its Content-Type, where XML is text; xml gives it as fromXML does."`

	MaxResponseBytes int64 `param:"maxResponseBytes" default:"10485760" min:"1" max:"1073741824" doc:"The largest body to read, decompressed; a larger one is an error."`
}

// responseOut describes the result, which answer makes as it is.
type responseOut struct {
	Status  int               `param:"status" doc:"Status of the answer."`
	Headers map[string]string `param:"headers" doc:"Headers of the answer, their names in lower case; several of one name are joined by commas."`
	Cookies []string          `param:"setCookies" doc:"The headers Set-Cookie of the answer, each apart, since a comma can stand in one."`
	Body    any               `param:"body" doc:"The body: JSON as its value, text as text, else bytes; null where there is none."`
}

const description = `Statuses other than expectStatus are failures: their code is the name of the
status without spaces (NotFound, TooManyRequests), their class follows from it,
and details.body is what the service said.

GET, HEAD and OPTIONS change nothing; PUT and DELETE are idempotent; POST and
PATCH are not tried again when nobody knows whether they worked. Requests that
change something carry the header Idempotency-Key with the step's key, unless
headers has one.

A request that is answered with 401 although its token of OAuth2 has not ended
is sent once more with a new one.

A redirect to another host gets no headers of the request but Accept,
Accept-Language, Content-Type, Content-Language, User-Agent and Idempotency-Key.
A body is not sent to another host: 307 and 308 are the answer then.`

func request() *connector.Operation {
	in, out := mustDescribe[requestIn](), mustDescribe[responseOut]().Field()
	out.Members.Field("body").Payload = true // JSON is decoded when somebody looks into it
	out.Members.Field("headers").Keys = schema.LowerKeys
	op := &connector.Operation{
		Name: "http.request", Summary: "Make an HTTP request.", Description: description, URL: "https://www.rfc-editor.org/rfc/rfc9110",
		Describe: func() connector.Shape { return connector.Shape{Params: in.Schema(), Result: out} },
		CallEffect: func(params map[string]any) connector.Effect {
			method, _ := params["method"].(string)
			return effectOf(method)
		},
		Errors:     documented(),
		EndsInTime: endsInTime,
		Run: func(ctx context.Context, call *connector.Call) (any, error) {
			conn, ok := call.Connection.(*connection)
			if !ok {
				return nil, invalidConnection("it is none of this connector")
			}
			x := conn.newExchange()
			if err := in.DecodeInto(&x.in, call.Params); err != nil {
				return nil, invalidParameters(err)
			}
			result, err := x.run(ctx, call)
			if err != nil {
				return nil, err // a nil map is no nil result
			}
			return result, nil
		},
	}
	op.Hints = map[string]string{
		"uri": "write ‹url:›", "files": `write ‹multipart: [{name: file, content: {file: path}}]›`, "gzip": "write ‹compress: gzip›", "json": "write ‹body:›; a map or a list is sent as JSON", "data": "write ‹body:›", "payload": "write ‹body:›",
		"params": "write ‹query:›", "auth": "give ‹bearer:› or ‹basic:› on the connection", "status": "write ‹expectStatus:›",
	}
	op.Params().Field("expectStatus").BareElement = true
	op.Params().Field("body").Payload = true // what a function answered goes on byte for byte
	withSecretHeaders(op.Params())
	withTexts(op.Params(), "query", "form")
	op.Check = checkRequest
	op.SendsKey = func(params map[string]any) bool { return op.EffectOf(params) != connector.EffectReadOnly }
	lending.PromiseMaps(op)
	return op
}

// withSecretHeaders marks the headers that are secret wherever they come from.
func withSecretHeaders(s *schema.Schema) {
	var fields []*schema.Field
	for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "X-Auth-Token"} {
		fields = append(fields, &schema.Field{
			Name: name, Aliases: []string{strings.ToLower(name)}, Type: schema.String, Secret: true, Accept: schema.Accept{Omit: true}, Description: "Is never shown.",
		})
	}
	f := s.Field("headers")
	f.Type, f.Elem, f.Members = schema.Object, nil, schema.MustNew(fields...).OpenTo(&schema.Field{Type: schema.String, Nullable: true, Accept: schema.Accept{Omit: true}})
}

// withTexts marks the values of a query or a form: text, as it is written, or a
// list of such.
func withTexts(s *schema.Schema, names ...string) {
	for _, name := range names {
		s.Field(name).Elem = &schema.Field{
			Type: schema.List, Accept: schema.Accept{BareElement: true, Omit: true}, Nullable: true,
			Elem: &schema.Field{Type: schema.String, Nullable: true, Accept: schema.Accept{Omit: true}},
		}
	}
}

// effectOf says what a request of a method does (RFC 9110, section 9.2).
func effectOf(method string) connector.Effect {
	switch method {
	case "", nethttp.MethodGet, nethttp.MethodHead, nethttp.MethodOptions:
		return connector.EffectReadOnly
	case nethttp.MethodPut, nethttp.MethodDelete:
		return connector.EffectIdempotent
	default:
		return connector.EffectMutating
	}
}

// mustDescribe describes a struct with tags. A mistake in them shows when the program
// starts.
func mustDescribe[T any]() *schema.Codec[T] {
	codec, err := schema.For[T]()
	if err != nil {
		panic("http: " + err.Error())
	}
	return codec
}
