// Package lending knows which operations keep nothing of what they are given and of
// what they give, so that the memory of a payload can serve another call when the run
// that it was in has ended.
package lending

import (
	"context"
	"unsafe"

	"github.com/medlar-flow/medlar/connector"
)

// promise is the annotation of an operation whose Run keeps nothing. It holds that
// function: another one in its place, such as one around it, has promised nothing.
type promise struct {
	run   runFunc
	whole bool // also of what stands in its parameters, and of its result
}

type runFunc = func(context.Context, *connector.Call) (any, error)

// Promise says that the operation, as it is now, has none of its parameters and of its
// result any more when Run has returned without an error, and that it has said by
// Return or Keep of the payloads which it could not keep to itself.
func Promise(op *connector.Operation) {
	op.Annotations = append(op.Annotations, promise{op.Run, true})
}

// PromiseParams says that the operation, as it is now, looks at the map of its parameters
// no more when Run has returned without an error. What stands in it, it may keep.
func PromiseParams(op *connector.Operation) {
	op.Annotations = append(op.Annotations, promise{op.Run, false})
}

// Promised reports whether somebody has said so of the operation as it is.
func Promised(op *connector.Operation) bool {
	p, ok := promised(op)
	return ok && p.whole
}

// PromisedParams reports whether somebody has promised of the operation as it is what
// PromiseParams says, or more.
func PromisedParams(op *connector.Operation) bool {
	_, ok := promised(op)
	return ok
}

func promised(op *connector.Operation) (p promise, ok bool) {
	if p, ok = connector.Annotation[promise](op.Annotations); !ok || op.Run == nil {
		return p, false
	}
	// Functions made in one place differ in what they hold, and so in where that is.
	return p, *(*unsafe.Pointer)(unsafe.Pointer(&p.run)) == *(*unsafe.Pointer)(unsafe.Pointer(&op.Run)) //nolint:gosec // the language compares functions with nil only
}
