// Package interp holds checked flows as programs and runs them. A program is
// made by package check; its steps run themselves on a runtime.Runtime, of
// which the one in process is here too.
package interp
