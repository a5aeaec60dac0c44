// Package report holds what a flow tells those who start it, watch it or read
// it: the events of a run, what is wrong with its inputs, its steps and its
// connections. Package flows gives these types under its own name too.
package report
