// Package direct calls operations of the AWS SDK without building the SDK's
// middleware for each call.
//
// [Operation.Do] takes over one attempt of one call: what the SDK generated for
// an operation still makes the request and reads the answer, in a stack that is
// built once and reused; only the step between them, which retries, finds the
// endpoint and signs, is this package's. Whatever is no plain success is handed
// to the SDK, which goes on as if it had made that attempt. So its retries, its
// errors, its correction of clocks and its metadata are kept.
//
// An operation is done so only after it was found to be the same: the first
// calls go through the SDK, and the request of the second is compared with the
// one that this package would have sent, signature included. A client with
// settings or middleware that are not known here stays with the SDK for good.
// Nothing is prepared for the first call, which is the only one in many programs
// that start for a single task.
package direct

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/aws/smithy-go/middleware"
)

// Setting sets a member of the Options of the SDK's client, for one call.
type Setting struct {
	Option string
	Value  any // of the member, or a Replacement of it
}

// Replacement is a value of a member that has another one so far. Where it has
// any third, that stays.
type Replacement struct{ Old, New any }

// Assign sets a member of Options to the value of a Setting.
func Assign(member reflect.Value, value any) {
	if r, ok := value.(Replacement); ok {
		if member.Interface() != r.Old {
			return
		}
		value = r.New
	}
	member.Set(reflect.ValueOf(value))
}

// Client is a client of the SDK.
type Client struct {
	// Package is the import path of the client's package.
	Package string
	// Options gives the client's Options.
	Options func() any
	// HTTP is what the client was made to send its requests with. Where it is Alone,
	// nobody else sees the requests that its transport sends, nor their answers.
	HTTP  *http.Client
	Alone bool
	// Renewer is the middleware around the client's retries; nil for none.
	Renewer middleware.FinalizeMiddleware
	// Generation changes when credentials may come from elsewhere than before.
	Generation func() int
	// Resume gives the context of a call that failed with credentials of a
	// generation, before the SDK sees to it.
	Resume func(ctx context.Context, generation int) context.Context
}

// Method calls an operation by the SDK's client. in is its *Input; what is
// returned its *Output.
type Method func(ctx context.Context, in any, set ...Setting) (any, error)

// Operation is one operation of one client, with settings that are always the
// same. Any number of goroutines may call it.
type Operation struct {
	client  *Client
	method  Method
	set     []Setting
	in, out any // an input and an output, to tell their types
	model   Model

	plan   atomic.Pointer[plan]
	off    atomic.Pointer[string] // why it stays with the SDK; nil where it does not
	called atomic.Bool

	looking sync.Once // gives the next two
	// metadata is the index of the output's ResultMetadata, -1 for none.
	metadata int
	form     *form // nil for none

	learning sync.Mutex
	tries    int // of learning for a generation
	tried    int // the generation
}

// New returns an operation. in and out are values of its *Input and *Output, set
// are settings of each of its calls.
func New(client *Client, method Method, in, out any, model Model, set ...Setting) *Operation {
	return &Operation{client: client, method: method, set: set, in: in, out: out, model: model}
}

// leave leaves the operation to the SDK for good.
func (o *Operation) leave(why string) { o.off.CompareAndSwap(nil, &why) }

// Why says why all calls go through the SDK; empty where they do not.
func (o *Operation) Why() string {
	if why := o.off.Load(); why != nil {
		return *why
	}
	return ""
}

// look finds out what the types and the model tell.
func (o *Operation) look() {
	if streams(o.in) || streams(o.out) {
		o.leave("its input or its answer is a stream")
		return
	}
	in, out := reflect.TypeOf(o.in), reflect.TypeOf(o.out)
	o.metadata, o.form = metadataOf(out), newForm(o.model, in, out)
}

func metadataOf(out reflect.Type) int {
	if out.Kind() != reflect.Pointer || out.Elem().Kind() != reflect.Struct {
		return -1
	}
	f, ok := out.Elem().FieldByName("ResultMetadata")
	if !ok || f.Type != reflect.TypeFor[middleware.Metadata]() || len(f.Index) != 1 {
		return -1
	}
	return f.Index[0]
}

// Do makes a call. It gives what the SDK's client would. Nobody uses the input any more.
func (o *Operation) Do(ctx context.Context, in any) (any, error) {
	if o.off.Load() != nil {
		return o.method(ctx, in, o.set...)
	}
	generation := o.client.Generation()
	p := o.plan.Load()
	switch {
	case p != nil && p.generation == generation:
		return p.do(ctx, in)
	case o.called.CompareAndSwap(false, true):
		return o.sdk(ctx, in, o.client.quietly(ctx)...)
	}
	return o.learn(ctx, in, generation)
}

// sdk makes a call by the SDK's client with further settings.
func (o *Operation) sdk(ctx context.Context, in any, more ...Setting) (any, error) {
	return o.method(ctx, in, append(slices.Clip(o.set), more...)...)
}
