package telemetry

import (
	"encoding/binary"
	"math"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
)

// Sampler reports whether a trace is recorded that a run begins, or that its caller
// is in; caller is the zero value where the run has none.
type Sampler func(trace report.TraceID, caller connector.Trace) bool

// Always records everything.
func Always(report.TraceID, connector.Trace) bool { return true }

// Never records nothing. The place in the trace is still handed on.
func Never(report.TraceID, connector.Trace) bool { return false }

// Ratio records that part of the traces, from 0 to 1, chosen by their ids, so that
// all who take part in one choose the same.
func Ratio(of float64) Sampler {
	below := uint64(min(max(of, 0), 1) * math.MaxInt64)
	return func(trace report.TraceID, _ connector.Trace) bool {
		return of >= 1 || binary.BigEndian.Uint64(trace[8:])>>1 < below
	}
}

// ParentBased records what the caller records, and asks another sampler where there is
// no caller.
func ParentBased(root Sampler) Sampler {
	return func(trace report.TraceID, caller connector.Trace) bool {
		if _, _, flags, ok := caller.IDs(); ok {
			return flags&connector.TraceSampled != 0
		}
		return root(trace, caller)
	}
}
