// Package faults is the world around one run of a flow test: what calls are
// answered with where something goes wrong, what they changed, what a journal
// knows after a kill, and what must hold whatever happens. A Plan says what goes
// wrong; flowtest carries the run, and flows/explore makes the plans.
package faults
