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
	run func(context.Context, *connector.Call) (any, error)
}

// Promise says that the operation, as it is now, has none of its parameters and of its
// result any more when Run has returned without an error, and that it has said by
// Return or Keep of the payloads which it could not keep to itself.
func Promise(op *connector.Operation) {
	op.Annotations = append(op.Annotations, promise{op.Run})
}

// Promised reports whether somebody has said so of the operation as it is.
func Promised(op *connector.Operation) bool {
	p, ok := connector.Annotation[promise](op.Annotations)
	if !ok || op.Run == nil {
		return false
	}
	// Functions made in one place differ in what they hold, and so in where that is.
	return *(*unsafe.Pointer)(unsafe.Pointer(&p.run)) == *(*unsafe.Pointer)(unsafe.Pointer(&op.Run)) //nolint:gosec // the language compares functions with nil only
}
