// Package durable is the durable executions of AWS Lambda: an execution with
// its operations and its history, the checkpoints of a function, the timers,
// callbacks and chained invokes that have it invoked again, and the log that
// keeps all of it between runs.
//
// An [Engine] holds the executions of an emulator. It knows functions by
// [Functions] alone, and nothing of HTTP.
//
// Everything that changes an execution happens under one lock and is one line
// of the log before anybody is told of it. A line holds what has changed, so
// reading the lines again gives the same state; nothing is written twice.
package durable
