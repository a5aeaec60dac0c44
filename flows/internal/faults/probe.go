package faults

import (
	"context"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// Probe is a flow test as an exploration sees it.
type Probe interface {
	// Under runs the test in a world in which something goes wrong. Calls are
	// answered as they were in the world pins, as far as that is given.
	Under(ctx context.Context, plan Plan, pins *World) *End
	// Judge returns what must hold of a run in whatever world, and does not.
	Judge(e *End, strict bool) []Violation
	// Inspect calls look with the run that the test would make. Nothing runs.
	Inspect(ctx context.Context, look func(e runtime.Execution) error)
	// Signals returns the names of the signals that the test gives, in their order.
	Signals() []string
	// SignalFaults returns what can go wrong with a signal, by its place from 1,
	// that differs from what the test gives.
	SignalFaults(signal int) []Kind
	// Forgets reports whether services keep no idempotency keys in the test.
	Forgets() bool
	// Begins reports whether there is a run: the event of a test can begin none.
	Begins() bool
	// Faulty reports whether the test itself says that something goes wrong.
	Faulty() bool
}
