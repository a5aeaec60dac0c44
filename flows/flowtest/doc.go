// Package flowtest tests flows: a YAML file beside the flow says what the
// operations answer and what the flow is to do with that.
//
// Begin with [Load], then call [Suite.Run] and look at the [Report]. Load
// gives every mistake of a test file at once, as a [FileError] with places;
// an answer that the operation could not give is one.
//
// A test calls no operation, opens no connection and uses no network. It has a
// clock of its own, which moves only while everything waits: ten minutes of
// retries take no time, branches that wait at the same time wait once, and each
// run of a test gives the same events in the same order.
package flowtest
