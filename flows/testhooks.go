package flows

import "github.com/medlar-flow/medlar/connector"

// StoppedError is what the methods of a Runtime return in a branch that is to
// stop: the interpreter does not retry it, and knows it for no error of the
// operation.
func StoppedError(cause Cause) *connector.Error { return stopped(cause) }
