package connector

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/medlar-flow/medlar/schema"
)

// Option sets what Op cannot read from the types.
type Option func(*Operation)

// WithEffect says what a call does to the world; the default is Mutating.
func WithEffect(e Effect) Option { return func(o *Operation) { o.Effect = e } }

// WithCallEffect says what one call does, where that depends on its parameters.
func WithCallEffect(of func(params map[string]any) Effect) Option {
	return func(o *Operation) { o.CallEffect = of }
}

// WithAliases adds spellings of the part of the name behind the dot.
func WithAliases(names ...string) Option { return func(o *Operation) { o.Aliases = names } }

// WithErrors documents the codes that a call can fail with.
func WithErrors(codes ...ErrorCode) Option { return func(o *Operation) { o.Errors = codes } }

// Op makes an operation from a typed function. The parameters are the tagged
// fields of the struct In, the result is Out; schema.For says how. It panics
// where In or Out cannot be described, or run is nil: that is a mistake in the
// program, and it shows when the program starts.
func Op[In, Out any](name, summary string, run func(context.Context, In) (Out, error), options ...Option) *Operation {
	if run == nil {
		panic(fmt.Sprintf("connector: operation %s: its function is nil", name))
	}
	op := OpWith(name, summary, func(ctx context.Context, _ *Call, in In) (Out, error) { return run(ctx, in) }, options...)
	op.whole = op.Run
	return op
}

// NeedsCall reports whether Run looks at more of a call than its parameters. It does
// not in an operation that Op made, unless somebody has put another function in its
// place.
func (o *Operation) NeedsCall() bool {
	if o.whole == nil || o.Run == nil {
		return true
	}
	// Functions made in one place differ in what they hold, and so in where that is.
	return *(*unsafe.Pointer)(unsafe.Pointer(&o.whole)) != *(*unsafe.Pointer)(unsafe.Pointer(&o.Run)) //nolint:gosec // the language compares functions with nil only
}

// OpWith is Op for a function that also wants the call: its connection, or its
// idempotency key.
func OpWith[In, Out any](name, summary string, run func(context.Context, *Call, In) (Out, error), options ...Option) *Operation {
	if run == nil {
		panic(fmt.Sprintf("connector: operation %s: its function is nil", name))
	}
	in, err := schema.For[In]()
	if err != nil {
		panic(fmt.Sprintf("connector: operation %s: parameters: %v", name, err))
	}
	if in.Schema() == nil {
		panic(fmt.Sprintf("connector: operation %s: the parameters must be a struct, found %s", name, in.Field().TypeName()))
	}
	out, err := schema.For[Out]()
	if err != nil {
		panic(fmt.Sprintf("connector: operation %s: result: %v", name, err))
	}
	op := &Operation{
		Name: name, Summary: summary,
		Describe: func() Shape { return Shape{Params: in.Schema(), Result: out.Field()} },
		Run:      typedRun(in, out, run),
	}
	for _, option := range options {
		if option != nil {
			option(op)
		}
	}
	return op
}

func typedRun[In, Out any](
	in *schema.Codec[In], out *schema.Codec[Out], run func(context.Context, *Call, In) (Out, error),
) func(context.Context, *Call) (any, error) {
	return func(ctx context.Context, call *Call) (any, error) {
		params, err := in.Decode(call.Params)
		if err != nil {
			return nil, &Error{Code: "InvalidParameter", Class: ClassInvalid, Message: err.Error(), Err: err}
		}
		result, err := run(ctx, call, params)
		if err != nil {
			return nil, err
		}
		return out.Encode(result)
	}
}
