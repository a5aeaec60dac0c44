// Package service is what the services of the emulator and the emulator itself
// have in common: a request on its way, a table of operations, an answer and a
// refusal. The emulator knows a service by [Service] alone.
package service
