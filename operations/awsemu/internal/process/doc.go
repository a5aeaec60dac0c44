// Package process runs functions as processes that speak the Lambda Runtime
// API: each process has an API of its own on loopback and serves one
// invocation at a time.
//
// A [Pool] holds the processes of one version of a function and starts them
// when they are needed; all pools of an emulator share a [Spawner]. Neither a
// Close nor the death of this process leaves one behind; on systems other than
// Linux only a Close ends them.
package process
