// Package lending knows which operations keep nothing of what they are given and of
// what they give, so that the memory of a payload, and that of a run, can serve others
// when the run has ended.
package lending

import (
	"context"
	"unsafe"

	"github.com/medlar-flow/medlar/connector"
)

// promise is the annotation of an operation that keeps nothing. It holds the functions
// that are given the parameters of a call: another one in the place of one of them, such
// as one around it, has promised nothing. They are there when the promise is made.
type promise struct {
	hooks hooks
	what  extent
}

// hooks are the functions of an operation that see what a call is given.
type hooks struct {
	run     func(context.Context, *connector.Call) (any, error)
	effect  func(map[string]any) connector.Effect
	sends   func(map[string]any) bool
	touches func(map[string]any) []connector.Touch
}

func hooksOf(op *connector.Operation) hooks {
	return hooks{op.Run, op.CallEffect, op.SendsKey, op.Touches}
}

func promiseOf(op *connector.Operation, what extent) promise { return promise{hooksOf(op), what} }

// extent is what an operation lets go of, each with what those before it say.
type extent int

const (
	ofCall   extent = iota // the call itself, and what writes to the log of its run
	ofParams               // the map of its parameters
	ofMaps                 // the maps in it
	ofAll                  // all that stands in it, and its result
)

// Promise is PromiseMaps, and says that the operation has none of its parameters and of
// its result any more when Run has returned without an error, and that it has said by
// Return or Keep of the payloads which it could not keep to itself.
func Promise(op *connector.Operation) {
	op.Annotations = append(op.Annotations, promiseOf(op, ofAll))
}

// PromiseCall says that the operation, as it is now, has neither the call any more nor
// what writes to the log of its run when Run has returned without an error. Its
// parameters and its connection, it may keep.
func PromiseCall(op *connector.Operation) {
	op.Annotations = append(op.Annotations, promiseOf(op, ofCall))
}

// PromiseParams is PromiseCall, and says that the operation looks at the map of its parameters
// no more when Run has returned without an error. What stands in it, it may keep.
func PromiseParams(op *connector.Operation) {
	op.Annotations = append(op.Annotations, promiseOf(op, ofParams))
}

// PromiseMaps is PromiseParams, and says the same of the maps that stand in that map. What
// stands in those, it may keep.
func PromiseMaps(op *connector.Operation) {
	op.Annotations = append(op.Annotations, promiseOf(op, ofMaps))
}

// Promised reports whether somebody has said so of the operation as it is.
func Promised(op *connector.Operation) bool {
	p, ok := promised(op)
	return ok && p.what == ofAll
}

// PromisedCall reports whether somebody has promised of the operation as it is what
// PromiseCall says, or more.
func PromisedCall(op *connector.Operation) bool {
	_, ok := promised(op)
	return ok
}

// PromisedMaps reports whether somebody has promised of the operation as it is what
// PromiseMaps says, or more.
func PromisedMaps(op *connector.Operation) bool {
	p, ok := promised(op)
	return ok && p.what >= ofMaps
}

// PromisedParams reports whether somebody has promised of the operation as it is what
// PromiseParams says, or more.
func PromisedParams(op *connector.Operation) bool {
	p, ok := promised(op)
	return ok && p.what >= ofParams
}

func promised(op *connector.Operation) (p promise, ok bool) {
	if p, ok = connector.Annotation[promise](op.Annotations); !ok || op.Run == nil {
		return p, false
	}
	is := hooksOf(op)
	return p, same(&p.hooks.run, &is.run) && same(&p.hooks.effect, &is.effect) && same(&p.hooks.sends, &is.sends) && same(&p.hooks.touches, &is.touches)
}

// same reports whether two variables hold the same function. Functions made in one place
// differ in what they hold, and so in where that is.
func same[F any](a, b *F) bool {
	return *(*unsafe.Pointer)(unsafe.Pointer(a)) == *(*unsafe.Pointer)(unsafe.Pointer(b)) //nolint:gosec // the language compares functions with nil only
}
