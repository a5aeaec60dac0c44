package direct

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/encoding/httpbinding"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/internal/uuid"
	"github.com/medlar-flow/medlar/operations/internal/http1"
)

// Model is what a service's model says of an operation. The zero Model says
// nothing.
type Model struct{ Operation, Input, Output *smithy.Schema }

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
	status, answer int // fields of the output, -1 for none
}

// formHeader is a member that is a header.
type formHeader struct {
	field int
	name  string // canonical
}

// request makes the request of a call. It is not ok where the SDK may see an
// input otherwise.
func (f *form) request(ctx context.Context, input any, a agent) (*http.Request, []byte, bool) {
	in := reflect.ValueOf(input)
	if in.Type() != f.input || in.IsNil() {
		return nil, nil, false
	}
	in = in.Elem()
	label, _ := text(in.Field(f.label))
	if label == "" {
		return nil, nil, false
	}
	path := f.before + label + f.behind
	escaped := path
	if strings.ContainsFunc(label, isEscaped) {
		escaped = f.before + httpbinding.EscapePath(label, true) + f.behind
	}
	made := &struct { // in one piece
		request http.Request
		url     url.URL
		body    http1.Bytes
		call    invocation
	}{request: *new(http.Request).WithContext(ctx), url: url.URL{Path: path, RawPath: escaped}}
	r := &made.request
	r.Method, r.Header, r.ContentLength, r.URL = f.method, make(http.Header, 8), -1, &made.url
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
	return r, body, general(ctx, r, a, &made.call)
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

// invocation is the header that names a call, with room for what it is made of.
type invocation struct {
	random [16]byte
	value  [1]string
}

// header returns a random UUID, as the SDK makes one.
func (i *invocation) header() []string {
	_, _ = rand.Read(i.random[:]) // never fails
	i.value[0] = uuid.Text(i.random, 4)
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
