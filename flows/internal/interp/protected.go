package interp

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/medlar-flow/medlar/connector"
)

// protected turns a panic of an operation, or of the opening of a connection,
// into an error, and tells the run's log where it happened; name and what it does
// say of which.
func protected[T any](name, doing string, log connector.LogFunc, do func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			stack := panicStack(debug.Stack())
			err = &connector.Error{
				Code: "Panic", Class: connector.ClassInternal, Outcome: connector.OutcomeUnknown,
				Message: fmt.Sprintf("%s%s panicked: this is a mistake in the operation; the log has the stack", name, doing),
				Err:     fmt.Errorf("panic: %v\n%s", p, stack),
			}
			if log != nil {
				log(connector.LogError, fmt.Sprintf("%s%s panicked: %v", name, doing, p), map[string]any{"stack": stack})
			}
		}
	}()
	return do()
}

// maxStack bounds the stack of a panic in the log; the innermost calls are its
// beginning.
const maxStack = 8 << 10

// panicStack returns what debug.Stack gave from the call that panicked on.
func panicStack(stack []byte) string {
	text := string(stack)
	// What stands before is ours: the deferred function and debug.Stack itself.
	if _, after, found := strings.Cut(text, "\npanic("); found {
		if _, calls, more := strings.Cut(after, "\n\t"); more {
			_, text, _ = strings.Cut(calls, "\n")
		}
	}
	if len(text) > maxStack {
		text = text[:strings.LastIndexByte(text[:maxStack], '\n')+1] + "…"
	}
	return strings.TrimRight(text, "\n")
}
