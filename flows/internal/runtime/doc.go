// Package runtime is the contract between the interpreter of flows and the
// runtimes that carry them: in process, on a test's clock, on a journal, on a
// workflow engine. It knows neither of the two sides.
package runtime
