// Package temporal runs flows on Temporal: the program is a workflow, and every
// operation that it calls an activity, so that a run goes on whichever process
// or machine ends.
//
// Begin with [Connect], which gives a [Client]; [Client.Work] makes a process a
// worker, and [Client.Run] starts a run and waits for it. A process with a
// client and a worker of the SDK of its own uses [Prepare], [Register] and
// [ReadResult] instead.
//
// A step whose result the server knows never runs again. One that was in
// flight when its worker was lost is started again, with the same idempotency
// key: at least once. A run goes on with the flow files that it began with.
//
// The package brings no server, and registers nothing on one.
package temporal
