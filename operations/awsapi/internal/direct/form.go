package direct

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/encoding/httpbinding"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/internal/uuid"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/internal/http1"
	"github.com/medlar-flow/medlar/operations/internal/sigv4"
)

// Model is what a service's model says of an operation. The zero Model says
// nothing.
type Model struct {
	Operation, Input, Output *smithy.Schema

	// Bare says that nobody looks at the metadata of an output.
	Bare bool
}

// form makes the requests and reads the responses of an operation whose input
// and output are headers, one part of the path, one parameter of the query and
// a payload that is sent as it is. Those of an operation with anything else are
// made by the SDK's stack.
type form struct {
	input, output  reflect.Type
	method         string
	before, behind string // the path around the label
	label          int    // fields of the input, -1 for none
	query, payload int
	queryName      string
	headers        []formHeader
	results        []formHeader
	status, answer int  // fields of the output, -1 for none
	bare           bool // see Model

	kits    sync.Pool // of *kit
	inputs  sync.Pool // of pointers to the input, all zero
	outputs sync.Pool // of pointers to the output, all zero
	lender  value.Lender
	latest  atomic.Pointer[way]
}

// formHeader is a member that is a header.
type formHeader struct {
	field int
	name  string // canonical
	// latest is the text of the latest response.
	latest *atomic.Pointer[string]
}

// kit is what a request is made of, in one piece. One whose request is over serves
// another call.
type kit struct {
	request http.Request
	url     url.URL
	body    http1.Bytes
	call    invocation
	signed  sigv4.Room
}

// newKit returns one that nobody has.
func (f *form) newKit() *kit {
	if k, ok := f.kits.Get().(*kit); ok {
		return k
	}
	k := &kit{}
	k.request.Header = make(http.Header, 8)
	return k
}

// recycle takes back what a request was made of, which nobody else may have.
func (f *form) recycle(k *kit) {
	header, names := k.request.Header, k.call.names
	clear(header)
	*k = kit{}
	k.request.Header, k.call.names = header, names
	f.kits.Put(k)
}

// way is the path of the requests with one label.
type way struct{ label, path, escaped string }

// wayTo returns the path of a label. Most calls have the one of the call before.
func (f *form) wayTo(label string) *way {
	if w := f.latest.Load(); w != nil && w.label == label {
		return w
	}
	w := &way{label: label, path: f.before + label + f.behind}
	w.escaped = w.path
	if strings.ContainsFunc(label, isEscaped) {
		w.escaped = f.before + httpbinding.EscapePath(label, true) + f.behind
	}
	f.latest.Store(w)
	return w
}

// request makes the request of a call. It is not ok where the SDK may see an
// input otherwise.
func (f *form) request(ctx context.Context, input any, a agent) (*kit, []byte, bool) {
	in := reflect.ValueOf(input)
	if in.Type() != f.input || in.IsNil() {
		return nil, nil, false
	}
	in = in.Elem()
	label, _ := text(in.Field(f.label))
	if label == "" {
		return nil, nil, false
	}
	w, made := f.wayTo(label), f.newKit()
	r := &made.request
	header := r.Header
	*r = *new(http.Request).WithContext(ctx)
	made.url = url.URL{Path: w.path, RawPath: w.escaped}
	r.Method, r.Header, r.ContentLength, r.URL = f.method, header, -1, &made.url
	if f.query >= 0 {
		if value, given := text(in.Field(f.query)); given {
			r.URL.RawQuery = f.queryName + "=" + url.QueryEscape(value)
		}
	}
	for _, h := range f.headers {
		if value, given := text(in.Field(h.field)); given {
			r.Header[h.name] = []string{value}
		}
	}
	body := f.body(r, in)
	if len(body) > 0 {
		made.body.Set(body)
		r.Body = &made.body
	}
	return made, body, general(ctx, r, a, &made.call)
}

// isEscaped is true for what the SDK writes in another way in a path.
func isEscaped(c rune) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return false
	}
	return !strings.ContainsRune("-._~", c)
}

// body returns the payload, and sets the headers that come with one.
func (f *form) body(r *http.Request, in reflect.Value) []byte {
	if f.payload < 0 {
		return nil
	}
	payload := in.Field(f.payload).Bytes()
	if len(payload) > 0 {
		r.ContentLength = int64(len(payload))
		r.Header["Content-Type"] = octets[:1:1]
	}
	return payload
}

// octets is a header that is always the same. Nobody changes it.
var octets = []string{"application/octet-stream"}

// invocation is the header that names a call, with names for those that follow: eight
// are made at once.
type invocation struct {
	random [8 * uuid.Bytes]byte
	names  string // that nobody has yet
	value  [1]string
}

// header returns a random UUID, as the SDK makes one.
func (i *invocation) header() []string {
	if i.names == "" {
		_, _ = rand.Read(i.random[:]) // never fails
		i.names = uuid.Texts(i.random[:], 4)
	}
	i.value[0], i.names = i.names[:uuid.Size], i.names[uuid.Size:]
	return i.value[:1:1]
}

// general sets the headers that do not depend on the operation.
func general(ctx context.Context, r *http.Request, a agent, call *invocation) bool {
	if len(a.value) != 1 {
		return false
	}
	r.Header[headerInvocation], r.Header[headerAgent] = call.header(), a.value[:1:1]
	if _, ok := os.LookupEnv("AWS_LAMBDA_FUNCTION_NAME"); !ok {
		return true
	}
	_, _, err := new(awsmiddleware.RecursionDetection).HandleBuild(ctx, middleware.BuildInput{Request: &smithyhttp.Request{Request: r}}, noBuild)
	return err == nil
}

// noBuild ends a build step.
var noBuild = middleware.BuildHandlerFunc(func(context.Context, middleware.BuildInput) (
	out middleware.BuildOutput, metadata middleware.Metadata, err error,
) {
	return out, metadata, nil
})

// text returns a member that is text, and whether it is given.
func text(v reflect.Value) (value string, given bool) {
	if v.Kind() == reflect.Pointer {
		p, _ := v.Addr().Interface().(**string)
		if p == nil || *p == nil {
			return "", false
		}
		return **p, true
	}
	value = v.String()
	return value, value != "" // an enum
}

// least returns an input with only the label.
func (f *form) least() any {
	in := reflect.New(f.input.Elem())
	label := "label"
	in.Elem().Field(f.label).Set(reflect.ValueOf(&label))
	return in.Interface()
}
